import { action, isApplicable } from "../actions";
import { drawWire } from "../actions/editing";
import { IS_MAC } from "../actions/keyboard";
import { readable } from "../actions/keys";
import { linkBetween } from "../graph/connect";
import { humanise } from "../graph/catalog";
import { bare } from "../graph/ports";
import { useCanvas } from "../store/canvas";
import type { Menu } from "../store/ui";
import { Icon } from "./icons";
import { Popover } from "./Popover";

const ITEMS: Readonly<Record<"pane" | "node" | "edge", readonly (readonly string[])[]>> = {
  pane: [["add", "comment", "paste"], ["select-all", "tidy", "fit"], ["run", "commands"]],
  node: [["run-node", "connect"], ["copy", "cut", "duplicate", "paste"], ["rename", "collapse", "group", "ungroup"], ["upstream", "downstream", "tidy"], ["delete", "delete-heal"]],
  edge: [["delete"]],
};

/** The menu of the right button, or of a long press. */
export function ContextMenu({ menu }: { readonly menu: Extract<Menu, { kind: "context" }> }) {
  const canvas = useCanvas();
  const close = () => canvas.ui.patch({ menu: null });
  const groups = ITEMS[menu.on].map((names) => names.map(action).filter((item) => isApplicable(item, canvas))).filter((group) => group.length > 0);
  return (
    <Popover at={menu.screen} onClose={close} label="Menu">
      <div className="menu" role="menu">
        {groups.map((group) => (
          <div key={group[0]?.name} role="group">
            {group.map((item, i) => (
              <button
                key={item.name} type="button" role="menuitem" className={item.danger ? "danger" : ""}
                ref={(button) => {
                  if (i === 0 && group === groups[0]) button?.focus({ preventScroll: true });
                }}
                onKeyDown={(event) => {
                  const all = [...(event.currentTarget.closest(".menu")?.querySelectorAll("button") ?? [])];
                  const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
                  if (by === 0) return;
                  event.preventDefault();
                  all.at((all.indexOf(event.currentTarget) + by) % all.length)?.focus();
                }}
                onClick={() => {
                  close();
                  item.perform(canvas);
                }}
              >
                <Icon name={item.icon ?? "none"} size={15} />
                <span>{item.label}</span>
                {item.keys?.[0] && <kbd>{readable(item.keys[0], IS_MAC)}</kbd>}
              </button>
            ))}
          </div>
        ))}
      </div>
    </Popover>
  );
}

/** Several handles of one card would take the wire: which one? */
export function PortMenu({ menu }: { readonly menu: Extract<Menu, { kind: "ports" }> }) {
  const canvas = useCanvas();
  const close = () => canvas.ui.patch({ menu: null });
  return (
    <Popover at={menu.screen} onClose={close} label="Which input?">
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
            <Icon name="socket" size={15} /><span>{humanise(bare(handle))}</span>
          </button>
        ))}
      </div>
    </Popover>
  );
}
