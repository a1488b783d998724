import { useEffect } from "react";
import { t } from "../language/speak";

import { useCanvas } from "../store/canvas";
import { createStore, useSlice } from "../store/store";
import type { UiStore } from "../store/ui";
import type * as OnDemand from "./on-demand";

export type Parts = typeof OnDemand;

const store = createStore<{ readonly parts: Parts | null }>({ parts: null });

/** Fetch the panels that open on demand. May be called again, also after it failed. */
export async function fetchParts(): Promise<Parts> {
  const parts = await import("./on-demand");
  store.set(() => ({ parts }));
  return parts;
}

/** Do something that comes on demand and that nobody asked for: where it does not come, nothing is said. */
export function quietly(use: (parts: Parts) => void): void {
  fetchParts().then(use, () => undefined);
}

/** Do something that comes on demand, or say that it did not come. */
export function withParts(ui: UiStore, use: (parts: Parts) => void): void {
  fetchParts().then(use, () => ui.toast(t("This part of the canvas did not arrive. Check the connection and reload the page; your work is saved."), { tone: "bad" }));
}

/** The panels that open on demand; null while they are on their way, for which `wanted` asks. */
export function useParts(wanted: boolean): Parts | null {
  const { ui } = useCanvas();
  const parts = useSlice(store, (state) => state.parts);
  const missing = wanted && parts === null;
  useEffect(() => {
    if (missing) withParts(ui, () => undefined);
  }, [missing, ui]);
  return parts;
}
