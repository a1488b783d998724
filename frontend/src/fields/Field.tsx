import { setParam } from "../graph/changes";
import type { Change } from "../graph/changes";
import type { NodeKind, Param } from "../graph/catalog";
import { written } from "../graph/json";
import type { Json } from "../graph/json";
import { choicesOf, effective, givenValue, whyBad } from "../graph/params";
import { kindOf } from "../graph/ports";
import type { GraphNode } from "../graph/types";
import { t } from "../language/speak";
import { useParts } from "../panels/following";
import { Icon } from "../panels/icons";
import { useCanvas } from "../store/canvas";
import { AssetDrop } from "./AssetDrop";
import { Choice } from "./Choice";
import { ColorField, ColorList } from "./Colors";
import { JsonField } from "./JsonField";
import { NumberField } from "./NumberField";
import { TextArea, TextLine } from "./TextField";

export interface Control<T = Json> {
  readonly id: string;
  readonly value: T;
  readonly param: Param;
  readonly readOnly: boolean;
  /** `typing`: one of many small steps of the same gesture. */
  readonly onChange: (value: Json, typing?: boolean) => void;
}

interface Props {
  readonly node: GraphNode;
  readonly kind: NodeKind;
  readonly param: Param;
  readonly compact?: boolean;
  /** Other nodes that are set to the same. */
  readonly also?: readonly GraphNode[];
}

/** The same value for one more node, where it has such a parameter. */
function setOn(node: GraphNode, kind: NodeKind | null, id: string, value: Json | undefined): Change {
  const param = kind?.params.find((candidate) => candidate.id === id);
  return param ? setParam(node.id, param, value) : (doc) => doc;
}

const WIDE = new Set(["text", "json", "color_list", "asset", "asset_list"]);

/** One setting of a node, drawn from its entry in the catalog. */
export function Field({ node, kind, param, compact = false, also = [] }: Props) {
  const { catalog, document, readOnly, ui } = useCanvas();
  const value = effective(kind, param, node);
  const id = `${compact ? "card" : "panel"}-${node.id}-${param.id}`;
  const put = (label: string, next: Json | undefined, key?: string) =>
    document.edit(label, (doc) => [node, ...also].reduce((now, one) => setOn(one, kindOf(catalog, one), param.id, next)(now), doc), key);
  const onChange = (next: Json, typing = false) => put(t("Change “{setting}”", { setting: param.label }), next, typing ? `${node.id}.${param.id}` : undefined);
  const why = whyBad(param, value);
  const wide = WIDE.has(param.type);
  const given = givenValue(param, node) !== undefined;
  const text = param.type === "text" ? written(value) : "";
  const parts = useParts(text.includes("{{"));
  return (
    <div className={`field${wide ? " wide" : ""}${why ? " wrong" : ""} nodrag`} data-param={param.id}>
      <div className="field-label">
        <label htmlFor={id} title={param.note || undefined}>{param.label}{param.required && <b title={t("Required")}>*</b>}</label>
        {param.type === "text" && !readOnly && also.length === 0 && (
          <button
            type="button" className="quiet reset" aria-label={t("Write {setting} in a large editor", { setting: param.label })} title={t("Write in a large editor")}
            onClick={() => ui.patch({ writing: { nodeId: node.id, paramId: param.id } })}
          ><Icon name="expand" size={12} /></button>
        )}
        {!compact && given && !readOnly && (
          <button
            type="button" className="quiet reset" aria-label={t("Back to the default")} title={t("Back to {value}", { value: JSON.stringify(param.default) })}
            onClick={() => put(t("Back to the default"), undefined)}
          ><Icon name="reset" size={12} /></button>
        )}
      </div>
      {parts && text.includes("{{") && <parts.Chips node={node} paramId={param.id} text={text} />}
      <ControlOf node={node} kind={kind} control={{ id, value, param, readOnly, onChange }} compact={compact} />
      {why && <p className="field-why" role="alert">{why}</p>}
      {!compact && param.note && <p className="field-note">{param.note}</p>}
    </div>
  );
}

function ControlOf({ node, kind, control, compact }: { readonly node: GraphNode; readonly kind: NodeKind; readonly control: Control; readonly compact: boolean }) {
  const { param, value } = control;
  const choices = choicesOf(kind, param, node);
  switch (param.type) {
    case "enum":
      return <Choice {...control} choices={choices} />;
    case "bool":
      return (
        <button
          type="button" role="switch" id={control.id} className="switch" aria-checked={value === true} disabled={control.readOnly}
          onClick={() => control.onChange(value !== true)}
        ><span /></button>
      );
    case "int":
    case "float":
      return <NumberField {...control} />;
    case "text":
      return <TextArea {...control} compact={compact} />;
    case "string":
      return choices.length > 0 ? <Choice {...control} choices={choices} /> : <TextLine {...control} />;
    case "color":
      return <ColorField {...control} />;
    case "color_list":
      return <ColorList {...control} />;
    case "asset":
    case "asset_list":
      return <AssetDrop node={node} kind={kind} param={param} />;
    case "json":
      return <JsonField {...control} />;
  }
}
