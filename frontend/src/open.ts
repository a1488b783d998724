import { connectApi } from "./api/client";
import { ApiError } from "./api/http";
import { parseCatalog } from "./api/catalog";
import type { Boot } from "./api/workflow";
import { isComponent } from "./graph/component";
import { markIds } from "./graph/changes";
import { EVERYTHING } from "./graph/plan";
import { sameSignatures, signatures } from "./graph/signature";
import { isRunnable } from "./graph/types";
import { createFollower } from "./live/follow";
import { parseRun } from "./live/frames";
import { createPeople, meet } from "./live/people";
import { isByHand, isOver, runsAt } from "./live/run";
import { watchTab } from "./live/tab";
import { quietly, withParts } from "./panels/following";
import { openBuffer } from "./store/buffer";
import type { Canvas, Contact, Money, Notices } from "./store/canvas";
import { createDocument } from "./store/document";
import { addOlder, createRuns, currentRun, noteComponents, putRun } from "./store/run";
import { restore } from "./store/restore";
import { createSaver } from "./store/saver";
import { createStore } from "./store/store";
import { createUi } from "./store/ui";

const MAY_EDIT = new Set(["owner", "editor"]);
const MAY_RUN = new Set([...MAY_EDIT, "runner"]);
/** After the last save of the graph, in milliseconds; saves themselves wait for a pause. */
const PRICE_AFTER = 150;
/** What earlier runs were made from is not among the first things that are wanted, in milliseconds. */
const LEARNED_AFTER = 500;

/** Put together all that one open workflow needs, and let it live: saving, listening, pricing. */
export async function openCanvas(boot: Boot): Promise<Canvas> {
  const { workflowId, csrf, stored, urls, component, trail } = boot;
  markIds(letters(4));
  const readOnly = !MAY_EDIT.has(boot.role);
  const api = connectApi(workflowId, csrf);
  const catalog = parseCatalog(await api.catalog());
  const ui = createUi(boot.keys);
  const document = createDocument(stored.doc, stored.updatedAt, catalog, readOnly, component !== null);
  const runs = createRuns();
  const money = createStore<Money>({ available: boot.credits, plan: null, made: new Map(), old: false, looked: null });
  const contact = createStore<Contact>({ lost: null });
  const buffer = openBuffer(workflowId);
  const people = createPeople();
  const saver = createSaver(workflowId, document, api, buffer, () => people.get().others.size === 0, (pieces) => withParts(ui, ({ tellAside }) => tellAside(canvas, pieces)));

  const price = async () => {
    const { saved } = document.get();
    const made = signatures(saved, catalog);
    try {
      const [plan = null] = await api.plans([EVERYTHING]);
      if (plan && document.doc() === saved) document.judge(plan.problems, true);
      money.set((now) => ({ ...now, available: plan?.available ?? now.available, plan, made, old: !sameSignatures(made, document.get().signatures) }));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      money.set((now) => ({ ...now, plan: null }));
    }
  };
  const follower = createFollower(workflowId, api, runs, (run) => {
    void price();
    if (run.id === runs.get().current) quietly(({ noteEnd }) => noteEnd(canvas, run));
  });
  const canvas: Canvas = {
    workflowId, csrf, readOnly, mayRun: MAY_RUN.has(boot.role), owners: boot.owners, urls, trail, catalog,
    bench: component && { id: component.id, saved: createStore({ at: component.savedAt }) },
    api, document, runs, ui, money, contact,
    notices: createStore<Notices>({ unread: boot.unread, newest: null }), saver, follower, people, sizes: new Map(), handles: new Map(), stage: { current: null },
  };

  const components = () => noteComponents(runs, document.doc().nodes.flatMap((node) => (isComponent(node) ? node.id : [])));
  components();
  if (!readOnly) void restore(canvas, buffer);
  const last = parseRun(boot.lastExecution);
  if (last) {
    putRun(runs, last, () => false);
    if (!isOver(last)) follower.follow(last.id);
  }
  boot.underWay.forEach(follower.follow);
  const contacts = watchContact(canvas);
  const company = meet(canvas);
  follower.listen({
    ...company,
    saved: (updatedAt, edits) => void saver.heard(updatedAt, edits),
    told: () => withParts(ui, ({ hearOfNotice }) => hearOfNotice(canvas)),
    kept: () => quietly(({ hearOfVersion }) => void hearOfVersion(canvas)),
    versioned: (at) => canvas.bench?.saved.set(() => ({ at })),
    standing: (standing) => {
      if (standing) follower.say({ type: "since", updatedAt: document.get().base });
      company.standing(standing);
      contacts(standing);
    },
  });
  window.setTimeout(() => quietly(({ learnMade }) => learnMade(api, runs, catalog)), LEARNED_AFTER);
  void recall(canvas);
  watchPrice(canvas, price);
  watchTab(document, runs);
  if (readOnly && ["nodes", "templates", "assets"].includes(ui.get().side ?? "")) ui.patch({ side: null });
  let gestures = document.get().history.past.length;
  let hindered = false;
  document.subscribe(() => {
    components();
    ui.keep(document.doc());
    const now = document.get().history.past.length;
    const is = document.get().problems.some(({ severity }) => severity === "error");
    if (now !== gestures || (hindered && !is)) ui.forgetRefusal();
    [gestures, hindered] = [now, is];
  });
  return canvas;
}

