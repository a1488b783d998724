import { useEffect, useMemo, useRef, useState } from "react";
import type { DragEvent, KeyboardEvent, ReactNode } from "react";

import { placeNode } from "../actions/editing";
import { onPlane } from "../actions/pointer";
import { reveal } from "../actions/view";
import type { NodeKind } from "../graph/catalog";
import { humanise } from "../graph/catalog";
import { entriesOf, search } from "../graph/search";
import { number, t } from "../language/speak";
import { typeClass } from "../nodes/shapes";
import { useCanvas, useUi } from "../store/canvas";
import { followLiked, liked, star } from "../store/liked";
import { useSlice } from "../store/store";
import { isPhone, remember } from "../store/ui";
import { Components } from "./Components";
import { Icon, categoryIcon } from "./icons";
import { grouped } from "../graph/grouped";

const GROUP_NAMES: Readonly<Record<string, string>> = {
  input: t("Input"), generate: t("Generate"), edit: t("Edit"), upscale: t("Upscale"), background: t("Background"), video: t("Video"), audio: t("Audio"),
  llm: t("Text"), logic: t("Logic"), utility: t("Utility"), remote: t("Remote"), output: t("Output"),
};

export function groupName(category: string): string {
  return GROUP_NAMES[category] ?? humanise(category);
}

/** Where a node lands that was chosen and not dragged: the middle of what is seen. */
export function stageMiddle() {
  return { x: window.innerWidth / 2 - 100, y: window.innerHeight / 2 - 120 };
}

/** So many of those that were used last are listed; what is a favourite stands there already. */
const LAST = 5;

/** All node types, searchable; click to add, drag to place. */
export function Palette({ focus }: { readonly focus: boolean }) {
  const canvas = useCanvas();
  const { catalog, ui } = canvas;
  const open = useUi((state) => state.side === "nodes");
  const { favourites, used } = useSlice(liked, (state) => state);
  useEffect(followLiked, []);
  const [question, setQuestion] = useState("");
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const box = useRef<HTMLElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const asked = question.trim();
  const found = useMemo(() => search(entriesOf(catalog), asked).filter((kind) => kind.status === "" || kind.status === "legacy" && asked !== ""), [catalog, asked]);
  const groups = useMemo(() => grouped(found, (kind) => kind.category), [found]);
  useEffect(() => {
    if (open && focus) field.current?.focus({ preventScroll: true });
  }, [open, focus]);
  if (!open) return null;
  const add = (kind: NodeKind) => {
    reveal(canvas, placeNode(canvas, kind, onPlane(canvas, stageMiddle())));
    if (isPhone()) ui.patch({ side: null });
  };
  const close = () => {
    remember("palette", "closed");
    ui.patch({ side: null });
  };
  const ask = (text: string) => {
    setQuestion(text);
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const rows = [...(box.current?.querySelectorAll<HTMLElement>(".kind-row") ?? [])];
    const at = rows.findIndex((row) => row.contains(event.target as Node));
    const [best] = found;
    const go = (element: Element | null | undefined) => (element instanceof HTMLElement ? element : field.current)?.focus();
    const isField = event.target === field.current;
    if (event.key === "Escape" && (!isField || question !== "")) ask(isField ? "" : question);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && isField && best && asked !== "") add(best);
    else if (event.key === "ArrowDown" && (isField || at >= 0)) go((rows[at + 1] ?? rows[at])?.firstElementChild);
    else if (event.key === "ArrowUp" && at >= 0) go(rows[at - 1]?.firstElementChild);
    else if (event.key === "ArrowRight" && at >= 0) go(rows[at]?.lastElementChild);
    else if (event.key === "ArrowLeft" && at >= 0) go(rows[at]?.firstElementChild);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const list = (kinds: readonly NodeKind[]) => (
    <ul className="kinds">{kinds.map((kind) => <Kind key={kind.name} kind={kind} isFavourite={favourites.includes(kind.name)} onAdd={add} />)}</ul>
  );
  const section = (name: string, heading: ReactNode, kinds: readonly NodeKind[]) => {
    const closed = folded.has(name);
    return kinds.length > 0 && (
      <section key={name} data-category={name}>
        <button
          type="button" className="group-name" aria-expanded={!closed}
          onClick={() => setFolded((now) => new Set(closed ? [...now].filter((other) => other !== name) : [...now, name]))}
        >
          {heading}<span>{kinds.length}</span><Icon name="down" size={13} />
        </button>
        {!closed && list(kinds)}
      </section>
    );
  };
  const known = (names: readonly string[]) => names.flatMap((name) => found.find((kind) => kind.name === name) ?? []);
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- arrow keys beside Tab, as lists have them
    <aside className="panel palette" aria-label={t("Nodes")} ref={box} onKeyDown={onKeyDown}>
      <div className="panel-head">
        <label className="search">
          <Icon name="search" size={15} />
          <input
            type="search" placeholder={t("Search {count} nodes", { count: found.length })} aria-label={t("Search nodes")} value={question} id="palette-search" ref={field}
            title={t("By name, model or service, or by what goes in or comes out: “flux”, “upscale”, “video”. Arrow keys walk through the list.")}
            onChange={(event) => setQuestion(event.target.value)}
          />
        </label>
        <button type="button" className="quiet square" aria-label={t("Close")} title={t("Close (N)")} onClick={close}><Icon name="close" size={15} /></button>
      </div>
      <div className="panel-body">
        {asked === "" && section("favourites", <><Icon name="star" size={13} />{t("Favourites")}</>, known(favourites))}
        {asked === "" && section("used", <><Icon name="clock" size={13} />{t("Used last")}</>, known(used.filter((name) => !favourites.includes(name))).slice(0, LAST))}
        <Components asked={asked} />
        {asked !== ""
          ? list(found)
          : [...new Set([...catalog.categories, ...groups.keys()])].map((category) => section(category, <><i />{groupName(category)}</>, groups.get(category) ?? []))}
        {found.length === 0 && (
          <div className="nothing">
            <p>{t("No node is found by “{words}”. Search by its name, by the model or the service that serves it, or by what goes in or comes out:", { words: asked })}</p>
            <p className="tries">{TRIES.map((text) => <button key={text} type="button" className="small" onClick={() => ask(text)}>{text}</button>)}</p>
            <button type="button" className="small" onClick={() => ask("")}>{t("Show all nodes")}</button>
          </div>
        )}
      </div>
    </aside>
  );
}

