import { Handle, Position } from "@xyflow/react";
import { memo } from "react";

import type { HandleType } from "../graph/catalog";
import { handleKey, inWords } from "../graph/connect";
import { t } from "../language/speak";
import { useUi } from "../store/canvas";
import { HandleShape, typeClass } from "./shapes";

interface Props {
  readonly nodeId: string;
  readonly side: "in" | "out";
  readonly id: string;
  readonly label: string;
  readonly type: HandleType;
  readonly role?: string;
  readonly list?: boolean;
  readonly required?: boolean;
  readonly taken?: boolean;
  readonly broken?: boolean;
}

/** One handle: drag from it, drop on it, or tap it and then another. */
export const Port = memo(function Port({ nodeId, side, id, label, type, role = "", list = false, required = false, taken = false, broken = false }: Props) {
  const key = handleKey(nodeId, id);
  const state = useUi(({ wiring }) => {
    if (wiring === null) return "";
    if (handleKey(wiring.from.nodeId, wiring.from.handle) === key) return "from";
    return wiring.fits.has(key) ? "fits" : "off";
  });
  const why = useUi(({ wiring }) => (state === "off" ? (wiring?.reasons.get(key) ?? "") : ""));
  const what = list ? t("a list: {type}", { type: inWords(type) }) : inWords(type);
  const title = why || (side === "out" ? t("{port}: gives {type}", { port: label, type: what }) : required ? t("{port}: takes {type}, required", { port: label, type: what }) : t("{port}: takes {type}", { port: label, type: what }));
  return (
    <Handle
      type={side === "in" ? "target" : "source"}
      position={side === "in" ? Position.Left : Position.Right}
      id={id}
      role="img"
      className={`port nokey ${side} ${typeClass(type, role)} ${state}${broken ? " broken" : ""}`}
      title={title}
      aria-label={title}
    >
      <HandleShape type={type} mask={role === "mask"} list={list} filled={required || taken} />
    </Handle>
  );
});
