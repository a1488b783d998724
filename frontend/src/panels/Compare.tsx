import { useState } from "react";

import type { Media } from "../graph/media";
import { t } from "../language/speak";

/** Two pictures, one over the other, with a line between them that can be moved: by hand or by the arrow keys. */
export function Compare({ one, other }: { readonly one: Media; readonly other: Media }) {
  const [part, setPart] = useState(50);
  return (
    <div className="comparing">
      <img src={one.url} alt={t("The one looked at")} />
      <img src={other.url} alt={t("The next one")} style={{ clipPath: `inset(0 0 0 ${part}%)` }} />
      <i style={{ left: `${part}%` }} />
      <input type="range" min={0} max={100} value={part} aria-label={t("How much of the first is shown")} onChange={(event) => setPart(Number(event.target.value))} />
    </div>
  );
}
