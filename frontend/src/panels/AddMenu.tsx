import { useEffect, useMemo } from "react";

import { explain } from "../actions/action";
import { library, placeComponent, watchLibrary } from "../actions/components-work";
import { placeNode } from "../actions/editing";
import { enterNew } from "../actions/fields";
import { reveal } from "../actions/view";
import type { NodeKind } from "../graph/catalog";
import { inWords } from "../graph/connect";
import { entriesOf, indexKinds, search } from "../graph/search";
import { fitting, shapeAt } from "../graph/suggest";
import { number, t } from "../language/speak";
import { libraryKind } from "../graph/update";
import { useCanvas } from "../store/canvas";
import { useSlice } from "../store/store";
import type { Menu } from "../store/ui";
import { Chooser } from "./Chooser";
import { NoComponents } from "./Components";
import { groupName } from "./Palette";
import { Popover } from "./Popover";
import { Icon, categoryIcon } from "./icons";

/** So many components come before the nodes while nothing is searched for. */
const FIRST = 6;

/** Add a node where the pointer is; from a dropped wire, only nodes that take it, the best first. */
export function AddMenu({ menu }: { readonly menu: Extract<Menu, { kind: "add" }> }) {
  const canvas = useCanvas();
  const { catalog, document, ui } = canvas;
  const { end, onto, only } = menu;
  const listed = useSlice(library, (state) => state.listed);
  useEffect(() => watchLibrary(canvas), [canvas]);
  const components = useMemo(() => new Map((listed ?? []).filter(({ id }) => id !== canvas.bench?.id).flatMap((one) => {
    const kind = libraryKind(one);
    return kind ? [[kind, one.id] as const] : [];
  })), [listed, canvas]);
  const close = () => ui.patch({ menu: null });
  const index = useMemo(() => {
    const own = [...components.keys()];
    const wider = { ...catalog, kinds: new Map([...(only ? [] : catalog.kinds), ...own.map((kind) => [kind.name, kind] as const)]) };
    const edge = document.doc().edges.find(({ id }) => id === onto);
    if (edge) {
      const { flow } = document.get();
      const into = fitting(document.doc(), wider, flow, { nodeId: edge.target, handle: edge.targetHandle, side: "in" });
      const gives = new Set(into.map(({ kind }) => kind));
      const takes = fitting(document.doc(), wider, flow, { nodeId: edge.source, handle: edge.sourceHandle, side: "out" });
      return indexKinds(takes.map(({ kind }) => kind).filter((kind) => gives.has(kind)));
    }
    if (end === null) return [...indexKinds(only ? own : own.slice(0, FIRST)), ...(only ? [] : entriesOf(catalog).filter(({ kind }) => kind.status === "")), ...(only ? [] : indexKinds(own.slice(FIRST)))];
    return indexKinds(fitting(document.doc(), wider, document.get().flow, end).map((fit) => fit.kind));
  }, [catalog, components, document, end, only, onto]);
  const shape = end ? shapeAt(document.doc(), catalog, document.get().flow, end) : null;
  const add = (kind: NodeKind) => {
    close();
    const component = components.get(kind);
    if (component !== undefined) {
      placeComponent(canvas, component, menu.at, true, end, onto).then((made) => reveal(canvas, made)).catch((error: unknown) => explain(canvas, error));
      return;
    }
    const id = placeNode(canvas, kind, menu.at, end, {}, onto);
    reveal(canvas, id);
    if (end === null) enterNew(canvas, id);
  };
  return (
    <Popover at={menu.screen} onClose={close} label={only ? t("Add a component") : t("Add a node")}>
      {shape && <p className="popover-note">{end?.side === "out" ? t("What takes {type}", { type: inWords(shape.type) }) : t("What gives {type}", { type: inWords(shape.type) })}</p>}
      <Chooser
        label={only ? t("Component") : t("Node")} placeholder={only ? t("Search components…") : t("Search nodes…")} find={(question) => search(index, question)} keyOf={(kind) => kind.name}
        onChoose={add} onClose={close} nothing={only && listed?.length === 0 ? <NoComponents /> : <p className="nothing">{only ? t("No component is called like that.") : t("No node is called like that.")}</p>}
        show={(kind) => (
          <span className={`choice${kind.runnable ? "" : " off"}`} data-category={kind.category}>
            <span className="kind-icon"><Icon name={components.has(kind) ? "box" : categoryIcon(kind.category)} size={15} /></span>
            <span className="kind-name">{kind.title}<small>{components.has(kind) ? t("Component") : groupName(kind.category)} · {kind.summary}</small></span>
            {kind.credits > 0 && <span className="chip">{number(kind.credits)}</span>}
          </span>
        )}
      />
    </Popover>
  );
}
