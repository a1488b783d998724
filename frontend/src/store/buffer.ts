import { asNumber, asObject, asText, isObject } from "../graph/json";
import type { JsonObject } from "../graph/json";
import { parseChanges } from "../api/edits";
import { parse } from "../api/http";
import type { Changes } from "../graph/merge";

/** Changes as they are sent. The server knows them again by `opId` when they come twice. */
export interface Write {
  readonly opId: string;
  readonly base: string;
  /** When they were made ready to be sent. */
  readonly at: number;
  readonly changes: Changes;
}

/** What the server is not known to hold. */
export interface Unsaved {
  /** The state of the workflow that it was made from. */
  readonly base: string;
  /** What was sent and not answered. */
  readonly sent: Write | null;
  /** What was changed on top of that, and never sent. */
  readonly changes: Changes;
}

/** The work of a page that is gone. */
export interface Left extends Unsaved {
  readonly at: number;
  /** It is cared for. */
  readonly forget: () => void;
}

export interface Buffer {
  /** Give false when the browser has no room. */
  readonly keep: (unsaved: Unsaved, isLeaving?: boolean) => boolean;
  readonly clear: () => void;
  /** What pages that are gone could not save, the oldest first. */
  readonly left: () => Promise<readonly Left[]>;
}

/**
 * So long a write may be sent again and is known again, in milliseconds: the server forgets what it was sent after an
 * hour. After that nobody can tell whether it was applied.
 */
export const KNOWN = 55 * 60_000;
/** A page that has not written for so long is taken to be gone where the browser has no locks, in milliseconds. */
const GONE = 90_000;

/**
 * A crash buffer in the browser, one per workflow and page: not per tab, as a duplicated tab would share it. A page
 * holds the lock of its buffer as long as it lives.
 */
export function openBuffer(workflowId: string): Buffer {
  const prefix = `wireflow:draft:${workflowId}:`;
  const own = prefix + Math.random().toString(36).slice(2, 12);
  void lock(own);
  return {
    keep: (unsaved, isLeaving = false) => put(own, { ...unsaved, at: Date.now(), ...(isLeaving ? { leaving: true } : {}) }),
    clear: () => localStorage.removeItem(own),
    left: async () => {
      const keys = Object.keys(localStorage).filter((key) => key.startsWith(prefix) && key !== own);
      const found = await Promise.all(keys.map(take));
      return found.filter((one) => one !== null).sort((a, b) => a.at - b.at);
    },
  };
}

/** What stands under a key, unless the page that wrote it lives. */
async function take(key: string): Promise<Left | null> {
  const body = asObject(parse(localStorage.getItem(key) ?? ""));
  const at = asNumber(body.at) ?? 0;
  const isFree = (await lock(key)) ?? Date.now() - at > GONE;
  if (!isFree && body.leaving !== true) return null;
  put(key, { ...body, leaving: false });
  return { at, base: asText(body.base), sent: isObject(body.sent) ? parseWrite(body.sent) : null, changes: parseChanges(asObject(body.changes)), forget: () => localStorage.removeItem(key) };
}

function parseWrite({ opId, base, at, changes }: JsonObject): Write {
  return { opId: asText(opId), base: asText(base), at: asNumber(at) ?? 0, changes: parseChanges(asObject(changes)) };
}

function put(key: string, value: object): boolean {
  try {
    localStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

/** Hold a lock as long as this page lives. Gives whether it was free; null where the browser has no locks. */
async function lock(name: string): Promise<boolean | null> {
  if (!("locks" in navigator)) return null;
  return new Promise((answer) => {
    void navigator.locks.request(name, { ifAvailable: true }, (held) => {
      answer(held !== null);
      return held === null ? undefined : new Promise(() => undefined);
    });
  });
}
