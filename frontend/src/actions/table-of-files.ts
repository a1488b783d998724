import { upload } from "../api/upload";
import { asText } from "../graph/json";
import type { Param } from "../graph/catalog";
import { t } from "../language/speak";
import type { Canvas } from "../store/canvas";
import { noteUpload } from "../store/uploads";
import { explain } from "./action";
import { kindTaken } from "./files";

/** So long the name of a row may be. */
const MOST_NAME = 100;

/** A value as it stands in a table that commas part. */
const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;

/** The table that starts one run for each file. Its heads are the id of the input, as its name may be another's too or another language's, and the names of the rows, unless an input takes that head. */
export function tableOf(input: string, files: readonly { readonly name: string; readonly asset: string }[], isNamed = true): string {
  return [["name", input], ...files.map(({ name, asset }) => [name, asset])].map((row) => (isNamed ? row : row.slice(1))).map((row) => row.map(cell).join(",")).join("\n");
}

/** Send files and lead to the page that runs a table, with a row for each of them: there the price is seen before anything starts. */
export async function asTable(canvas: Canvas, nodeId: string, param: Param, files: readonly File[]): Promise<void> {
  const { csrf, document: store, saver, ui, workflowId } = canvas;
  const { nodes } = store.doc();
  const node = nodes.find(({ id }) => id === nodeId);
  if (!node) return;
  try {
    const sent: { readonly name: string; readonly asset: string }[] = [];
    for (const [i, file] of files.entries()) {
      noteUpload(canvas, nodeId, file.name, i / files.length);
      const { value } = await upload(csrf, file, kindTaken(canvas, nodeId, param), (part) => noteUpload(canvas, nodeId, file.name, (i + part) / files.length));
      sent.push({ name: file.name.slice(0, MOST_NAME), asset: asText(value.assetId) });
    }
    if (await saver.flush()) post(`/workflows/${encodeURIComponent(workflowId)}/table`, { csrfmiddlewaretoken: csrf, text: tableOf(node.id, sent, !nodes.some((other) => asText(other.data.label).trim().toLowerCase() === "name")) });
    else ui.toast(t("The workflow could not be saved, so there is no table yet. The files are in the library."), { tone: "bad" });
  } catch (error) {
    explain(canvas, error);
  } finally {
    noteUpload(canvas, nodeId, "", null);
  }
}

function post(path: string, fields: Readonly<Record<string, string>>): void {
  const form = document.createElement("form");
  form.method = "post";
  form.action = path;
  for (const [name, value] of Object.entries(fields)) {
    const field = document.createElement("textarea"); // an input would take the ends of lines away
    field.name = name;
    field.value = value;
    form.append(field);
  }
  form.hidden = true;
  document.body.append(form);
  form.submit();
}
