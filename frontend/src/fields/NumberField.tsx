import { useRef, useState } from "react";
import type { KeyboardEvent, PointerEvent } from "react";

import { written } from "../graph/json";
import { t } from "../language/speak";
import type { Control } from "./Field";

/** Pixels of sideways drag for one step. */
const STRIDE = 6;

function within(value: number, min: number | null, max: number | null, whole: boolean): number {
  const rounded = whole ? Math.round(value) : Math.round(value * 10_000) / 10_000;
  return Math.min(max ?? Infinity, Math.max(min ?? -Infinity, rounded));
}

/** A number: type it, drag it sideways, arrow keys by one step, with Shift by ten. Empty means "not set" where allowed. */
export function NumberField({ id, value, param, readOnly, onChange }: Control) {
  const [draft, setDraft] = useState<string | null>(null);
  const drag = useRef<{ x: number; from: number; moved: boolean } | null>(null);
  const whole = param.type === "int";
  const step = param.step ?? (whole ? 1 : param.max !== null && param.max <= 2 ? 0.05 : 0.5);
  const now = typeof value === "number" ? value : null;

  const type = (text: string) => {
    setDraft(text);
    const number = Number(text);
    if (text.trim() === "") {
      if (param.nullable) onChange(null, true);
    } else if (Number.isFinite(number)) onChange(number, true);
  };
  const nudge = (by: number) => onChange(within((now ?? Number(param.default ?? param.min ?? 0)) + by, param.min, param.max, whole), true);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    setDraft(null);
    nudge((event.key === "ArrowUp" ? 1 : -1) * step * (event.shiftKey ? 10 : 1));
  };
  const onPointerDown = (event: PointerEvent<HTMLInputElement>) => {
    if (readOnly || event.button !== 0 || event.pointerType !== "mouse" || document.activeElement === event.currentTarget || now === null) return;
    drag.current = { x: event.clientX, from: now, moved: false };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent) => {
    const start = drag.current;
    if (!start) return;
    const steps = Math.round((event.clientX - start.x) / STRIDE);
    if (steps === 0 && !start.moved) return;
    start.moved = true;
    onChange(within(start.from + steps * step * (event.shiftKey ? 10 : 1), param.min, param.max, whole), true);
  };
  const onPointerUp = (event: PointerEvent<HTMLInputElement>) => {
    if (drag.current?.moved) event.currentTarget.blur();
    drag.current = null;
  };
  return (
    <input
      id={id} type="text" inputMode={whole ? "numeric" : "decimal"} className="number" readOnly={readOnly} autoComplete="off"
      value={draft ?? (now === null ? "" : String(now))}
      placeholder={param.nullable ? (param.id === "seed" ? t("random") : t("auto")) : written(param.default)}
      title={[param.min === null ? "" : t("from {min}", { min: param.min }), param.max === null ? "" : t("to {max}", { max: param.max }), t("drag sideways to change")].filter(Boolean).join(" ")}
      onChange={(event) => type(event.target.value)}
      onBlur={() => setDraft(null)}
      onKeyDown={onKeyDown} onPointerDown={onPointerDown} onPointerMove={onPointerMove} onPointerUp={onPointerUp}
    />
  );
}
