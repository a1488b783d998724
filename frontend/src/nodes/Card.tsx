import { memo, useMemo, useState } from "react";

import { innerName } from "../graph/component";
import { modeOf } from "../graph/modes";
import { cardParams } from "../graph/params";
import { kindOf } from "../graph/ports";
import { nodeTypeOf } from "../graph/types";
import type { GraphNode } from "../graph/types";
import { nameOf } from "../graph/catalog";
import type { Wire } from "../graph/flow";
import { t } from "../language/speak";
import { useParts } from "../panels/following";
import { useCanvas, useUi } from "../store/canvas";
import { CardFields } from "./CardFields";
import { CardFooter } from "./CardFooter";
import { CardHeader } from "./CardHeader";
import { OutlookLine, sayOutlook } from "./Outlook";
import { partOf } from "./part";
import { PortRows } from "./PortRows";
import { Preview } from "./Preview";
import { previewKind } from "./preview-kind";
import { useErrors, useNodeRuns, useOutlook, usePrice, useRefusals, useResults, useStatus, useTakes, useWires } from "./use-node";

interface Props {
  readonly id: string;
  readonly data: { readonly node: GraphNode };
  readonly selected: boolean;
}

/** Parameters that are reached by a wire, and so have to be seen on the card. */
function wiredParams(into: readonly Wire[]): ReadonlySet<string> {
  return new Set(into.flatMap((wire) => (wire.param ? wire.param.id : [])));
}

/** A node as a card, drawn from its entry in the catalog. */
export const Card = memo(function Card({ id, data: { node }, selected }: Props) {
  const { catalog } = useCanvas();
  const kind = kindOf(catalog, node);
  const { into, from } = useWires(id);
  const nodeRuns = useNodeRuns(id);
  const takes = useTakes(id, kind);
  const status = useStatus(id, kind, nodeRuns, takes);
  const results = useResults(node, kind, nodeRuns);
  const price = usePrice(node, kind, into);
  const collapsed = node.data.collapsed === true;
  const errors = useErrors(id);
  const refusals = useRefusals(id);
  const outlook = useOutlook(id);
  const uploading = useUi((ui) => ui.uploads.get(id) ?? null);
  const params = useMemo(() => (kind ? cardParams(kind, node, wiredParams(into)) : []), [kind, node, into]);
  const failed = nodeRuns.find((nodeRun) => nodeRun.status === "FAILED");
  const inner = failed && kind?.sources ? innerName(node, failed.nodeId) : "";
  const failure = failed && inner !== "" ? { ...failed, error: `${inner}: ${failed.error}` } : failed;
  const running = nodeRuns.filter((nodeRun) => nodeRun.status === "RUNNING");
  const asking = nodeRuns.filter((nodeRun) => nodeRun.status === "WAITING");
  const title = nameOf(node, kind);
  const mode = modeOf(node);
  const wanted = kind && !collapsed ? previewKind(kind, node, into) : "none";
  const framed = wanted === "media" && kind?.execution !== "source";
  const [hovered, setHovered] = useState(false);
  const touched = hovered || selected;
  const parts = useParts(touched || asking.length > 0 || failure !== undefined || uploading !== null || kind?.sources !== undefined);
  const label = [title, status.text, outlook && kind ? sayOutlook(outlook, kind) : ""].filter(Boolean).join(", ");

  return (
    <article
      className={`card s-${status.tone}${outlook ? ` f-${outlook.fate}` : ""}${selected ? " selected" : ""}${collapsed ? " collapsed" : ""}${mode ? ` m-${mode}` : ""}${refusals.length > 0 ? " refused" : ""}${kind ? "" : " unknown"}`}
      onPointerEnter={() => setHovered(true)}
      onPointerLeave={() => setHovered(false)}
      data-category={kind?.category ?? "unknown"}
      aria-label={label}
    >
      {touched && parts && <parts.NodeTools id={id} selected={selected} />}
      <CardHeader node={node} kind={kind} title={title} status={status} price={price} errors={errors} />
      <div className="card-body">
        {running.length > 0 && <Progress part={partOf(running)} />}
        {kind && !collapsed && (
          <Preview node={node} kind={kind} wanted={wanted} items={results.items} index={results.index} old={results.old} tone={status.tone} failure={failure} />
        )}
        {refusals.map(({ message, fix }) => <p key={message} className="card-note bad">{message}{fix && <small>{fix}</small>}</p>)}
        {asking.length > 0 && parts && <parts.Decision id={id} asking={asking} />}
        {uploading && parts && <parts.UploadNote id={id} upload={uploading} />}
        <PortRows node={node} kind={kind} into={into} from={from} errors={errors} />
        {kind && <CardFields node={node} kind={kind} params={params} into={into} collapsed={collapsed} />}
        {kind === null && <p className="card-note bad">{t("{type} is not a known node type. Its settings and wires are kept.", { type: nodeTypeOf(node) || t("This node") })}</p>}
        {kind?.sources && parts && <parts.UpdateNote node={node} />}
        {kind && !kind.runnable && <p className="card-note">{kind.reason || t("{kind} cannot run here.", { kind: kind.title })}</p>}
        {failure && parts && !(framed && results.items.length === 0) && <parts.Failure failure={failure} />}
        {failure && parts && <parts.NextStep id={id} failure={failure} />}
        {kind && <CardFooter kind={kind} nodeRuns={nodeRuns} price={price} takes={takes} planned={outlook !== null} />}
        {kind && parts && !collapsed && !into.some(({ param }) => param?.id === "seed") && <parts.SeedLock node={node} kind={kind} />}
        {kind && outlook && <OutlookLine outlook={outlook} kind={kind} />}
      </div>
    </article>
  );
});

export function Progress({ part }: { readonly part: number | null }) {
  return (
    <div className={`card-progress${part === null ? " unknown" : ""}`} role="progressbar" aria-valuenow={part ?? undefined} aria-label={t("Progress")}>
      <span style={part === null ? undefined : { transform: `scaleX(${part / 100})` }} />
    </div>
  );
}
