import { t } from "../language/speak";

/** The parts of a keyboard event that decide; a real one fits. */
export interface Press {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/**
 * Whether a press is the one written as "mod+shift+z", "alt+c", "1" or "?". `mod` is Ctrl, or ⌘ on a Mac.
 * Letters and digits go by their place on the keyboard when Alt is held, for Alt changes what they type.
 */
export function pressed(press: Press, written: string, mac: boolean): boolean {
  const parts = written.split("+");
  const key = parts.at(-1) === "" ? "+" : (parts.at(-1) ?? "");
  const wants = (name: string) => parts.slice(0, -1).includes(name);
  const mod = mac ? press.metaKey : press.ctrlKey;
  const other = mac ? press.ctrlKey : press.metaKey;
  if (mod !== wants("mod") || other || press.altKey !== wants("alt")) return false;
  const sign = key.length === 1 && !/[a-z0-9]/.test(key);
  if (!sign && press.shiftKey !== wants("shift")) return false;
  if (press.key.toLowerCase() === key) return true;
  const byPlace = press.altKey || (press.shiftKey && /\d/.test(key));
  return byPlace && (press.code === `Key${key.toUpperCase()}` || press.code === `Digit${key}`);
}

const SIGNS: Readonly<Record<string, string>> = {
  enter: "Enter", escape: "Esc", delete: "Delete", backspace: "Backspace", tab: "Tab", arrowleft: "←",
  arrowright: "→", arrowup: "↑", arrowdown: "↓", " ": "Space",
};

/** The key as people read it: "Ctrl Shift Z", or "⌘⇧Z" on a Mac. */
export function readable(written: string, mac: boolean): string {
  const parts = written.split("+");
  const name = parts.at(-1) === "" ? "+" : (parts.at(-1) ?? "");
  const key = SIGNS[name] ?? (/^(.|f\d+)$/.test(name) ? name.toUpperCase() : name);
  const mods = parts.slice(0, -1).filter((part) => part !== "");
  if (mac) return [...mods.map((part) => ({ mod: "⌘", shift: "⇧", alt: "⌥" })[part] ?? part), key].join("");
  return [...mods.map((part) => ({ mod: "Ctrl", shift: "Shift", alt: t("Alt") })[part] ?? part), key].join(" ");
}

const HELD = new Set(["Control", "Meta", "Alt", "Shift", "AltGraph", "Dead", "Process", "Unidentified"]);

/** The press as it is written in lists of keys; null while only Ctrl, Alt or Shift are held. */
export function writtenKey(press: Press, mac: boolean): string | null {
  if (HELD.has(press.key)) return null;
  const place = /^(?:Key|Digit)(.)$/.exec(press.code)?.[1]?.toLowerCase();
  const key = press.altKey && place !== undefined ? place : press.key.toLowerCase();
  const sign = key.length === 1 && !/[a-z0-9]/.test(key);
  const mods = [(mac ? press.metaKey : press.ctrlKey) && "mod", press.altKey && "alt", press.shiftKey && !sign && "shift"];
  return [...mods.filter((mod) => mod !== false), key].join("+");
}
