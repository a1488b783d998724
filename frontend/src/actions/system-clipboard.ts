import { t } from "../language/speak";
import type { Canvas } from "../store/canvas";

/** Browsers give a clipboard to pages on https or localhost only, whatever the type says. */
const board = navigator.clipboard as Clipboard | undefined;

export async function readText(): Promise<string> {
  return (await board?.readText().catch(() => "")) ?? "";
}

/** Gives whether the text is on the clipboard now. */
export async function writeText(text: string): Promise<boolean> {
  return (await board?.writeText(text).then(() => true, () => false)) ?? false;
}

/** Copy a text that people asked for, and say so. */
export async function copyForPeople({ ui }: Canvas, text: string, said: string): Promise<void> {
  if (await writeText(text)) ui.toast(said);
  else ui.toast(t("This browser copies on https pages only. Select the text and copy it by hand."), { tone: "bad" });
}
