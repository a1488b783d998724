import { humanise } from "../graph/catalog";
import { carry, merge } from "../graph/merge";
import { together } from "../graph/pieces";
import type { Piece } from "../graph/pieces";
import { kindOf } from "../graph/ports";
import { labelOf } from "../graph/problems";
import { counted, number, t, word } from "../language/speak";
import type { Canvas } from "../store/canvas";
import type { Aside } from "../store/document";

/** So many characters the server keeps of any text. */
const LONGEST = 100_000;

/** Say what the server will not take, and why; it can be taken back, or tried again. What the server took meanwhile is no longer spoken of. */
export function tellAside(canvas: Canvas, pieces: readonly Aside[]): void {
  const { document, saver, ui } = canvas;
  const [first, ...more] = pieces;
  if (!first) return;
  const what = nameOf(canvas, first.piece);
  const reason = reasonOf(first);
  const text = more.length === 0
    ? t("{what} could not be saved. {reason} Everything else is saved.", { what, reason })
    : counted(more.length, "{what} and {count} more change could not be saved. {reason} Everything else is saved.", "{what} and {count} more changes could not be saved. {reason} Everything else is saved.", { what, reason });
  ui.toast(text, {
    tone: "bad", answered: () => stop(),
    action: { label: t("Take it back"), perform: () => takeBack(canvas) },
    other: { label: t("Try again"), perform: saver.insist },
  });
  const stop = document.subscribe(() => {
    const { save } = document.get();
    const isPast = save.kind === "saved" || (save.kind === "aside" && !save.pieces.some(({ piece: { key } }) => key === first.piece.key));
    if (isPast) ui.get().toasts.filter((toast) => toast.text === text).forEach(({ id }) => ui.dismiss(id));
  });
}

function takeBack({ document }: Canvas): void {
  const { save, saved } = document.get();
  const pieces = save.kind === "aside" ? save.pieces : [];
  const changes = together(pieces.map(({ piece }) => piece));
  document.edit(t("Take back what could not be saved"), (doc) => carry(doc, merge(saved, changes), saved, "mine"));
}

function nameOf({ catalog, document }: Canvas, { key, nodeId, setting }: Piece): string {
  if (key === "name") return t("The name of the workflow");
  const doc = document.doc();
  const node = doc.nodes.find(({ id }) => id === nodeId) ?? document.get().saved.nodes.find(({ id }) => id === nodeId);
  if (!node) return t("A wire");
  const label = labelOf(node, catalog);
  if (setting === "") return label;
  const param = kindOf(catalog, node)?.params.find(({ id, aliases }) => id === setting || aliases.includes(setting));
  return t("“{setting}” of “{node}”", { setting: param?.label ?? word(humanise(setting)), node: label });
}

function reasonOf({ piece: { changes }, reason }: Aside): string {
  const [[set] = []] = Object.values(changes.nodes?.changed ?? {});
  const value = set?.value;
  if (typeof value === "string" && value.length > LONGEST) return t("It has {length} characters; {most} can be kept.", { length: number(value.length), most: number(LONGEST) });
  return reason;
}
