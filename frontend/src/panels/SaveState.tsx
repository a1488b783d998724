import { counted, locale, t } from "../language/speak";
import { useCanvas, useDocument } from "../store/canvas";
import { useSlice } from "../store/store";
import { useParts, withParts } from "./following";

/** The time of day, for another day with its date. */
function clock(at: number): string {
  const day = new Date(at);
  const time = day.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" });
  return day.toDateString() === new Date().toDateString() ? time : `${day.toLocaleDateString(locale, { day: "numeric", month: "short" })}, ${time}`;
}

/** Where the draft stands, in a few words. */
export function SaveState() {
  const canvas = useCanvas();
  const { contact, saver, ui } = canvas;
  const save = useDocument((state) => state.save);
  const parts = useParts(false);
  const lost = useSlice(contact, (state) => state.lost !== null);
  if (lost && (save.kind === "saved" || save.kind === "waiting" || save.kind === "saving")) {
    return <button type="button" className="save warn" onClick={saver.retry} title={t("The server is not heard. What you change is kept in this browser.")}>{t("Reconnecting…")}</button>;
  }
  switch (save.kind) {
    case "saved":
      return <span className="save-line"><span className="save" role="status">{save.at === null ? t("Draft") : t("Draft saved {time}", { time: clock(save.at) })}</span>{!canvas.bench && parts && <parts.Since />}</span>;
    case "waiting":
    case "saving":
      return <span className="save busy" role="status">{t("Saving…")}</span>;
    case "readonly":
      return <button type="button" className="save" onClick={() => withParts(ui, ({ tellLooker }) => tellLooker(canvas))}>{canvas.mayRun ? t("Run only") : t("View only")}</button>;
    case "aside":
      return <button type="button" className="save bad" onClick={() => withParts(ui, ({ tellAside }) => tellAside(canvas, save.pieces))} title={t("All else is saved. Show what is not, and why")}>{counted(save.pieces.length, "{count} change is not saved", "{count} changes are not saved")}</button>;
    case "offline":
      return <button type="button" className="save warn" onClick={saver.retry} title={t("Try again now")}>{save.sentence}</button>;
    case "refused":
      return <button type="button" className="save bad" onClick={saver.retry} title={t("Try again")}>{t("Not saved: {reason}", { reason: save.sentence })}</button>;
  }
}
