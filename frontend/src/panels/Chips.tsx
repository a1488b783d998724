import { useLayoutEffect, useRef, useState } from "react";

import type { GraphNode } from "../graph/types";
import { namesIn, piecesOf } from "../graph/variables";
import { t } from "../language/speak";
import { useCanvas, useDocument } from "../store/canvas";
import { sameItems } from "../store/store";

interface Props {
  readonly node: GraphNode;
  readonly paramId: string;
  readonly text: string;
}

/**
 * Drawn behind the text field that follows it, of which nothing is changed: a ground under each name between braces, and a
 * wavy line under those that nothing is wired to. It shows what the field shows, also while an input method puts a word together.
 */
export function Chips({ node, paramId, text }: Props) {
  const { catalog } = useCanvas();
  const mirror = useRef<HTMLDivElement>(null);
  const [shown, setShown] = useState(text);
  useLayoutEffect(() => {
    const [own, area] = [mirror.current, mirror.current?.nextElementSibling];
    if (!own || !(area instanceof HTMLTextAreaElement)) return;
    const follow = () => own.scrollTo(0, area.scrollTop);
    const read = () => setShown(area.value);
    const watcher = new ResizeObserver(() => {
      own.style.width = `${area.clientWidth}px`; // a scroll bar takes of the room for words
      follow();
    });
    watcher.observe(area);
    area.addEventListener("scroll", follow);
    area.addEventListener("input", read);
    return () => {
      watcher.disconnect();
      area.removeEventListener("scroll", follow);
      area.removeEventListener("input", read);
      area.removeAttribute("aria-description");
    };
  }, []);
  const pieces = piecesOf(shown);
  const unbound = useDocument(({ flow }) => {
    const names = namesIn(catalog, flow, node, paramId);
    return [...new Set(pieces.flatMap(({ name }) => (name !== null && names?.isBound(name) === false ? [name] : [])))];
  }, sameItems);
  const loose = unbound.join(", ");
  useLayoutEffect(() => {
    const area = mirror.current?.nextElementSibling;
    if (!(area instanceof HTMLTextAreaElement)) return;
    setShown(area.value);
    mirror.current?.scrollTo(0, area.scrollTop);
    if (loose === "") area.removeAttribute("aria-description");
    else area.setAttribute("aria-description", t("Nothing is wired in as {names}.", { names: loose }));
  }, [text, loose]);
  return (
    <div className="chips" aria-hidden="true" ref={mirror}>
      {pieces.map((piece, i) => (piece.name === null ? piece.text : <mark key={i} className={unbound.includes(piece.name) ? "unknown" : ""}>{piece.text}</mark>))}{"\n"}
    </div>
  );
}
