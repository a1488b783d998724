import { explain } from "./action";
import { ApiError } from "../api/http";
import { connectVersions } from "../api/versions";
import type { Version, Versions } from "../api/versions";
import { locale, t } from "../language/speak";
import type { Canvas } from "../store/canvas";
import { createStore } from "../store/store";
import type { Store } from "../store/store";
import { undoing } from "../store/take-back";

interface Kept {
  /** The version that somebody kept last, with its graph: what the draft is compared with. */
  readonly newest: Version | null;
  /** The one that the panel shows the differences of. */
  readonly looked: Version | null;
  /** Grows whenever somebody keeps one, here or elsewhere. */
  readonly heard: number;
}

export const kept: Store<Kept> = createStore<Kept>({ newest: null, looked: null, heard: 0 });

export const versionsOf = ({ csrf, workflowId }: Canvas): Versions => connectVersions(workflowId, csrf);

export const lookAt = (looked: Version | null): void => kept.set((now) => ({ ...now, looked }));

export function when(text: string): string {
  return new Date(text).toLocaleString(locale, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}

/** By its number, as people speak of it; one that only ran has none. */
export function shortName({ number, name, kept: isKept, at }: Version): string {
  if (number !== null) return t("v{number}", { number });
  return name || (isKept ? t("Kept {when}", { when: when(at) }) : t("Run {when}", { when: when(at) }));
}

/** Somebody kept a version: compare with that one from now on. */
export async function hearOfVersion(canvas: Canvas): Promise<void> {
  try {
    const newest = await versionsOf(canvas).newest();
    kept.set(({ looked, heard }) => ({ newest, looked, heard: heard + 1 }));
  } catch (error) {
    explain(canvas, error);
  }
}

/** The draft saves itself; a version is what somebody wants to come back to. */
export async function keepVersion(canvas: Canvas): Promise<void> {
  const { saver, ui } = canvas;
  if (!(await saver.flush())) {
    ui.toast(t("The draft could not be saved yet, so no version was kept."), { tone: "bad" });
    return;
  }
  try {
    const made = await versionsOf(canvas).keep("");
    const version = shortName(made);
    ui.toast(made.name === "" ? t("Kept as {version}.", { version }) : t("Kept as {version}, “{name}”.", { version, name: made.name }), {
      action: { label: t("All versions"), perform: () => ui.patch({ panel: "versions" }) },
    });
  } catch (error) {
    explain(canvas, error);
    return;
  }
  await hearOfVersion(canvas);
}

/**
 * Have the server keep the draft as an automatic version, before something takes its place. Throws ApiError, also where
 * the server has not all of the draft yet: what it keeps would be another one. What is imported takes nobody's place.
 */
export async function keepDraft(canvas: Canvas, reason: "restored" | "discarded" | "loaded" | "imported"): Promise<void> {
  const isSaved = await canvas.saver.flush();
  if (!isSaved && reason !== "imported") throw new ApiError(0, t("The draft could not be saved yet, so nothing was replaced. Take back what is not saved, or wait until it is, and try again."));
  await versionsOf(canvas).guard(reason);
}

/** Put a version in the place of the draft, which is kept before. It is one gesture, and can be taken back. */
export async function putVersion(canvas: Canvas, version: Version, reason: "restored" | "discarded"): Promise<void> {
  const { document, ui } = canvas;
  const { graph } = version.graph ? version : await versionsOf(canvas).one(version.id);
  if (!graph) return;
  await keepDraft(canvas, reason);
  const label = reason === "restored" ? t("Restore a version") : t("Discard the draft");
  const before = document.doc();
  document.edit(label, (doc) => ({ ...doc, ...graph }));
  const name = version.name || shortName(version);
  ui.toast(reason === "restored" ? t("The draft is “{node}” now.", { node: name }) : t("The draft is as {version} again. What it was is among the versions.", { version: name }), { action: undoing(document, label, before) });
}

/** Back to the version that was kept last. */
export async function discardDraft(canvas: Canvas): Promise<void> {
  try {
    const version = await versionsOf(canvas).newest();
    if (version) await putVersion(canvas, version, "discarded");
    else canvas.ui.toast(t("No version was kept yet, so there is nothing to go back to. Undo takes back one change after another."));
  } catch (error) {
    explain(canvas, error);
  }
}

/** Its page asks for a name; what is kept is the saved draft. */
export async function saveAsTemplate({ saver, ui, workflowId }: Canvas): Promise<void> {
  if (await saver.flush()) location.assign(`/workflows/${encodeURIComponent(workflowId)}/template`);
  else ui.toast(t("The draft could not be saved yet, so it makes no template."), { tone: "bad" });
}

/** What is published is the saved draft. */
export async function publish({ saver, ui, workflowId }: Canvas): Promise<void> {
  if (await saver.flush()) location.assign(`/workflows/${encodeURIComponent(workflowId)}/settings?tab=app`);
  else ui.toast(t("The draft could not be saved yet, so it cannot be published."), { tone: "bad" });
}
