import { explain } from "./action";
import { placeNode } from "./editing";
import { callWith } from "../api/call";
import { ApiError } from "../api/http";
import { findKind } from "../graph/catalog";
import { asObject, asText } from "../graph/json";
import type { Point } from "../graph/types";
import { t } from "../language/speak";
import type { Canvas } from "../store/canvas";

const ADDRESS = /^https?:\/\/\S+$/i;
/** So many characters the server keeps of any text. */
const LONGEST = 100_000;
const MEDIA: ReadonlySet<string> = new Set(["image", "video", "audio"]);

function placeText(canvas: Canvas, text: string, at: Point): void {
  const kind = findKind(canvas.catalog, "input:text");
  if (kind) placeNode(canvas, kind, at, null, { prompt: text });
}

/** Have the server fetch what lies at an address, behind its own guards, and put it into an input node. */
async function placeAddress(canvas: Canvas, url: string, at: Point): Promise<void> {
  const { catalog, csrf, ui } = canvas;
  const instead = { label: t("Paste as text"), perform: () => placeText(canvas, url, at) };
  ui.toast(t("Fetching {url}…", { url }), { action: instead });
  try {
    const answer = await callWith(csrf)("post", "/api/v1/media/upload", { body: { url } });
    const value = asObject(asObject(answer).value);
    const [main = ""] = asText(value.contentType).split("/");
    const kind = findKind(catalog, "input:image");
    if (!kind || !MEDIA.has(main)) ui.toast(t("At this address lies no picture, video or sound."), { tone: "bad", action: instead });
    else placeNode(canvas, kind, at, null, { image: value, ...(main === "image" ? {} : { mediaType: main.toUpperCase() }) });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    ui.toast(error.message, { tone: "bad", action: instead });
  }
}

/** What was pasted is no nodes: the address of media becomes an input node that holds them, another text a Text Input. */
export function pasteLoose(canvas: Canvas, pasted: string, at: Point): void {
  const text = pasted.trim();
  if (canvas.readOnly) return;
  if (ADDRESS.test(text)) placeAddress(canvas, text, at).catch((error: unknown) => explain(canvas, error));
  else if (text !== "" && text.length <= LONGEST) placeText(canvas, text, at);
  else canvas.ui.toast(t("This cannot be pasted. Copied nodes, texts, addresses of media, and files with pictures, videos, sounds, tables or workflows can."), { tone: "bad" });
}
