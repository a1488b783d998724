import { t } from "../language/speak";
import type { IconName } from "../panels/icons";
import type { Canvas } from "../store/canvas";

/** What a person can do. Keyboard, menus, palette and toolbars all show these same objects. */
export interface CanvasAction {
  readonly name: string;
  readonly label: string;
  /** What it would do to these nodes as they are now, where that is one of several things. */
  readonly now?: (canvas: Canvas, nodes: ReadonlySet<string>) => string;
  readonly group: "Run" | "Edit" | "Add" | "Select" | "View" | "Help";
  readonly icon?: IconName;
  /** Keys as in keys.ts; the first is the one that is shown. */
  readonly keys?: readonly string[];
  /** The browser turns the keys into an event of its own (copy, cut, paste), which is answered instead. */
  readonly native?: boolean;
  /** Works while someone types, too. */
  readonly everywhere?: boolean;
  readonly danger?: boolean;
  /** One of a family of keys: works, and is not listed by itself. */
  readonly unlisted?: boolean;
  /** What one has to be allowed; without it, everybody may who sees the workflow. */
  readonly needs?: "edit" | "run";
  /** Whether it makes sense now; without it, always. */
  readonly when?: (canvas: Canvas) => boolean;
  readonly perform: (canvas: Canvas) => void;
}

/** The groups as people read them. */
export const GROUPS: Readonly<Record<CanvasAction["group"], string>> = { Run: t("Run"), Edit: t("Edit"), Add: t("Add"), Select: t("Select"), View: t("View"), Help: t("Help") };

/** What an action would do now, to what is selected or to other nodes. */
export function sayNow(item: CanvasAction, canvas: Canvas, nodes = canvas.ui.get().nodes): string {
  return item.now?.(canvas, nodes) ?? item.label;
}

export const hasNodes = ({ ui }: Canvas) => ui.get().nodes.size > 0;
export const hasSelection = ({ ui }: Canvas) => ui.get().nodes.size + ui.get().edges.size > 0;
export const canEdit = ({ readOnly }: Canvas) => !readOnly;

/** Whether this person may do it at all, now or at another time. */
export function isAllowed({ needs }: Pick<CanvasAction, "needs">, { mayRun, readOnly }: Canvas): boolean {
  return needs === "edit" ? !readOnly : needs !== "run" || mayRun;
}

/** The one selected node, or null. */
export function onlyNode({ ui }: Pick<Canvas, "ui">): string | null {
  const [id, ...more] = ui.get().nodes;
  return id !== undefined && more.length === 0 ? id : null;
}

/** The sentence of a failed call as a note on the canvas; anything unexpected is thrown on. */
export function explain(canvas: Canvas, error: unknown): void {
  if (!(error instanceof Error) || error.name !== "ApiError") throw error;
  canvas.ui.toast(error.message, { tone: "bad" });
}
