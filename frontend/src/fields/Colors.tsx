import { asTexts } from "../graph/json";
import { t } from "../language/speak";
import { Icon } from "../panels/icons";
import type { Control } from "./Field";

/** The six digits a colour input understands, of whatever was written. */
function plainHex(value: string): string {
  const [, r, g, b] = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(value) ?? [];
  if (r && g && b) return `#${r}${r}${g}${g}${b}${b}`;
  return /^#[0-9a-f]{6}/i.exec(value)?.[0] ?? "#000000";
}

export function ColorField({ id, value, readOnly, onChange, param }: Control) {
  const text = typeof value === "string" ? value : "";
  return (
    <span className="color">
      <input type="color" aria-label={t("{setting}: pick", { setting: param.label })} value={plainHex(text)} disabled={readOnly} onChange={(event) => onChange(event.target.value, true)} />
      <input id={id} type="text" value={text} readOnly={readOnly} spellCheck={false} placeholder="#rrggbb" onChange={(event) => onChange(event.target.value, true)} />
    </span>
  );
}

export function ColorList({ id, value, readOnly, onChange }: Control) {
  const colors = asTexts(value);
  return (
    <span className="colors" id={id}>
      {colors.map((color, i) => (
        <span key={i}>
          <input type="color" aria-label={t("Colour {number}", { number: i + 1 })} value={plainHex(color)} disabled={readOnly} onChange={(event) => onChange(colors.with(i, event.target.value), true)} />
          {!readOnly && <button type="button" aria-label={t("Take colour {number} away", { number: i + 1 })} onClick={() => onChange(colors.toSpliced(i, 1))}><Icon name="close" size={10} /></button>}
        </span>
      ))}
      {!readOnly && <button type="button" className="small" onClick={() => onChange([...colors, "#888888"])}><Icon name="plus" size={13} />{t("Colour")}</button>}
    </span>
  );
}
