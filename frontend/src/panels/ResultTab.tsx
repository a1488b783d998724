import type { CSSProperties } from "react";

import { dragMedia } from "../actions/media-drag";
import { copyForPeople } from "../actions/system-clipboard";
import { nameOf } from "../graph/catalog";
import type { NodeKind } from "../graph/catalog";
import { fileLabel, readOutput } from "../graph/media";
import type { Media, Shown } from "../graph/media";
import { stepFor } from "../graph/next-steps";
import { outputsOf } from "../graph/ports";
import { tilesOf } from "../graph/tiles";
import type { Tile } from "../graph/tiles";
import type { GraphNode } from "../graph/types";
import { setData } from "../graph/changes";
import { t } from "../language/speak";
import type { NodeRun } from "../live/run";
import { NextStep } from "../nodes/NextStep";
import { outputOf, useNodeRuns } from "../nodes/use-node";
import { credits, seconds, wordOf } from "../nodes/status";
import { useCanvas, useRuns } from "../store/canvas";
import { madeBefore } from "../store/run";
import { Icon } from "./icons";
import { grouped } from "../graph/grouped";

/** All a node made, by output, over all items. */
export function ResultTab({ node, kind, onGo }: { readonly node: GraphNode; readonly kind: NodeKind; readonly onGo?: (id: string) => void }) {
  const { document, readOnly, ui } = useCanvas();
  const nodeRuns = useNodeRuns(node.id);
  const ports = outputsOf(kind, node);
  const made = nodeRuns.flatMap((nodeRun) => readOutput(outputOf(kind, node.id, nodeRun), ports));
  const byPort = [...grouped(made, (part) => part.port)].map(([port, parts]) => ({ port, items: parts.flatMap((part) => part.items) }));
  const earlier = useRuns((state) => madeBefore(state, node.id));
  const pictures = byPort.flatMap(({ items }) => picturesIn(items));
  const shown = new Set(pictures.map(({ url }) => url));
  const before = earlier.flatMap((nodeRun) => readOutput(outputOf(kind, node.id, nodeRun), ports)).flatMap(({ items }) => picturesIn(items)).filter(({ url }) => !shown.has(url));
  const failed = nodeRuns.filter((nodeRun) => nodeRun.status === "FAILED");
  const chosen = typeof node.data.selectedIndex === "number" ? node.data.selectedIndex : 0;
  if (nodeRuns.length === 0) return <p className="nothing">{t("Nothing yet. Run the workflow, or just this node.")}</p>;
  return (
    <div className="results">
      {failed.map((nodeRun) => (
        <p key={keyOf(nodeRun)} className="card-note bad">
          {nodeRun.nodeId !== node.id && `${inside(node, nodeRun)}: `}{nodeRun.itemPath.length > 0 && t("Item {place}: ", { place: nodeRun.itemPath.map((step) => step + 1).join(".") })}{nodeRun.error || t("failed")} {nodeRun.errorCode && <code>{nodeRun.errorCode}</code>}
        </p>
      ))}
      {[...new Map(failed.map((nodeRun) => [stepFor(nodeRun.errorCode), nodeRun]))].map(([step, nodeRun]) => <NextStep key={step} id={node.id} failure={nodeRun} {...(onGo ? { onGo } : {})} />)}
      {nodeRuns.filter((nodeRun) => nodeRun.fallbackReason !== "").slice(0, 3).map((nodeRun) => (
        <p key={`other ${keyOf(nodeRun)}`} className="card-note">{t("Its own model did not work, so the other one was tried: {reason}", { reason: nodeRun.fallbackReason })}</p>
      ))}
      {byPort.map(({ port, items }, i) => (
        <section key={port}>
          <h3>{ports.find((candidate) => candidate.id === port)?.label ?? port}{items.length > 1 && <span>{items.length}</span>}</h3>
          <Items
            items={items} title={nameOf(node, kind)}
            {...(i === 0 && !readOnly && ports[0]?.multiple === true ? { chosen, onChoose: (index: number) => document.edit(t("Choose result"), setData(node.id, { selectedIndex: index })) } : {})}
          />
        </section>
      ))}
      {pictures.length > 0 && before.length > 0 && (
        <button type="button" className="small" onClick={() => ui.patch({ lightbox: { items: [...pictures, ...before], index: 0, title: t("{node}, this run and the one before", { node: nameOf(node, kind) }) } })}>
          <Icon name="compare" size={14} />{t("Look at it beside the run before")}
        </button>
      )}
      <dl className="facts">
        {nodeRuns.slice(0, 12).map((nodeRun) => (
          <div key={keyOf(nodeRun)}>
            <dt>{nodeRun.nodeId !== node.id && `${inside(node, nodeRun)} · `}{nodeRun.itemPath.length > 0 ? t("Item {place}", { place: nodeRun.itemPath.map((step) => step + 1).join(".") }) : (nodeRun.provider || t("Took"))}</dt>
            <dd>{[wordOf(nodeRun.status), nodeRun.durationMs === null ? "" : seconds(nodeRun.durationMs), nodeRun.skipReason === "pinned" ? t("pinned") : nodeRun.cached ? t("reused") : credits(nodeRun.creditsUsed)].filter(Boolean).join(" · ")}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function keyOf({ nodeId, itemPath }: NodeRun): string {
  return `${nodeId} ${itemPath.join(".")}`;
}

/** Which node of a component it was. */
function inside(node: GraphNode, { nodeId }: NodeRun): string {
  return nodeId.slice(node.id.length + 1);
}

/** The shape of a picture that says nothing of its size. */
const UNKNOWN = 4 / 3;

function isSeen({ kind }: Media): boolean {
  return kind === "image" || kind === "video";
}

/** A tile among the others of its row, which `.tiles` sets apart by 6 px; what is not seen has a row of its own. */
function placed(tile: Tile | undefined): CSSProperties {
  return tile ? { flexBasis: `calc((100% - ${tile.gaps * 6 + 0.1}px) * ${tile.part})`, aspectRatio: tile.aspect } : { flexBasis: "100%" };
}

function picturesIn(items: readonly Shown[]): readonly Media[] {
  return items.flatMap((item) => (item.kind === "media" && item.media.kind === "image" ? item.media : []));
}

interface ItemsProps {
  readonly items: readonly Shown[];
  readonly title: string;
  readonly chosen?: number;
  readonly onChoose?: (index: number) => void;
}

function Items({ items, title, chosen, onChoose }: ItemsProps) {
  const canvas = useCanvas();
  const media = items.flatMap((item) => (item.kind === "media" ? item.media : []));
  const texts = items.filter((item) => item.kind !== "media");
  const seen = media.filter(isSeen);
  const tiles = tilesOf(seen.map(({ width, height }) => (width && height ? width / height : UNKNOWN)));
  const open = (one: Media) => canvas.ui.patch({ lightbox: { items: media, index: media.indexOf(one), title } });
  return (
    <>
      {media.length > 0 && (
        <ul className="tiles">
          {media.map((one, i) => (
            <li key={`${one.url}-${i}`} className={onChoose && media.length > 1 && chosen === i ? "chosen" : ""} style={placed(tiles[seen.indexOf(one)])}>
              {one.kind === "image" && <button type="button" className="picture" draggable onDragStart={(event) => dragMedia(event.dataTransfer, one)} onClick={() => open(one)} title={t("Click: full size. Drag onto the canvas: use as an input")} aria-label={t("Result {number} in full size", { number: i + 1 })}><img src={one.thumbnail} alt="" loading="lazy" decoding="async" draggable={false} /></button>}
              {one.kind === "video" && <video src={one.url} controls preload="metadata" playsInline />}
              {one.kind === "audio" && <audio src={one.url} controls preload="metadata" />}
              {one.kind === "file" && <a href={one.url} download className="asset-file"><Icon name="download" size={15} />{fileLabel(one)}</a>}
              {onChoose && media.length > 1 && (
                <button type="button" className="star" aria-pressed={chosen === i} aria-label={t("Use this one where one is needed")} title={t("Use this one where one is needed")} onClick={() => onChoose(i)}><Icon name="star" size={14} /></button>
              )}
            </li>
          ))}
        </ul>
      )}
      {texts.map((item, i) => (
        <div className="text-result" key={i}>
          <pre className={item.kind}>{textOf(item)}</pre>
          <button type="button" className="quiet square" aria-label={t("Copy")} title={t("Copy")} onClick={() => void copyForPeople(canvas, textOf(item), t("Copied."))}><Icon name="copy" size={14} /></button>
        </div>
      ))}
    </>
  );
}

function textOf(item: Shown): string {
  if (item.kind === "text") return item.text;
  return item.kind === "json" ? JSON.stringify(item.value, null, 2) : "";
}
