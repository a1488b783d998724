import type { Api, Draft } from "../api/client";
import { parseSaved } from "../api/edits";
import type { Edit } from "../api/edits";
import { ApiError } from "../api/http";
import { carry, changesBetween, holds, isNothing, merge, shared } from "../graph/merge";
import type { Changes } from "../graph/merge";
import { piecesOf, together } from "../graph/pieces";
import type { Piece } from "../graph/pieces";
import type { Doc } from "../graph/types";
import { t } from "../language/speak";
import { KNOWN } from "./buffer";
import type { Buffer, Write } from "./buffer";
import type { Aside, DocumentStore, SaveState } from "./document";

export interface Saver {
  /** Save what is unsaved now. Gives whether the server holds everything. */
  readonly flush: () => Promise<boolean>;
  /** Another tab, person or client has stored the workflow; here is what they changed, as far as that was told. */
  readonly heard: (updatedAt: string, edits: readonly Edit[]) => Promise<void>;
  readonly retry: () => void;
  /** Send again what the server has refused. */
  readonly insist: () => void;
  /** Send again what another page has sent. Gives whether the server holds it now. */
  readonly resend: (write: Write) => Promise<boolean>;
}

/** A write that was sent and not yet answered; it is repeated as it is, so that the server knows it again. */
interface Pending extends Write {
  /** What is stored as it will be with these changes, as far as the document here shows them. */
  readonly doc: Doc;
  readonly end?: (isStored: boolean) => void;
}

const REFUSED = Symbol("refused");

/** How long changes wait to be sent together, in milliseconds: alone, and while somebody looks on. */
const CALM = 500;
const LIVE = 120;
const FIRST_RETRY = 1_000;
const LAST_RETRY = 30_000;
/** Others may store something while one reads what they stored. */
const MOST_READS = 5;
/** So often the server is asked for the pieces of what it refused, before what is left of it is put aside as it is. */
const MOST_REFUSALS = 50;

/**
 * Watches the document and stores what was changed, one write at a time; takes in what others stored. Whatever the
 * server says is stored is right, and what is unsaved here is put over it: nobody's changes take the place of others'.
 *
 * What the server will never take is halved until the pieces are found that it refuses. These are put aside, as they
 * stand in the document, and told of; all else is saved. A piece is sent again once it is changed, or when asked for.
 */
