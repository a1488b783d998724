import { useState } from "react";

import { action, isApplicable } from "../actions";
import { withKey } from "../actions/keyboard";
import { t } from "../language/speak";
import { useCanvas, useUi } from "../store/canvas";
import type { Side } from "../store/ui";
import { isPhone } from "../store/ui";
import { Assets } from "./Assets";
import { Icon, SharedIcon } from "./icons";
import { Palette } from "./Palette";
import { Runs } from "./Runs";
import { Templates } from "./Templates";
import { Workflows } from "./Workflows";

interface Entry {
  readonly side: Side;
  /** The action that opens it. */
  readonly name: string;
  readonly label: string;
}

const ENTRIES: readonly Entry[] = [
  { side: "nodes", name: "palette", label: t("Nodes") },
  { side: "templates", name: "templates", label: t("Templates") },
  { side: "assets", name: "assets", label: t("Assets") },
  { side: "workflows", name: "workflows", label: t("Workflows") },
  { side: "history", name: "history", label: t("Runs") },
];

/** The buttons at the left edge; each opens a panel beside it, one at a time. */
export function Rail() {
  const canvas = useCanvas();
  const open = useUi((state) => state.side);
  useUi((state) => state.bindings);
  return (
    <nav className="rail" aria-label={t("Panels beside the canvas")}>
      {ENTRIES.filter(({ name }) => isApplicable(action(name), canvas)).map(({ side, name, label }) => (
        <button
          key={side} type="button" className="quiet" data-side={side} aria-expanded={open === side} title={withKey(canvas, action(name), label)}
          onClick={() => action(name).perform(canvas)}
        >
          {side === "nodes" ? <Icon name="nodes" size={19} /> : <SharedIcon name={side === "history" ? "executions" : side} size={19} />}
          <span>{label}</span>
        </button>
      ))}
    </nav>
  );
}

/** What is open beside the canvas. What was searched for among the nodes stays. */
export function Beside() {
  const canvas = useCanvas();
  const side = useUi((state) => state.side);
  const [first, setFirst] = useState(side); // what came with the page takes no focus
  if (first !== null && side !== first) setFirst(null);
  const focus = first === null && !isPhone();
  return (
    <>
      {!canvas.readOnly && <Palette focus={focus} />}
      {side === "templates" && <Templates focus={focus} />}
      {side === "assets" && <Assets focus={focus} />}
      {side === "workflows" && <Workflows focus={focus} />}
      {side === "history" && <Runs focus={focus} />}
      {side === null && !canvas.readOnly && (
        <button type="button" className="open-palette phone-only" onClick={() => action("palette").perform(canvas)}><Icon name="plus" size={18} /><span>{t("Nodes")}</span></button>
      )}
    </>
  );
}
