import { asObject, asNumber, isObject } from "../graph/json";
import { parseChanges } from "../api/edits";
import { parse } from "../api/http";
import type { Changes } from "../graph/merge";

export interface Buffer {
  /** Give false when the browser has no room. */
  readonly keep: (unsaved: Changes) => boolean;
  readonly clear: () => void;
  /** What this tab, or one that is gone, could not save. */
  readonly restore: () => Changes | null;
}

/** A tab that has not written for so long is taken to be gone, in milliseconds. */
const GONE = 30_000;

/** A crash buffer in the browser, one per workflow and tab, so that tabs never take each other's work. */
export function openBuffer(workflowId: string): Buffer {
  const prefix = `wireflow:draft:${workflowId}:`;
  const own = prefix + tabId();
  return {
    keep: (changes) => {
      try {
        localStorage.setItem(own, JSON.stringify({ at: Date.now(), changes }));
        return true;
      } catch {
        return false;
      }
    },
    clear: () => localStorage.removeItem(own),
    restore: () => {
      const orphan = Object.keys(localStorage).find((key) => key.startsWith(prefix) && key !== own && age(key) > GONE);
      const key = localStorage.getItem(own) === null ? orphan : own;
      const text = key === undefined ? null : localStorage.getItem(key);
      if (key === undefined || text === null) return null;
      const body = asObject(parse(text));
      if (key !== own) {
        localStorage.setItem(own, text);
        localStorage.removeItem(key);
      }
      return isObject(body.changes) ? parseChanges(body.changes) : null;
    },
  };
}

function age(key: string): number {
  return Date.now() - (asNumber(asObject(parse(localStorage.getItem(key) ?? "")).at) ?? 0);
}

function tabId(): string {
  const known = sessionStorage.getItem("wireflow:tab");
  if (known !== null) return known;
  const fresh = Math.random().toString(36).slice(2, 10);
  sessionStorage.setItem("wireflow:tab", fresh);
  return fresh;
}