/** Letters by chance. */
function letters(count: number): string {
  return [...crypto.getRandomValues(new Uint8Array(count))].map((byte) => String.fromCharCode(97 + (byte % 26))).join("");
}

/** A line that is back within this time, in milliseconds, was not worth a word. */
const SHORT = 700;

/** Say that the server is not heard, and since when; what was not saved is sent once it is back. */
function watchContact({ contact, saver }: Canvas): (standing: boolean) => void {
  let timer = 0;
  let broken: number | null = null;
  return (standing) => {
    if (!standing) {
      if (broken !== null) return; // another attempt that failed
      const lost = (broken = Date.now());
      timer = window.setTimeout(() => contact.set({ lost }), SHORT);
      return;
    }
    clearTimeout(timer);
    if (contact.get().lost !== null) saver.retry();
    broken = null;
    contact.set({ lost: null });
  };
}

const RECALLED = 4;
/** Among so many: a table may have started many since. */
const LOOKED_THROUGH = 20;

/** Where the last execution was not about every node, the ones before it show what they made. */
async function recall({ api, document, runs }: Canvas): Promise<void> {
  const last = currentRun(runs.get());
  const hasMade = (id: string) => last !== null && runsAt(last, id, runs.get().components)?.some(({ output }) => output !== null) === true;
  if (!last || document.doc().nodes.filter(isRunnable).every(({ id }) => hasMade(id))) return;
  try {
    const newest = (await api.newest(LOOKED_THROUGH)).filter((one) => one.id !== last.id && (isByHand(one) || !isByHand(last)));
    addOlder(runs, (await Promise.all(newest.slice(0, RECALLED).map(({ id }) => api.execution(id)))).flatMap((answer) => parseRun(answer) ?? []));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

function watchPrice({ document, money }: Canvas, price: () => Promise<void>): void {
  let timer = 0;
  let seen = document.get().saved;
  let made = document.get().signatures;
  if (seen.nodes.length > 0) void price();
  document.subscribe(() => {
    const { saved, signatures: now } = document.get();
    if (!sameSignatures(now, made)) money.set((state) => ({ ...state, old: true }));
    made = now;
    if (saved === seen) return;
    const moved = saved.nodes === seen.nodes && saved.edges === seen.edges;
    seen = saved;
    clearTimeout(timer);
    if (!moved && saved.nodes.length > 0) timer = window.setTimeout(() => void price(), PRICE_AFTER);
  });
}
