import { useRef } from "react";

import { setData } from "../graph/changes";
import type { NodeKind } from "../graph/catalog";
import { isPinned } from "../graph/modes";
import type { Problem } from "../graph/problems";
import { migrationOf } from "../graph/retired";
import type { GraphNode } from "../graph/types";
import { number, t } from "../language/speak";
import { Icon, SharedIcon, categoryIcon } from "../panels/icons";
import { useCanvas, useUi } from "../store/canvas";
import type { Status } from "./status";

interface Props {
  readonly node: GraphNode;
  readonly kind: NodeKind | null;
  readonly title: string;
  readonly status: Status;
  readonly price: number;
  readonly errors: readonly Problem[];
}

export function CardHeader({ node, kind, title, status, price, errors }: Props) {
  const { catalog } = useCanvas();
  const renaming = useUi((state) => state.renaming === node.id);
  const sentences = errors.map(({ message }) => message).join(" ");
  return (
    <header className="card-head">
      <span className="card-icon"><Icon name={kind ? categoryIcon(kind.category) : "warning"} /></span>
      {renaming
        ? <TitleField node={node} title={title} />
        : (
          <h3 title={kind ? `${title} — ${kind.summary}` : title}>{title}</h3>
        )}
      {errors.length > 0 && (
        <span className="card-error" role="img" aria-label={t("Problem: {sentences}", { sentences })} title={sentences}><Icon name="warning" size={15} /></span>
      )}
      {migrationOf(catalog, node) && <span className="badge stale" title={t("Its maker has retired this model; another one runs in its place. The node’s settings say which.")}><Icon name="warning" size={13} /><span>{t("retired")}</span></span>}
      {isPinned(node) && status.icon !== "pin" && <span className="card-pin" role="img" aria-label={t("Its result is pinned")} title={t("Its result is pinned: it is not run again until you unpin it.")}><Icon name="pin" size={14} /></span>}
      {status.tone !== "idle" && (
        <span className={`badge ${status.tone}`} title={status.text}>
          {status.icon ? <Icon name={status.icon} size={13} /> : <i className="spinner" />}
          <span>{status.word}</span>
        </span>
      )}
      {price > 0 && status.tone === "idle" && <span className="chip" title={t("Costs {price} credits each time it runs", { price })}>{number(price)}<SharedIcon name="credits" size={12} /></span>}
    </header>
  );
}

function TitleField({ node, title }: { readonly node: GraphNode; readonly title: string }) {
  const { document, ui } = useCanvas();
  const cancelled = useRef(false);
  const finish = (label: string) => {
    if (!cancelled.current && label.trim() !== "" && label !== title) document.edit(t("Rename"), setData(node.id, { label: label.trim() }));
    ui.patch({ renaming: null });
  };
  return (
    <input
      className="title-field nodrag"
      defaultValue={title}
      aria-label={t("Name of the node")}
      ref={(field) => field?.focus()}
      onFocus={(event) => event.target.select()}
      onBlur={(event) => finish(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === "Escape") cancelled.current = true;
        if (event.key === "Enter" || event.key === "Escape") event.currentTarget.blur();
      }}
    />
  );
}
