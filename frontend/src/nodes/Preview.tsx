import type { CSSProperties } from "react";

import { AssetDrop } from "../fields/AssetDrop";
import type { NodeKind } from "../graph/catalog";
import { written } from "../graph/json";
import { fileLabel } from "../graph/media";
import type { Media, Shown } from "../graph/media";
import { t } from "../language/speak";
import type { NodeRun } from "../live/run";
import type { GraphNode } from "../graph/types";
import { useParts } from "../panels/following";
import { Icon } from "../panels/icons";
import { useCanvas } from "../store/canvas";
import { aspectOf } from "./preview-kind";
import type { PreviewKind } from "./preview-kind";
import type { Tone } from "./status";

interface Props {
  readonly node: GraphNode;
  readonly kind: NodeKind;
  readonly wanted: PreviewKind;
  readonly items: readonly Shown[];
  readonly index: number;
  readonly old: boolean;
  readonly tone: Tone;
  readonly failure: NodeRun | undefined;
}

/** The last result, or the room kept for it. Sources show what they hold and take files. */
export function Preview({ node, kind, wanted, items, index, old, tone, failure }: Props) {
  const parts = useParts(failure !== undefined);
  const file = kind.params.find((param) => (param.type === "asset" || param.type === "asset_list") && !param.advanced);
  if (kind.execution === "source" && file && wanted !== "none") return <AssetDrop node={node} kind={kind} param={file} />;
  const item = items[index];
  if (wanted === "none") return null;
  const busy = tone === "running" || tone === "waiting";
  if (item && item.kind !== "media") return <TextPreview item={item} node={node} count={items.length} index={index} />;
  if (item?.kind === "media" && item.media.kind === "audio") return <AudioPreview media={item.media} node={node} count={items.length} index={index} />;
  if (wanted === "text") return <div className={`preview text${busy ? " busy" : ""}`}><i /><i /><i /></div>;
  if (wanted === "audio") return <div className={`preview audio${busy ? " busy" : ""}`}><Icon name="audio" size={20} /></div>;
  const aspect = aspectOf(kind, node);
  return (
    <div className={`preview media${busy ? " busy" : ""}${item ? "" : " empty"}${old ? " old" : ""}`} style={{ aspectRatio: String(aspect) }}>
      {!item && failure ? parts && <parts.Failure failure={failure} /> : item ? <Picture media={item.media} node={node} items={items} index={index} room={aspect} /> : <Icon name={kind.category === "video" ? "video" : "image"} size={22} />}
      <Pager node={node} count={items.length} index={index} />
    </div>
  );
}

interface PictureProps {
  readonly media: Media;
  readonly node: GraphNode;
  readonly items: readonly Shown[];
  readonly index: number;
  readonly room: number;
}

function Picture({ media, node, items, index, room }: PictureProps) {
  const { ui } = useCanvas();
  if (media.kind === "video") {
    return <video className="nodrag" src={media.url} controls preload="metadata" playsInline loop muted {...(media.thumbnail === media.url ? {} : { poster: media.thumbnail })} />;
  }
  if (media.kind === "file") {
    return <a className="file-link nodrag" href={media.url} download><Icon name="download" size={18} />{fileLabel(media)}</a>;
  }
  const open = () => {
    const pictures = items.flatMap((item) => (item.kind === "media" ? item.media : []));
    ui.patch({ lightbox: { items: pictures, index: Math.min(index, pictures.length - 1), title: written(node.data.label) } });
  };
  return (
    <button type="button" className="picture" onClick={open} aria-label={t("Look at it in full size")}>
      <img src={media.thumbnail} alt="" draggable={false} decoding="async" style={framed(media, room)} />
    </button>
  );
}

/** The picture as large as its room allows, and no larger: chequers show through it, not beside it. */
function framed({ width, height }: Media, room: number): CSSProperties {
  if (!width || !height) return {};
  const aspectRatio = width / height;
  return aspectRatio > room ? { aspectRatio, height: "auto" } : { aspectRatio, width: "auto" };
}

function TextPreview({ item, node, count, index }: { readonly item: Shown; readonly node: GraphNode; readonly count: number; readonly index: number }) {
  if (item.kind === "media") return null;
  const text = item.kind === "text" ? item.text : JSON.stringify(item.value, null, 2);
  return (
    <div className="preview text filled">
      <pre className={`${item.kind} nodrag`}>{text}</pre>
      <Pager node={node} count={count} index={index} />
    </div>
  );
}

function AudioPreview({ media, node, count, index }: { readonly media: Media; readonly node: GraphNode; readonly count: number; readonly index: number }) {
  return (
    <div className="preview audio filled nodrag">
      <audio src={media.url} controls preload="metadata" />
      <Pager node={node} count={count} index={index} />
    </div>
  );
}

/** "2 of 4" with arrows; where a list goes on into a single input, what is looked at is what is used. */
function Pager({ node, count, index }: { readonly node: GraphNode; readonly count: number; readonly index: number }) {
  const { ui } = useCanvas();
  if (count < 2) return null;
  const turn = (by: number) => ui.set((state) => ({ ...state, shown: new Map(state.shown).set(node.id, (index + by + count) % count) }));
  return (
    <div className="pager nodrag">
      <button type="button" onClick={() => turn(-1)} aria-label={t("The one before")}><Icon name="back" size={14} /></button>
      <span>{t("{place} of {count}", { place: index + 1, count })}</span>
      <button type="button" onClick={() => turn(1)} aria-label={t("The next one")}><Icon name="next" size={14} /></button>
    </div>
  );
}
