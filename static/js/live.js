// Follows one execution: <article data-live="/ws/…" data-seq="n">. News says which parts changed, htmx fetches them.
// A lost line is taken up again; the snapshot that opens each line tells whether something was missed.
const PARTS = { summary: "#summary", questions: "#questions", outputs: "#outputs", nodes: "#node-runs" };
const GATHER_MS = 250; // news comes in bursts: one refresh for each
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;

const article = document.querySelector("[data-live]");
const lost = document.querySelector("[data-live-lost]");
let seen = Number(article.dataset.seq) || 0;
let over = false;
let wait = FIRST_WAIT_MS;
let changed = new Set();
let timer = 0;

function refresh() {
  timer = 0;
  for (const part of changed) if (!isWritten(PARTS[part])) htmx.trigger(PARTS[part], "refresh");
  changed = new Set();
}

// What somebody is writing is not to be lost: the part is fetched when they have sent it.
function isWritten(part) {
  const fields = document.querySelectorAll(`${part} :is(input:not([type="hidden"]), textarea)`);
  return [...fields].some((field) => field.value !== field.defaultValue || field === document.activeElement);
}

function mark(...parts) {
  for (const part of parts) changed.add(part);
  timer ||= setTimeout(refresh, GATHER_MS);
}

function read(event) {
  seen = Math.max(seen, event.seq);
  if (event.kind.startsWith("execution.")) {
    over ||= event.kind !== "execution.started";
    mark("summary", "questions", "nodes", "outputs");
  } else if (event.kind === "node_run.completed") {
    mark("summary", "nodes", "outputs");
    if (event.data.question) mark("questions");
  } else {
    mark("nodes");
    if (event.data.question) mark("questions");
  }
}

function connect() {
  const address = new URL(`${article.dataset.live}?after=${seen}`, location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(address);
  socket.onmessage = (frame) => {
    const message = JSON.parse(frame.data);
    wait = FIRST_WAIT_MS;
    lost.hidden = true;
    if (message.type === "events") message.events.forEach(read);
    else if (message.seq > seen) mark("summary", "questions", "nodes", "outputs");
    seen = Math.max(seen, message.seq);
    over ||= message.type === "snapshot" && !["PENDING", "RUNNING"].includes(message.execution.status);
    if (over) socket.close();
  };
  socket.onclose = () => {
    if (over) return;
    lost.hidden = false;
    setTimeout(connect, wait * (0.75 + Math.random() / 2));
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  };
}

// What a person has opened or closed stays so when its part is fetched anew.
let kept = new Map();
const openable = (root) => root.querySelectorAll("details[data-key]");
document.addEventListener("htmx:beforeSwap", (event) => {
  kept = new Map([...openable(event.target)].map((details) => [details.dataset.key, details.open]));
});
document.addEventListener("htmx:afterSwap", (event) => {
  for (const details of openable(event.target)) details.open = details.open || (kept.get(details.dataset.key) ?? false);
  const title = event.target.querySelector?.("[data-title]")?.dataset.title;
  if (title) document.title = title;
});

connect();
