import { Field } from "../fields/Field";
import type { NodeKind, Param } from "../graph/catalog";
import { paramPortType } from "../graph/catalog";
import type { Wire } from "../graph/flow";
import { paramPort } from "../graph/ports";
import type { GraphNode } from "../graph/types";
import { t } from "../language/speak";
import { useDocument } from "../store/canvas";
import { Port } from "./Port";

interface Props {
  readonly node: GraphNode;
  readonly kind: NodeKind;
  readonly params: readonly Param[];
  readonly into: readonly Wire[];
  readonly collapsed: boolean;
}

/** The most used settings on the card. Each has a small socket, so that a wire can set it. */
export function CardFields({ node, kind, params, into, collapsed }: Props) {
  const shown = collapsed ? params.filter((param) => into.some((wire) => wire.param === param)) : params;
  if (shown.length === 0) return null;
  return (
    <div className="card-fields">
      {shown.map((param) => {
        const asInput = kind.inputs.some((port) => port.id === param.id);
        const wire = into.find((candidate) => candidate.param === param || (asInput && candidate.inlet?.id === param.id));
        if (wire && asInput) return null;
        const wirable = !asInput && paramPort(kind, param) !== null;
        return (
          <div className="card-field" key={param.id}>
            {wirable && (
              <Port nodeId={node.id} side="in" id={`in-${param.id}`} label={param.label} type={paramPortType(param)} taken={wire !== undefined} broken={(wire?.broken ?? "") !== ""} />
            )}
            {wire ? <Fed label={param.label} from={wire.edge.source} /> : <Field node={node} kind={kind} param={param} compact />}
          </div>
        );
      })}
    </div>
  );
}

/** Stands where a field was that now takes its value from a wire. */
export function Fed({ label, from }: { readonly label: string; readonly from: string }) {
  const name = useDocument((state) => {
    const source = state.history.present.nodes.find((node) => node.id === from);
    return typeof source?.data.label === "string" ? source.data.label : from;
  });
  return <p className="fed"><span>{label}</span><em>{t("from {name}", { name })}</em></p>;
}
