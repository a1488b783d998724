import { useEffect } from "react";
import { t } from "../language/speak";

import { useCanvas } from "../store/canvas";
import { createStore, useSlice } from "../store/store";
import type * as OnDemand from "./on-demand";

type Parts = typeof OnDemand;

const store = createStore<{ readonly parts: Parts | null }>({ parts: null });

/** Fetch the panels that open on demand. May be called again, also after it failed. */
export async function fetchParts(): Promise<void> {
  const parts = await import("./on-demand");
  store.set(() => ({ parts }));
}

/** The panels that open on demand; null while they are on their way, for which `wanted` asks. */
export function useParts(wanted: boolean): Parts | null {
  const { ui } = useCanvas();
  const parts = useSlice(store, (state) => state.parts);
  const missing = wanted && parts === null;
  useEffect(() => {
    if (missing) fetchParts().catch(() => ui.toast(t("This part of the canvas did not arrive. Check the connection and reload the page; your work is saved."), { tone: "bad" }));
  }, [missing, ui]);
  return parts;
}