/** Searches to begin with. */
const TRIES = [t("video"), "flux", "upscale"];

interface KindProps {
  readonly kind: NodeKind;
  readonly isFavourite: boolean;
  readonly onAdd: (kind: NodeKind) => void;
}

function Kind({ kind, isFavourite, onAdd }: KindProps) {
  const drag = (event: DragEvent) => {
    event.dataTransfer.setData("application/x-wireflow-node", kind.name);
    event.dataTransfer.effectAllowed = "copy";
  };
  const label = isFavourite ? t("Take {kind} out of the favourites", { kind: kind.title }) : t("Put {kind} among the favourites", { kind: kind.title });
  return (
    <li className="kind-row">
      <button
        type="button" className={`kind${kind.runnable ? "" : " off"}`} draggable onDragStart={drag} onClick={() => onAdd(kind)}
        title={kind.runnable ? kind.summary : kind.reason || t("{kind} cannot run here.", { kind: kind.title })} data-category={kind.category}
      >
        <span className="kind-icon"><Icon name={categoryIcon(kind.category)} size={15} /></span>
        <span className="kind-name">{kind.title}</span>
        {kind.credits > 0 && <span className="chip">{number(kind.credits)}</span>}
        <span className="kind-types">{kind.outputs.slice(0, 3).map((port) => <i key={port.id} className={typeClass(port.type, port.role)} />)}</span>
      </button>
      <button type="button" className={`quiet square fav${isFavourite ? " on" : ""}`} aria-label={label} title={label} onClick={() => star(kind.name)}><Icon name="star" size={13} /></button>
    </li>
  );
}
