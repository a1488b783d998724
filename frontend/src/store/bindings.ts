import { asObject, asText, asTexts } from "../graph/json";
import type { JsonObject } from "../graph/json";

/** What has keys: an action. */
interface Keyed {
  readonly name: string;
  readonly keys?: readonly string[];
}

export type Preset = "own" | "comfyui" | "n8n" | "figma";
export const PRESETS: readonly (readonly [Preset, string])[] = [["own", "Wireflow"], ["comfyui", "ComfyUI"], ["n8n", "n8n"], ["figma", "Figma"]];

/** Which keys a person uses: those of a preset, and those set by hand by the name of their action. */
export interface Bindings {
  readonly preset: Preset;
  readonly own: Readonly<Record<string, readonly string[]>>;
}

export const USUAL: Bindings = { preset: "own", own: {} };

const ARROWS = ["left", "right", "up", "down"];

/** Where other editors have other keys than ours. */
const KEYS_OF: Readonly<Record<Preset, Readonly<Record<string, readonly string[]>>>> = {
  own: {},
  comfyui: { disable: ["mod+m"], fit: ["."], "fit-selection": ["shift+."], "zoom-in": ["alt+="], "zoom-out": ["alt+-"], redo: ["mod+y", "mod+shift+z"], "run-node": ["mod+shift+enter"] },
  n8n: { "zoom-in": ["+", "="], "zoom-out": ["-"], tidy: ["shift+alt+t"], fit: ["1"], "full-size": ["0"], duplicate: ["mod+d"], add: ["tab"] },
  figma: {
    add: ["shift+i"], commands: ["mod+/", "mod+k"], rename: ["mod+r"], fit: ["shift+1"], "full-size": ["shift+0"], "fit-selection": ["shift+2"],
    ungroup: ["shift+g", "mod+shift+g"], focus: ["mod+\\"], shortcuts: ["mod+shift+?", "?"],
    ...Object.fromEntries(ARROWS.flatMap((arrow) => [
      [`nudge-${arrow}`, [`arrow${arrow}`]], [`shove-${arrow}`, [`shift+arrow${arrow}`]], [`walk-${arrow}`, [`alt+arrow${arrow}`]],
    ])),
    upstream: ["mod+shift+arrowleft"], downstream: ["mod+shift+arrowright"],
  },
};

export function keysOf({ name, keys = [] }: Keyed, { preset, own }: Bindings): readonly string[] {
  return own[name] ?? KEYS_OF[preset][name] ?? keys;
}

/** Give an action a key; whoever had it loses it. */
export function bind<T extends Keyed>(actions: readonly T[], bindings: Bindings, name: string, key: string): { readonly bindings: Bindings; readonly from: T | null } {
  const from = actions.find((other) => other.name !== name && keysOf(other, bindings).includes(key)) ?? null;
  const taken = from ? { [from.name]: keysOf(from, bindings).filter((other) => other !== key) } : {};
  return { bindings: { ...bindings, own: { ...bindings.own, ...taken, [name]: [key] } }, from };
}

export function readBindings(value: unknown): Bindings {
  const body = asObject(value);
  const preset = PRESETS.find(([name]) => name === asText(body.preset))?.[0] ?? "own";
  return { preset, own: Object.fromEntries(Object.entries(asObject(body.own)).map(([name, keys]) => [name, asTexts(keys)])) };
}

export function writeBindings({ preset, own }: Bindings): JsonObject {
  return { preset, own: { ...own } };
}
