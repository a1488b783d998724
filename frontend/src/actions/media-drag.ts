import { placeNode } from "./editing";
import { parse } from "../api/http";
import { findKind } from "../graph/catalog";
import { readMedia } from "../graph/media";
import type { Media } from "../graph/media";
import { asObject } from "../graph/json";
import type { Point } from "../graph/types";
import type { Canvas } from "../store/canvas";

const KIND = "application/x-wireflow-media";

/** A result that is dragged out of a panel. */
export function dragMedia(transfer: DataTransfer, { url, contentType, assetId, width, height }: Media): void {
  transfer.setData(KIND, JSON.stringify({ url, contentType, assetId, width, height }));
  transfer.effectAllowed = "copy";
}

export function readMediaDrag(transfer: DataTransfer): Media | null {
  const text = transfer.getData(KIND);
  return text === "" ? null : readMedia(asObject(parse(text)));
}

/** A result as the input of what comes next: an input node that holds it. Gives its id; null for what no input node takes. */
export function placeMedia(canvas: Canvas, { kind: main, url, contentType, assetId }: Media, at: Point): string | null {
  const kind = findKind(canvas.catalog, "input:image");
  if (!kind || canvas.readOnly || main === "file") return null;
  const value = { url, contentType, ...(assetId === "" ? {} : { assetId }) };
  return placeNode(canvas, kind, { x: at.x - 140, y: at.y - 40 }, null, { image: value, ...(main === "image" ? {} : { mediaType: main.toUpperCase() }) });
}
