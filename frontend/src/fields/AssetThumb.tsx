import type { Media } from "../graph/media";
import { t } from "../language/speak";
import { Icon } from "../panels/icons";
import { useCanvas } from "../store/canvas";

interface Props {
  readonly media: Media | null;
  readonly title: string;
  readonly readOnly: boolean;
  readonly siblings: readonly Media[];
  readonly index: number;
  readonly onRemove: () => void;
  readonly onReplace?: () => void;
}

/** A file that a parameter holds. */
export function AssetThumb({ media, title, readOnly, siblings, index, onRemove, onReplace }: Props) {
  const { ui } = useCanvas();
  return (
    <div className="asset-thumb">
      {media === null && <span className="asset-file">{t("A value that is no file")}</span>}
      {media?.kind === "image" && (
        <button type="button" className="picture" aria-label={t("Look at it in full size")} onClick={() => ui.patch({ lightbox: { items: siblings, index, title } })}>
          <img src={media.thumbnail} alt="" draggable={false} decoding="async" />
        </button>
      )}
      {media?.kind === "video" && <video className="nodrag" src={media.url} controls preload="metadata" playsInline />}
      {media?.kind === "audio" && <audio className="nodrag" src={media.url} controls preload="metadata" />}
      {media?.kind === "file" && <a className="asset-file nodrag" href={media.url}>{media.url.split("/").at(-1)}</a>}
      {!readOnly && (
        <span className="asset-tools nodrag">
          {onReplace && <button type="button" onClick={onReplace} aria-label={t("Choose another file")} title={t("Choose another file")}><Icon name="upload" size={13} /></button>}
          <button type="button" onClick={onRemove} aria-label={t("Take the file away")} title={t("Take the file away")}><Icon name="close" size={13} /></button>
        </span>
      )}
    </div>
  );
}
