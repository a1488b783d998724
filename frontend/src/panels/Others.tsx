import { ViewportPortal, useViewport } from "@xyflow/react";
import { useEffect, useRef, useState } from "react";
import { locale, t } from "../language/speak";

import { movedByOthers } from "../live/people";
import type { Person } from "../live/people";
import { useCanvas, useDocument } from "../store/canvas";
import { useSlice } from "../store/store";

const HUES = 6;
/** So many are shown by themselves. */
const SHOWN = 4;

/** One of a few colours, the same in every tab that sees this person. */
function hueOf({ who }: Person): number {
  return parseInt(who.slice(0, 6), 16) % HUES;
}

function initials(name: string): string {
  const words = name.split(/[\s@._-]+/).filter((word) => word !== "");
  return words.slice(0, 2).map((word) => String.fromCodePoint(word.codePointAt(0) ?? 0).toUpperCase()).join("");
}

function listed(names: readonly string[]): string {
  return new Intl.ListFormat(locale).format(names);
}

/** Who else has the workflow open. */
export function Avatars() {
  const { people } = useCanvas();
  const others = useSlice(people, (state) => state.others);
  const all = [...others.values()];
  const more = all.length - SHOWN;
  const said = useArrivals(others);
  return (
    <>
      {all.length > 0 && (
        <ul className="people" aria-label={t("Also here")}>
          {all.slice(0, SHOWN).map((person) => {
            const title = person.edits ? person.name : t("{name} is watching", { name: person.name });
            return <li key={person.who} className={`person hue-${hueOf(person)}`} title={title}><span aria-hidden="true">{initials(person.name)}</span><span className="sr">{title}</span></li>;
          })}
          {more > 0 && <li className="person" title={listed(all.slice(SHOWN).map(({ name }) => name))}>+{more}</li>}
        </ul>
      )}
      <p className="sr" role="status">{said}</p>
    </>
  );
}

/** Who came and who left, in a sentence. */
function useArrivals(others: ReadonlyMap<string, Person>): string {
  const before = useRef<ReadonlyMap<string, Person>>(new Map());
  const [said, setSaid] = useState("");
  useEffect(() => {
    const known = before.current;
    before.current = others;
    const came = [...others.values()].filter(({ who }) => !known.has(who)).map(({ name }) => name);
    const left = [...known.values()].filter(({ who }) => !others.has(who)).map(({ name }) => name);
    const parts = [came.length > 0 ? t("{names} joined.", { names: listed(came) }) : "", left.length > 0 ? t("{names} left.", { names: listed(left) }) : ""];
    const text = parts.filter((part) => part !== "").join(" ");
    if (text !== "") setSaid(text);
  }, [others]);
  return said;
}

/** The others' pointers, and frames around what they have chosen. */
export function Cursors() {
  const { people, sizes } = useCanvas();
  const state = useSlice(people, (now) => now);
  const nodes = useDocument((now) => now.history.present.nodes);
  const { zoom } = useViewport();
  const moved = movedByOthers(state);
  return (
    <ViewportPortal>
      <div className="others" aria-hidden="true">
        {[...state.others.values()].map((person) => (
          <div key={person.who} className={`hue-${hueOf(person)}`}>
            {nodes.filter(({ id }) => person.nodes.includes(id)).map(({ id, position }, i) => {
              const { x, y } = moved?.get(id) ?? position;
              const size = sizes.get(id);
              return size && (
                <div key={id} className="other-choice" style={{ transform: `translate(${x}px, ${y}px)`, width: size.width, height: size.height, boxShadow: `0 0 0 ${2 / Math.min(1, zoom)}px var(--hue)` }}>
                  {i === 0 && <span key={person.nodes.join(" ")} style={{ transform: `scale(${1 / zoom})` }}>{person.name}</span>}
                </div>
              );
            })}
            {person.at && (
              <div className="cursor" style={{ transform: `translate(${person.at.x}px, ${person.at.y}px) scale(${1 / zoom})` }}>
                <svg width="18" height="20" viewBox="0 0 18 20"><path d="M2 1.6 15.6 9 9.3 10.9 6 17.4z" /></svg>
                <span key={`${person.at.x} ${person.at.y}`}>{person.name}</span>
              </div>
            )}
          </div>
        ))}
      </div>
    </ViewportPortal>
  );
}
