import { useMemo } from "react";

import { placeNode } from "../actions/editing";
import { enterNew } from "../actions/fields";
import { reveal } from "../actions/view";
import type { NodeKind } from "../graph/catalog";
import { inWords } from "../graph/connect";
import { indexKinds, search } from "../graph/search";
import { fitting, shapeAt } from "../graph/suggest";
import { number, t } from "../language/speak";
import { useCanvas } from "../store/canvas";
import type { Menu } from "../store/ui";
import { Chooser } from "./Chooser";
import { groupName } from "./Palette";
import { Popover } from "./Popover";
import { Icon, categoryIcon } from "./icons";

/** Add a node where the pointer is; from a dropped wire, only nodes that take it, the best first. */
export function AddMenu({ menu }: { readonly menu: Extract<Menu, { kind: "add" }> }) {
  const canvas = useCanvas();
  const { catalog, document, entries, ui } = canvas;
  const { end, onto } = menu;
  const close = () => ui.patch({ menu: null });
  const index = useMemo(() => {
    const edge = document.doc().edges.find(({ id }) => id === onto);
    if (edge) {
      const { flow } = document.get();
      const into = fitting(document.doc(), catalog, flow, { nodeId: edge.target, handle: edge.targetHandle, side: "in" });
      const gives = new Set(into.map(({ kind }) => kind));
      const takes = fitting(document.doc(), catalog, flow, { nodeId: edge.source, handle: edge.sourceHandle, side: "out" });
      return indexKinds(takes.map(({ kind }) => kind).filter((kind) => gives.has(kind)));
    }
    if (end === null) return entries.filter(({ kind }) => kind.status === "");
    return indexKinds(fitting(document.doc(), catalog, document.get().flow, end).map((fit) => fit.kind));
  }, [catalog, document, end, entries, onto]);
  const shape = end ? shapeAt(document.doc(), catalog, document.get().flow, end) : null;
  const add = (kind: NodeKind) => {
    close();
    const id = placeNode(canvas, kind, menu.at, end, {}, onto);
    reveal(canvas, id);
    if (end === null) enterNew(canvas, id);
  };
  return (
    <Popover at={menu.screen} onClose={close} label={t("Add a node")}>
      {shape && <p className="popover-note">{end?.side === "out" ? t("What takes {type}", { type: inWords(shape.type) }) : t("What gives {type}", { type: inWords(shape.type) })}</p>}
      <Chooser
        label={t("Node")} placeholder={t("Search nodes…")} find={(question) => search(index, question)} keyOf={(kind) => kind.name}
        onChoose={add} onClose={close} nothing={t("No node is called like that.")}
        show={(kind) => (
          <span className={`choice${kind.runnable ? "" : " off"}`} data-category={kind.category}>
            <span className="kind-icon"><Icon name={categoryIcon(kind.category)} size={15} /></span>
            <span className="kind-name">{kind.title}<small>{groupName(kind.category)} · {kind.summary}</small></span>
            {kind.credits > 0 && <span className="chip">{number(kind.credits)}</span>}
          </span>
        )}
      />
    </Popover>
  );
}
