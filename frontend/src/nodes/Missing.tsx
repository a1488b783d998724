import { memo } from "react";
import { t } from "../language/speak";

import { Port } from "./Port";

interface Props {
  readonly id: string;
  readonly data: { readonly missing: { readonly ins: readonly string[]; readonly outs: readonly string[] } };
}

/** Stands where a wire ends at a node that does not exist, so that the broken wire can be seen and deleted. */
export const Missing = memo(function Missing({ id, data: { missing } }: Props) {
  return (
    <div className="missing">
      {missing.ins.map((handle) => <Port key={handle} nodeId={id} side="in" id={handle} label={t("Missing")} type="ANY" broken taken />)}
      <strong>{t("Missing node")}</strong>
      <code>{id}</code>
      {missing.outs.map((handle) => <Port key={handle} nodeId={id} side="out" id={handle} label={t("Missing")} type="ANY" broken taken />)}
    </div>
  );
});
