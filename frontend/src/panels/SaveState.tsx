import { useCanvas, useDocument } from "../store/canvas";
import { useSlice } from "../store/store";

/** The time of day, for another day with its date. */
function clock(at: number): string {
  const day = new Date(at);
  const time = day.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
  return day.toDateString() === new Date().toDateString() ? time : `${day.toLocaleDateString(undefined, { day: "numeric", month: "short" })}, ${time}`;
}

/** Where the draft stands, in a few words. */
export function SaveState() {
  const { contact, saver } = useCanvas();
  const save = useDocument((state) => state.save);
  const lost = useSlice(contact, (state) => state.lost !== null);
  if (lost && (save.kind === "saved" || save.kind === "waiting" || save.kind === "saving")) {
    return <button type="button" className="save warn" onClick={saver.retry} title="The server is not heard. What you change is kept in this browser.">Reconnecting…</button>;
  }
  switch (save.kind) {
    case "saved":
      return <span className="save" role="status">{save.at === null ? "Draft" : `Draft saved ${clock(save.at)}`}</span>;
    case "waiting":
    case "saving":
      return <span className="save busy" role="status">Saving…</span>;
    case "readonly":
      return <span className="save" role="status">View only</span>;
    case "offline":
      return <button type="button" className="save warn" onClick={saver.retry} title="Try again now">{save.sentence}</button>;
    case "refused":
      return <button type="button" className="save bad" onClick={saver.retry} title="Try again">Not saved: {save.sentence}</button>;
  }
}
