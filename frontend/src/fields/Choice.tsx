import { written } from "../graph/json";
import type { Json } from "../graph/json";
import { t } from "../language/speak";
import type { Control } from "./Field";

interface Option {
  readonly value: Json;
  readonly label: string;
}

/** One of several values; where the catalog allows others, a text with suggestions. */
export function Choice({ id, value, param, readOnly, onChange, choices }: Control & { readonly choices: readonly Option[] }) {
  if (param.allowCustom) {
    return (
      <>
        <input id={id} type="text" list={`${id}-list`} value={written(value)} readOnly={readOnly} autoComplete="off" onChange={(event) => onChange(event.target.value, true)} />
        <datalist id={`${id}-list`}>{choices.map((option) => <option key={option.label} value={written(option.value)} />)}</datalist>
      </>
    );
  }
  const at = choices.findIndex((option) => option.value === value);
  return (
    <select
      id={id} value={at < 0 ? "" : String(at)} disabled={readOnly}
      onChange={(event) => onChange(event.target.value === "" ? null : (choices[Number(event.target.value)]?.value ?? null))}
    >
      {at < 0 && <option value="">{value === null || value === "" ? "—" : written(value)}</option>}
      {param.nullable && at >= 0 && <option value="">{t("not set")}</option>}
      {choices.map((option, i) => <option key={option.label} value={String(i)}>{option.label}</option>)}
    </select>
  );
}
