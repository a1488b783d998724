import type { Api, Draft } from "../api/client";
import { ApiError } from "../api/http";
import { parseStored, problemsIn } from "../api/workflow";
import type { Stored } from "../api/workflow";
import { asObject, asText, isObject } from "../graph/json";
import type { Doc } from "../graph/types";
import type { Buffer } from "./buffer";
import { sameDoc } from "./document";
import type { DocumentStore, SaveState } from "./document";

export interface Saver {
  /** Save what is unsaved now. Gives whether the server holds everything. */
  readonly flush: () => Promise<boolean>;
  /** Another tab, person or client has stored the workflow. */
  readonly heard: (updatedAt: string) => Promise<void>;
  readonly keepTheirs: () => void;
  readonly keepMine: () => void;
  /** Store mine as a new workflow, give its id, and take theirs here. */
  readonly keepBoth: () => Promise<string>;
  readonly retry: () => void;
}

/** A write that was sent and not yet answered; it is repeated as it is, so that the server knows it again. */
interface Write {
  readonly doc: Doc;
  readonly base: string;
  readonly opId: string;
}

const CALM = 600;
const FIRST_RETRY = 1_000;
const LAST_RETRY = 30_000;

/** Watches the document and stores it: one write at a time, none lost, never over somebody else's. */
export function createSaver(workflowId: string, document: DocumentStore, api: Api, buffer: Buffer): Saver {
  let timer = 0;
  let pending: Write | null = null;
  let running: Promise<void> | null = null;
  let attempts = 0;
  let seen = document.doc();

  const say = (save: SaveState) => document.set((state) => ({ ...state, save }));
  const plan = (delay: number) => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void send(), delay);
  };
  const stuck = () => document.get().save.kind === "conflict";

  const body = ({ doc, base, opId }: Write): Draft => ({
    id: workflowId, baseUpdatedAt: base, opId, name: doc.name, nodes: doc.nodes, edges: doc.edges,
    confirmEmpty: doc.nodes.length === 0,
  });

  function send(): Promise<void> {
    running ??= loop().finally(() => (running = null));
    return running;
  }

  async function loop(): Promise<void> {
    clearTimeout(timer);
    while (!stuck() && (pending !== null || document.isDirty())) {
      pending ??= { doc: document.doc(), base: document.get().base, opId: crypto.randomUUID() };
      say({ kind: "saving" });
      try {
        const answer = asObject(await api.saveDraft(body(pending)));
        document.acknowledge(pending.doc, asText(answer.updatedAt), problemsIn(answer));
        pending = null;
        attempts = 0;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (refused(error)) return;
      }
    }
    if (stuck()) return;
    buffer.clear();
    say({ kind: "saved", at: Date.now() });
  }

  /** Whether saving stops here for now. */
  function refused(error: ApiError): boolean {
    if (error.passing) {
      const kept = buffer.keep({ doc: document.doc(), base: document.get().base });
      say({ kind: "offline", sentence: kept ? "Offline — changes kept in this browser" : "Offline — keep this tab open" });
      plan(Math.min(LAST_RETRY, FIRST_RETRY * 2 ** attempts++));
      return true;
    }
    pending = null;
    if (error.status === 409 && isObject(error.body.current)) {
      meet(parseStored(error.body.current));
      return stuck();
    }
    say({ kind: "refused", sentence: error.message });
    return true;
  }

  /**
   * Compare with what is stored: a write of ours whose answer was lost, or the same by chance, is simply taken
   * note of; anything else is for a person. Either way an unanswered write has had its answer.
   */
  function meet(stored: Stored): void {
    const ours = [pending?.doc, document.doc()].find((doc) => doc !== undefined && sameDoc(stored.doc, doc));
    pending = null;
    attempts = 0;
    if (ours) document.acknowledge(ours, stored.updatedAt, null);
    else say({ kind: "conflict", conflict: { theirs: stored.doc, updatedAt: stored.updatedAt } });
  }

  async function heard(updatedAt: string): Promise<void> {
    await running;
    if (updatedAt === document.get().base || stuck()) return;
    const stored = await api.workflow().catch((error: unknown) => {
      if (error instanceof ApiError) return null;
      throw error;
    });
    if (stored === null) return;
    if (stored.updatedAt === document.get().base || running !== null) return;
    if (document.isDirty()) {
      meet(stored);
      void send();
    } else document.adopt(stored.doc, stored.updatedAt, "Changes made elsewhere");
  }

  function settle(next: "mine" | "theirs"): void {
    const { save } = document.get();
    if (save.kind !== "conflict") return;
    const { theirs, updatedAt } = save.conflict;
    say({ kind: "waiting" });
    if (next === "theirs") document.adopt(theirs, updatedAt, "Took the other version");
    else document.acknowledge(theirs, updatedAt, null);
    void send();
  }

  document.subscribe(() => {
    const doc = document.doc();
    if (doc === seen) return;
    seen = doc;
    if (stuck() || document.get().save.kind === "readonly") return;
    if (!document.isDirty()) return;
    buffer.keep({ doc, base: document.get().base });
    if (running === null && attempts === 0) {
      say({ kind: "waiting" });
      plan(CALM);
    }
  });
  window.addEventListener("online", () => plan(0));
  window.addEventListener("pagehide", () => {
    if (stuck() || pending !== null || !document.isDirty()) return;
    const { base } = document.get();
    buffer.keep({ doc: document.doc(), base });
    const text = body({ doc: document.doc(), base, opId: crypto.randomUUID() });
    if (JSON.stringify(text).length < 60_000) void api.saveDraft(text, true).catch(() => undefined);
  });

  return {
    flush: async () => {
      await send();
      return !document.isDirty();
    },
    heard,
    keepTheirs: () => settle("theirs"),
    keepMine: () => settle("mine"),
    keepBoth: async () => {
      const id = await api.createCopy(document.doc());
      settle("theirs");
      return id;
    },
    retry: () => plan(0),
  };
}
