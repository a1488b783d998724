// Runs in the pages of `bin/bench canvas` before their own scripts: notes frames, and speaks for the server.
window.frames_at = null;
window.stood = null;
requestAnimationFrame(function look(now) {
  window.frames_at?.push(now);
  if (window.stood === null) {
    const card = document.querySelector(".stage:not(.opening) .react-flow__node, #root .react-flow__node");
    if (card && getComputedStyle(card).visibility === "visible") window.stood = now;
  }
  requestAnimationFrame(look);
});

const Plain = window.WebSocket;
let line = null;
window.WebSocket = class extends Plain {
  constructor(address) {
    super(address);
    line = this;
  }
};
const say = (frame) => line.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(frame) }));
const snapshot = (executionId, status, nodeRuns, seq) =>
  say({ type: "snapshot", seq, execution: { executionId, trigger: "canvas", status, nodeResults: { nodeRuns } } });
const running = (nodeId, progress) =>
  ({ nodeId, itemPath: [], status: "RUNNING", startTime: new Date().toISOString(), progress });

/** From where the plane is looked at. */
const view = () => new DOMMatrix(document.querySelector(".react-flow__viewport").style.transform);

/** Where the head of a card stands in the window that has its corner at this place of the plane; it may be only painted. */
const headOf = ([left, top]) => {
  const plane = document.querySelector(".react-flow__viewport");
  const at = view().translate(left + 140, top + 20);
  const { x, y } = plane.parentElement.getBoundingClientRect();
  return [x + at.e, y + at.f];
};

let telling = 0;
window.bench = {
  /** The corner of every card on the plane, by its id. */
  places: {},
  /** A run made all this. */
  made: (nodeRuns) => snapshot("made", "COMPLETED", nodeRuns, 1),
  /** Nodes are at work, and how far they are changes so often. */
  update: ({ ids, every }) => {
    let seq = 0;
    if (!window.plain) snapshot("told", "RUNNING", ids.map((id) => running(id, 0)), seq);
    telling = setInterval(() => {
      const progress = (seq / ids.length) % 100;
      const events = ids.map((nodeId) => {
        const data = running(nodeId, progress);
        return { seq: ++seq, kind: "node_run.progressed", nodeId, itemPath: [], data };
      });
      if (window.plain) window.plain.tell(ids, progress);
      else say({ type: "events", executionId: "told", events });
    }, every);
  },
  stop: (ids) => {
    clearInterval(telling);
    const stopped = ids.map((nodeId) => ({ nodeId, itemPath: [], status: "CANCELLED" }));
    if (!window.plain) snapshot("told", "CANCELLED", stopped, 1e9);
  },
  /** The cards nearest to the middle of the window. */
  nearest: (count) => {
    const far = ([x, y]) => Math.hypot(x - innerWidth / 2, y - innerHeight / 2);
    return Object.entries(window.bench.places).map(([id, corner]) => ({ id, far: far(headOf(corner)) }))
      .sort((a, b) => a.far - b.far).slice(0, count).map(({ id }) => id);
  },
  /** Look from so near at what is in the middle of the window: the stage halves its zoom every 500 pixels of the wheel. */
  zoom: (wanted) => {
    const pane = document.querySelector(".react-flow__pane");
    const [clientX, clientY, deltaY] = [innerWidth / 2, innerHeight / 2, 500 * Math.log2(view().a / wanted)];
    pane.dispatchEvent(new WheelEvent("wheel", { deltaY, clientX, clientY, ctrlKey: true, bubbles: true, cancelable: true }));
  },
  /** Once the view glides no more. */
  still: () => new Promise((resolve) => {
    let [last, frames] = ["", 0];
    requestAnimationFrame(function look() {
      const now = String(view());
      frames = now === last ? frames + 1 : 0;
      last = now;
      if (frames > 20) resolve();
      else requestAnimationFrame(look);
    });
  }),
  /** How near one looks. */
  seen: () => view().a,
  /** A place to hold a card by. */
  grip: (id) => headOf(window.bench.places[id]),
};
try {
  localStorage.setItem("wireflow:palette", "closed");
  localStorage.setItem("wireflow:wheel", "pan");
} catch {
  // pages without an address keep nothing
}
