import { useEffect, useState } from "react";

import { createInks } from "./sheet";
import type { Inks } from "./sheet";

/** The colours of the page for what is painted; another object when they are others. */
export function useInks(): Inks | null {
  const [inks, setInks] = useState<Inks | null>(null);
  useEffect(() => {
    const probe = document.querySelector(".stage")?.appendChild(document.createElement("i"));
    if (!probe) return;
    probe.hidden = true;
    const read = () => setInks(createInks(probe));
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const watcher = new MutationObserver(read);
    watcher.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    dark.addEventListener("change", read);
    read();
    return () => {
      watcher.disconnect();
      dark.removeEventListener("change", read);
      probe.remove();
    };
  }, []);
  return inks;
}