export function createSaver(
  workflowId: string, document: DocumentStore, api: Api, buffer: Buffer, isAlone: () => boolean, tell: (aside: readonly Aside[]) => void,
): Saver {
  let timer: number | null = null;
  let pending: Pending | null = null;
  const before: Pending[] = []; // of other pages, to be sent first
  let running: Promise<void> | null = null;
  let attempts = 0;
  const aside = new Map<string, Aside>();
  let told: ReadonlySet<string> = new Set();
  let refusals = 0;
  let halves: readonly ReadonlySet<string>[] = []; // keys of what was refused, to be sent in smaller parts
  let newest = document.get().base;
  let seen = document.doc();

  const say = (save: SaveState) => document.set((state) => ({ ...state, save }));
  const plan = (delay: number) => {
    if (timer !== null) clearTimeout(timer);
    timer = window.setTimeout(() => {
      timer = null; // also where a write is under way, which then goes on by itself
      void send();
    }, delay);
  };
  const unsaved = () => changesBetween(document.get().saved, document.doc());
  const isUnderWay = () => pending !== null;
  const isBehind = () => newest > document.get().base;

  const body = ({ opId, base, changes: { name, ...changes } }: Pending): Draft => ({
    id: workflowId, baseUpdatedAt: base, opId, changes, ...(name === undefined ? {} : { name }),
  });
  const write = (changes: Changes, doc: Doc): Pending => ({ opId: crypto.randomUUID(), base: document.get().base, at: Date.now(), changes, doc });
  const next = (): Pending | null => {
    const left = before.shift();
    if (left) return { ...left, doc: document.get().saved };
    const changes = unsaved();
    if (aside.size > 0 || halves.length > 0) return nextPart(piecesOf(changes));
    return isNothing(changes) ? null : write(changes, document.doc());
  };
  const nextPart = (pieces: readonly Piece[]): Pending | null => {
    const keys = new Set(pieces.map(({ key }) => key));
    for (const key of aside.keys()) if (!keys.has(key)) aside.delete(key);
    const open = pieces.filter((piece) => !isAside(piece));
    let part: readonly Piece[] = [];
    for (; part.length === 0 && halves[0]; halves = halves.slice(1)) part = open.filter(({ key }) => halves[0]?.has(key));
    if (part.length === 0) part = open.filter(({ key }) => !aside.has(key));
    if (part.length === 0) part = open.slice(0, 1); // refused as it was before
    const changes = together(part);
    return part.length === 0 ? null : write(changes, merge(document.get().saved, changes));
  };
  const isAside = ({ key, aim, needs }: Piece) => aside.get(key)?.piece.aim === aim || needs.some((one) => aside.has(one));
  const end = (isStored: boolean) => {
    const ended = pending;
    pending = null;
    ended?.end?.(isStored);
  };
  const keep = (isLeaving = false) => {
    const { base, saved } = document.get();
    const sent = pending && { opId: pending.opId, base: pending.base, at: pending.at, changes: pending.changes };
    return buffer.keep({ base, sent, changes: changesBetween(pending?.doc ?? saved, document.doc()) }, isLeaving);
  };

  function send(): Promise<void> {
    running ??= loop().finally(() => (running = null));
    return running;
  }

  async function loop(): Promise<void> {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    try {
      for (;;) {
        for (let reads = 0; pending === null && isBehind() && reads < MOST_READS; reads++) await read();
        if (pending !== null && Date.now() - pending.at > KNOWN) await read(true);
        if (pending === null && (pending = next()) === null) break;
        keep();
        say({ kind: "saving" });
        const answered = await api.saveDraft(body(pending)).catch(putAside);
        if (answered === REFUSED) continue;
        const answer = parseSaved(answered);
        attempts = 0;
        take(answer.updatedAt, answer.edits);
        if (isUnderWay()) await read();
        document.judge(answer.problems, false);
      }
    } catch (error) {
      if (!(error instanceof ApiError)) {
        failUnknown();
        throw error;
      }
      fail(error);
      return;
    }
    settle();
  }

  /** Halve what the server will never take, or put it aside where it is a single piece. Anything else is thrown on. */
  function putAside(error: unknown): typeof REFUSED {
    if (pending === null || !(error instanceof ApiError) || !error.final) throw error;
    const { changes, end: isOfOthers } = pending;
    end(false);
    if (isOfOthers) return REFUSED; // whoever sent it puts it into the document
    const pieces = piecesOf(changes);
    const middle = Math.ceil(pieces.length / 2);
    refusals++;
    if (pieces.length > 1 && refusals < MOST_REFUSALS) halves = [...[pieces.slice(0, middle), pieces.slice(middle)].map((half) => new Set(half.map(({ key }) => key))), ...halves];
    else for (const piece of pieces) aside.set(piece.key, { piece, reason: error.message });
    return REFUSED;
  }

  /** Everything is stored, but for what was put aside. */
  function settle(): void {
    const { saved, base, save } = document.get();
    attempts = 0; // also where what failed was to read
    refusals = 0;
    const pieces = aside.size === 0 ? [] : piecesOf(unsaved()).filter(isAside).map((piece) => ({ piece, reason: aside.get(piece.key)?.reason ?? "" }));
    const isNews = pieces.some(({ piece: { key } }) => !told.has(key));
    told = new Set(pieces.map(({ piece: { key } }) => key));
    if (pieces.length > 0) {
      keep();
      say({ kind: "aside", pieces });
      if (isNews) tell(pieces);
      return;
    }
    if (document.isDirty()) document.receive(saved, base, saved); // things that stand elsewhere
    buffer.clear();
    if (save.kind !== "readonly") say({ kind: "saved", at: Date.now() });
  }

  function fail(error: ApiError): void {
    if (document.get().save.kind === "readonly") return;
    if (!error.passing) {
      end(false);
      keep();
      say({ kind: "refused", sentence: error.message });
      return;
    }
    const kept = keep();
    say({ kind: "offline", sentence: kept ? t("Offline — kept in this browser") : t("Offline — keep this tab open") });
    plan(Math.min(LAST_RETRY, FIRST_RETRY * 2 ** attempts++));
  }

  /** Something is wrong that waiting does not mend by itself. What was sent may have arrived: it is tried again, as it is. */
  function failUnknown(): void {
    if (document.get().save.kind === "readonly") return;
    const kept = keep();
    say({ kind: "refused", sentence: kept ? t("Saving does not work. Your changes are kept in this browser: reload the page.") : t("Saving does not work. Keep this tab open, and download the workflow as JSON.") });
    plan(Math.min(LAST_RETRY, FIRST_RETRY * 2 ** attempts++));
  }

  /** Go from edit to edit, as far as one begins where the one before it ended. */
  function take(updatedAt: string, edits: readonly Edit[]): void {
    if (updatedAt > newest) newest = updatedAt;
    for (const { opId, before, updatedAt: at, changes } of edits) {
      const { saved, base } = document.get();
      if (before === base && changes !== null) stand(merge(saved, changes), at, pending?.opId === opId);
    }
  }

  /**
   * The whole workflow as it is stored: no write of ours is under way, or it has been answered. Or it is given up, as
   * the server would not know it again by now: where it is not seen to be there, what it changed is unsaved again.
   */
  async function read(givesUp = false): Promise<void> {
    const stored = await api.workflow();
    if (givesUp && pending !== null && !holds(stored.doc, pending.changes)) end(false);
    if (stored.updatedAt < document.get().base) return; // an edit was heard of meanwhile
    if (stored.updatedAt > newest) newest = stored.updatedAt;
    stand(shared(document.get().saved, stored.doc), stored.updatedAt, pending !== null);
  }

  /** This is stored now, with what is under way or without it; what is unsaved goes over it. */
  function stand(stored: Doc, at: string, isAnswer: boolean): void {
    const { saved } = document.get();
    const doc = document.doc();
    if (pending === null) document.receive(stored, at, carry(stored, saved, doc, "mine"));
    else if (isAnswer) {
      const sent = pending.doc;
      end(true);
      document.receive(stored, at, carry(stored, sent, doc, "mine"));
    } else {
      const sent = carry(stored, saved, pending.doc, "mine");
      document.receive(stored, at, carry(sent, pending.doc, doc, "mine"));
      pending = { ...pending, doc: sent };
    }
  }

  document.subscribe(() => {
    const doc = document.doc();
    if (doc === seen) return;
    seen = doc;
    if (document.get().save.kind === "readonly" || (!document.isDirty() && aside.size === 0)) return;
    keep();
    if (running !== null || attempts > 0 || timer !== null) return;
    say({ kind: "waiting" });
    plan(isAlone() ? CALM : LIVE);
  });
  window.addEventListener("online", () => plan(0));
  window.addEventListener("pagehide", () => {
    pending ??= next();
    if (pending !== null || aside.size > 0) keep(true);
    if (pending === null) return;
    const text = body(pending);
    if (JSON.stringify(text).length < 60_000) void api.saveDraft(text, true).catch(() => undefined);
  });
  window.addEventListener("pageshow", () => {
    if (pending !== null) plan(0);
  });

  return {
    flush: async () => {
      await send();
      return !document.isDirty();
    },
    heard: async (updatedAt, edits) => {
      take(updatedAt, edits);
      if (pending === null && isBehind()) await send();
    },
    retry: () => plan(0),
    insist: () => {
      aside.clear();
      told = new Set();
      plan(0);
    },
    resend: (left) => new Promise((answer) => {
      before.push({ ...left, doc: document.get().saved, end: answer });
      plan(0);
    }),
  };
}
