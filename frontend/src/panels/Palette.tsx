import { useDeferredValue, useMemo, useState } from "react";
import type { DragEvent } from "react";

import { placeNode } from "../actions/editing";
import { onPlane } from "../actions/pointer";
import { reveal } from "../actions/view";
import type { NodeKind } from "../graph/catalog";
import { humanise } from "../graph/catalog";
import { search } from "../graph/search";
import { number, t } from "../language/speak";
import { typeClass } from "../nodes/shapes";
import { useCanvas, useUi } from "../store/canvas";
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

/** All node types, searchable; click to add, drag to place. */
export function Palette() {
  const canvas = useCanvas();
  const { catalog, entries, ui } = canvas;
  const open = useUi((state) => state.side === "nodes");
  const [question, setQuestion] = useState("");
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const asked = useDeferredValue(question.trim());
  const found = useMemo(() => search(entries, asked).filter((kind) => kind.status === "" || kind.status === "legacy" && asked !== ""), [entries, asked]);
  const groups = useMemo(() => grouped(found, (kind) => kind.category), [found]);
  if (!open) return null;
  const add = (kind: NodeKind) => {
    reveal(canvas, placeNode(canvas, kind, onPlane(canvas, stageMiddle())));
    if (isPhone()) ui.patch({ side: null });
  };
  const close = () => {
    remember("palette", "closed");
    ui.patch({ side: null });
  };
  return (
    <aside className="panel palette" aria-label={t("Nodes")}>
      <div className="panel-head">
        <label className="search">
          <Icon name="search" size={15} />
          <input
            type="search" placeholder={t("Search {count} nodes", { count: found.length })} aria-label={t("Search nodes")} value={question} id="palette-search"
            onChange={(event) => setQuestion(event.target.value)}
            onKeyDown={(event) => {
              const [best] = found;
              if (event.key === "Enter" && best && asked !== "") add(best);
              if (event.key === "Escape") setQuestion("");
            }}
          />
        </label>
        <button type="button" className="quiet square" aria-label={t("Close")} title={t("Close (N)")} onClick={close}><Icon name="close" size={15} /></button>
      </div>
      <div className="panel-body">
        <Components asked={asked} />
        {asked !== ""
          ? <ul className="kinds">{found.map((kind) => <Kind key={kind.name} kind={kind} onAdd={add} />)}</ul>
          : [...new Set([...catalog.categories, ...groups.keys()])].map((category) => {
            const kinds = groups.get(category);
            if (!kinds) return null;
            const closed = folded.has(category);
            return (
              <section key={category} data-category={category}>
                <button
                  type="button" className="group-name" aria-expanded={!closed}
                  onClick={() => setFolded((now) => new Set(closed ? [...now].filter((name) => name !== category) : [...now, category]))}
                >
                  <i />{groupName(category)}<span>{kinds.length}</span><Icon name="down" size={13} />
                </button>
                {!closed && <ul className="kinds">{kinds.map((kind) => <Kind key={kind.name} kind={kind} onAdd={add} />)}</ul>}
              </section>
            );
          })}
        {found.length === 0 && <p className="nothing">{t("No node is called like that.")}</p>}
      </div>
    </aside>
  );
}

function Kind({ kind, onAdd }: { readonly kind: NodeKind; readonly onAdd: (kind: NodeKind) => void }) {
  const drag = (event: DragEvent) => {
    event.dataTransfer.setData("application/x-wireflow-node", kind.name);
    event.dataTransfer.effectAllowed = "copy";
  };
  return (
    <li>
      <button
        type="button" className={`kind${kind.runnable ? "" : " off"}`} draggable onDragStart={drag} onClick={() => onAdd(kind)}
        title={kind.runnable ? kind.summary : kind.reason || t("{kind} cannot run here.", { kind: kind.title })} data-category={kind.category}
      >
        <span className="kind-icon"><Icon name={categoryIcon(kind.category)} size={15} /></span>
        <span className="kind-name">{kind.title}</span>
        {kind.credits > 0 && <span className="chip">{number(kind.credits)}</span>}
        <span className="kind-types">{kind.outputs.slice(0, 3).map((port) => <i key={port.id} className={typeClass(port.type, port.role)} />)}</span>
      </button>
    </li>
  );
}
