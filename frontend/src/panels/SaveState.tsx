import { useCanvas, useDocument } from "../store/canvas";

function clock(at: number): string {
  return new Date(at).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
}

/** Where the draft stands, in a few words. */
export function SaveState() {
  const { saver } = useCanvas();
  const save = useDocument((state) => state.save);
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
    case "conflict":
      return <span className="save warn" role="status">Changed elsewhere — yours is kept here</span>;
  }
}
