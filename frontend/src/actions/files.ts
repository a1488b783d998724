import { t } from "../language/speak";
import { explain } from "./action";
import { placeNode } from "./editing";
import { pasteText } from "./clipboard-text";
import { keepDraft } from "./versions-work";
import { callWith } from "../api/call";
import { upload } from "../api/upload";
import { ApiError } from "../api/http";
import { readBrought } from "../graph/brought";
import { findKind } from "../graph/catalog";
import type { NodeKind, Param } from "../graph/catalog";
import { setParam } from "../graph/changes";
import type { JsonObject } from "../graph/json";
import { acceptedFiles, effective } from "../graph/params";
import { kindOf } from "../graph/ports";
import { isList } from "../graph/json";
import type { Point } from "../graph/types";
import type { Canvas } from "../store/canvas";
import { noteUpload } from "../store/uploads";

/** What the server takes of one file, in MB. */
const MOST_MB = 25;
/** The largest table that is kept as text in the node, in bytes. */
const TEXT_LIMIT = 200_000;

const MEDIA = new Set(["image", "video", "audio"]);

/** The one kind of file that this place takes, or nothing when it takes several. */
export function kindTaken({ catalog, document }: Canvas, nodeId: string, param: Param): string {
  const node = document.doc().nodes.find((candidate) => candidate.id === nodeId);
  const kind = node ? kindOf(catalog, node) : null;
  if (!node || !kind) return "";
  const [first = "", ...others] = new Set(acceptedFiles(kind, param, node).map((type) => type.split("/")[0] ?? ""));
  return others.length === 0 && MEDIA.has(first) ? first : "";
}

/** Put an asset into a parameter: beside those of a list, or in the place of the one that was there. */
export function putFile(canvas: Canvas, nodeId: string, param: Param, value: JsonObject): void {
  canvas.document.edit(t("Choose file"), (doc) => {
    const node = doc.nodes.find((candidate) => candidate.id === nodeId);
    const kind = node ? kindOf(canvas.catalog, node) : null;
    if (!node || !kind) return doc;
    const before = effective(kind, param, node);
    const next = param.type === "asset_list" ? [...(isList(before) ? before : []), value] : value;
    return setParam(nodeId, param, next)(doc);
  });
}

/** Send a file and put the asset into a parameter; a failure is said on the node. What made it is offered, unless that was asked. */
export async function uploadInto(canvas: Canvas, nodeId: string, param: Param, file: File, isAsked = false): Promise<void> {
  noteUpload(canvas, nodeId, file.name, 0);
  try {
    if (file.size > MOST_MB * 1024 * 1024) throw new ApiError(413, t("The file is larger than {most} MB. Make it smaller and upload it again.", { most: MOST_MB }));
    const { value, madeBy } = await upload(canvas.csrf, file, kindTaken(canvas, nodeId, param), (part) => noteUpload(canvas, nodeId, file.name, part));
    putFile(canvas, nodeId, param, value);
    noteUpload(canvas, nodeId, file.name, null);
    if (!isAsked && madeBy !== "" && madeBy !== canvas.workflowId) await offerWorkflow(canvas, file.name, madeBy);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    noteUpload(canvas, nodeId, file.name, 0, error.message);
    canvas.ui.toast(`${file.name}: ${error.message}`, { tone: "bad" }); // the card may be out of sight
  }
}

/** A picture that says which workflow made it: offer that one, when it is there and this person may see it. */
async function offerWorkflow({ csrf, ui }: Canvas, filename: string, workflowId: string): Promise<void> {
  try {
    const { id, name } = await callWith(csrf)("get", "/api/v1/workflows/{workflowId}", { path: { workflowId } });
    ui.toast(t("{filename} was made by “{name}”.", { filename, name }), {
      action: { label: t("Open that workflow"), perform: () => window.open(`/flow/${encodeURIComponent(id)}`, "_blank", "noopener") },
    });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error; // not there, or not for this person: nothing to offer
  }
}

interface Home {
  readonly kind: NodeKind;
  readonly param: Param;
  readonly params: JsonObject;
}

/** The input node a file belongs into. */
function homeOf({ catalog }: Canvas, file: File): Home | null {
  const main = file.type.split("/")[0];
  const table = /\.(csv|tsv)$/i.test(file.name) || file.type === "text/csv";
  const kind = findKind(catalog, table ? "input:table" : "input:image");
  const param = kind?.params.find((candidate) => candidate.id === (table ? "file" : "image"));
  if (!kind || !param) return null;
  if (table || main === "image") return { kind, param, params: {} };
  return main === "video" || main === "audio" ? { kind, param, params: { mediaType: main.toUpperCase() } } : null;
}

/** Files dropped or pasted on the plane: media become input nodes, tables a table node, workflows are inserted. */
export function placeFiles(canvas: Canvas, files: readonly File[], at: Point): void {
  if (canvas.readOnly) return;
  const [only, ...others] = files;
  if (only?.type.startsWith("image/") && others.length === 0) {
    askOrPlace(canvas, only, at).catch((error: unknown) => explain(canvas, error));
    return;
  }
  files.forEach((file, i) => {
    const spot = { x: at.x + (i % 4) * 310, y: at.y + Math.floor(i / 4) * 330 };
    placeFile(canvas, file, spot).catch((error: unknown) => explain(canvas, error));
  });
}

/** A picture that brings its workflow along may be meant as either. */
async function askOrPlace(canvas: Canvas, file: File, at: Point): Promise<void> {
  const screen = canvas.stage.current?.flowToScreenPosition(at) ?? at;
  const brought = await readBrought(file);
  if (brought) canvas.ui.patch({ menu: { kind: "brought", screen, at, file, brought } });
  else await placeFile(canvas, file, at);
}

/** Put a file onto the plane as what it is, whatever it brings along. */
export async function placeFile(canvas: Canvas, file: File, at: Point, isAsked = false): Promise<void> {
  const home = homeOf(canvas, file);
  if (home?.kind.name === "input:table" && file.size < TEXT_LIMIT) {
    placeNode(canvas, home.kind, at, null, { csv: await file.text() });
  } else if (home) {
    await uploadInto(canvas, placeNode(canvas, home.kind, at, null, home.params), home.param, file, isAsked);
  } else if (/\.json$/i.test(file.name)) {
    const text = await file.text();
    if (canvas.document.doc().nodes.length > 0) await keepDraft(canvas, "imported");
    if (!pasteText(canvas, text, at, false)) canvas.ui.toast(t("{name} holds no workflow.", { name: file.name }), { tone: "bad" });
  } else {
    canvas.ui.toast(t("{name}: pictures, videos, sounds, tables and workflows can be dropped here.", { name: file.name }), { tone: "bad" });
  }
}
