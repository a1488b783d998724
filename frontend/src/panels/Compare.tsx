import { useState } from "react";

import { placed, makerOf } from "../graph/made-by";
import type { Media } from "../graph/media";
import { labelOf } from "../graph/problems";
import { locale, t } from "../language/speak";
import { useCanvas, useRuns } from "../store/canvas";
import type { Canvas } from "../store/canvas";
import { allRuns } from "../store/run";
import type { RunState } from "../store/run";

/** What a side is called: the node that made it and, smaller, when and as which of several. */
interface Name {
  readonly title: string;
  readonly more: string;
}

function when(at: number): string {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date().toDateString();
  return date.toLocaleString(locale, isToday ? { timeStyle: "medium" } : { dateStyle: "medium", timeStyle: "medium" });
}

function namesOf({ catalog, document }: Canvas, runs: RunState, pictures: readonly Media[], title: string): readonly Name[] {
  const makers = pictures.map(({ url }) => makerOf(allRuns(runs), url));
  const places = placed(makers, (maker) => (maker ? `${maker.execution} ${maker.nodeId}` : ""));
  return makers.map((maker, i) => {
    const node = document.doc().nodes.find(({ id }) => id === maker?.nodeId);
    const { place = 1, count = 1 } = places[i] ?? {};
    return {
      title: node ? labelOf(node, catalog) : title || t("Result"),
      more: [maker?.at ? t("run of {when}", { when: when(maker.at) }) : "", count > 1 ? t("{place} of {count}", { place, count }) : ""].filter(Boolean).join(" · "),
    };
  });
}

interface Props {
  readonly pictures: readonly Media[];
  readonly one: number;
  readonly other: number;
  readonly title: string;
}

/** Two pictures, one over the other, with a line between them that can be moved: by hand or by the arrow keys. */
export function Compare({ pictures, one, other, title }: Props) {
  const canvas = useCanvas();
  const names = useRuns((state) => namesOf(canvas, state, pictures, title), (a, b) => JSON.stringify(a) === JSON.stringify(b));
  const [part, setPart] = useState(50);
  const sides = [one, other].flatMap((index) => {
    const [picture, name] = [pictures[index], names[index]];
    return picture && name ? [{ url: picture.url, name, whole: [name.title, name.more].filter(Boolean).join(", ") }] : [];
  });
  const [left, right] = sides;
  if (!left || !right) return null;
  return (
    <figure className="comparing">
      <figcaption aria-hidden="true">
        {sides.map(({ name, whole }, i) => <span key={i} title={whole}><b>{i === 0 ? t("Left: {name}", { name: name.title }) : t("Right: {name}", { name: name.title })}</b>{name.more !== "" && <small>{name.more}</small>}</span>)}
      </figcaption>
      <div>
        <img src={left.url} alt={t("Left: {name}", { name: left.whole })} />
        <img src={right.url} alt={t("Right: {name}", { name: right.whole })} style={{ clipPath: `inset(0 0 0 ${part}%)` }} />
        <i style={{ left: `${part}%` }} />
        <input
          type="range" min={0} max={100} value={part} aria-label={t("How much of the left picture is shown")}
          aria-valuetext={t("{part} % {left}, the rest {right}", { part, left: left.whole, right: right.whole })}
          onChange={(event) => setPart(Number(event.target.value))}
        />
      </div>
    </figure>
  );
}
