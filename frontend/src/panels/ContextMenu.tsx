import { action, isApplicable } from "../actions";
import { drawWire } from "../actions/editing";
import { linkBetween } from "../graph/connect";
import { humanise } from "../graph/catalog";
import { bare } from "../graph/ports";
import { t, word } from "../language/speak";
import { useCanvas } from "../store/canvas";
import type { Menu } from "../store/ui";
import { ActionMenu } from "./ActionMenu";
import { Icon } from "./icons";
import { Popover } from "./Popover";

const ITEMS: Readonly<Record<"pane" | "node" | "edge", readonly (readonly string[])[]>> = {
  pane: [["add", "add-component", "comment", "paste"], ["select-all", "tidy", "fit"], ["run", "commands"], ["template", "export-json", "export-svg", "export-png"]],
  node: [["run-node", "run-from", "connect"], ["copy", "cut", "duplicate", "paste"], ["disable", "bypass", "pin"], ["rename", "copy-link", "collapse", "group", "ungroup", "component", "open-component", "unpack"], ["upstream", "downstream", "tidy"], ["align-left", "align-top", "align-across", "align-down"], ["delete", "delete-heal"]],
  edge: [["insert", "reroute", "straighten"], ["delete"]],
};

/** The menu of the right button, or of a long press. */
export function ContextMenu({ menu }: { readonly menu: Extract<Menu, { kind: "context" }> }) {
  const canvas = useCanvas();
  const close = () => canvas.ui.patch({ menu: null });
  const groups = ITEMS[menu.on].map((names) => names.map(action).filter((item) => isApplicable(item, canvas))).filter((group) => group.length > 0);
  return (
    <Popover at={menu.screen} onClose={close} label={t("Menu")}>
      <ActionMenu groups={groups} onClose={close} />
    </Popover>
  );
}

/** Several handles of one card would take the wire: which one? */
export function PortMenu({ menu }: { readonly menu: Extract<Menu, { kind: "ports" }> }) {
  const canvas = useCanvas();
  const close = () => canvas.ui.patch({ menu: null });
  return (
    <Popover at={menu.screen} onClose={close} label={t("Which input?")}>
      <div className="menu" role="menu">
        {menu.handles.map((handle, i) => (
          <button
            key={handle} type="button" role="menuitem" ref={(button) => (i === 0 ? button?.focus() : undefined)}
            onClick={() => {
              close();
              const link = linkBetween(menu.end, { nodeId: menu.nodeId, handle, side: menu.end.side === "out" ? "in" : "out" });
              if (link) drawWire(canvas, link);
            }}
          >
            <Icon name="socket" size={15} /><span>{word(humanise(bare(handle)))}</span>
          </button>
        ))}
      </div>
    </Popover>
  );
}
