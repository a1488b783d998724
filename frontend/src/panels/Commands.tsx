import { useEffect } from "react";

import { ACTIONS, isApplicable } from "../actions";
import { GROUPS, explain, sayNow } from "../actions/action";
import type { CanvasAction } from "../actions/action";
import { library, placeComponent, watchLibrary } from "../actions/components-work";
import { openComponent } from "../actions/workbench-work";
import { keyShown } from "../actions/keyboard";
import { pointer } from "../actions/pointer";
import { goTo, reveal } from "../actions/view";
import { labelOf } from "../graph/problems";
import { matches } from "../graph/search";
import { kindOf } from "../graph/ports";
import type { GraphNode } from "../graph/types";
import { t } from "../language/speak";
import { useCanvas } from "../store/canvas";
import { useSlice } from "../store/store";
import { Chooser } from "./Chooser";
import { Icon, categoryIcon } from "./icons";
import { Overlay } from "./Overlay";

function score(text: string, question: string): number {
  const words = question.toLowerCase().split(/\s+/).filter(Boolean);
  const scores = words.map((word) => matches(text.toLowerCase(), word));
  return scores.some((value) => value === 0) ? 0 : 1 + scores.reduce((sum, value) => sum + value, 0);
}

/** The items whose text answers the question, best first. */
export function best<T>(items: readonly T[], text: (item: T) => string, question: string): readonly T[] {
  return items
    .map((item) => ({ item, points: score(text(item), question) }))
    .filter(({ points }) => points > 0)
    .sort((a, b) => b.points - a.points)
    .map(({ item }) => item);
}

/** The team's components, to be added and opened by their names. */
function useComponentCommands(): readonly CanvasAction[] {
  const canvas = useCanvas();
  const listed = useSlice(library, (state) => state.listed);
  useEffect(() => watchLibrary(canvas), [canvas]);
  if (canvas.readOnly) return [];
  return (listed ?? []).filter(({ id }) => id !== canvas.bench?.id).flatMap(({ id, name }): readonly CanvasAction[] => [
    {
      name: `add ${id}`, label: t("Add component “{name}”", { name }), group: "Add", icon: "box",
      perform: () => void placeComponent(canvas, id, pointer(canvas), true).then((made) => reveal(canvas, made)).catch((error: unknown) => explain(canvas, error)),
    },
    {
      name: `open ${id}`, label: t("Open component “{name}”", { name }), group: "Edit", icon: "expand",
      perform: () => void openComponent(canvas, id).catch((error: unknown) => explain(canvas, error)),
    },
  ]);
}

/** Everything one can do, searchable. */
export function Commands() {
  const canvas = useCanvas();
  const components = useComponentCommands();
  const close = () => canvas.ui.patch({ panel: null });
  const usable = ACTIONS.filter((item) => item.name !== "commands" && !item.unlisted && isApplicable(item, canvas));
  return (
    <Overlay label={t("All commands")} onClose={close}>
      <Chooser<CanvasAction>
        label={t("Command")} placeholder={t("What do you want to do?")} keyOf={(item) => item.name} onClose={close} nothing={t("No command is called like that.")}
        find={(question) => best(question === "" ? usable : [...usable, ...components], (item) => `${sayNow(item, canvas)} ${item.label} ${GROUPS[item.group]}`, question)}
        onChoose={(item) => {
          close();
          item.perform(canvas);
        }}
        show={(item) => (
          <span className="choice">
            <Icon name={item.icon ?? "none"} size={15} />
            <span className="kind-name">{sayNow(item, canvas)}<small>{GROUPS[item.group]}</small></span>
            {keyShown(canvas, item) !== "" && <kbd>{keyShown(canvas, item)}</kbd>}
          </span>
        )}
      />
    </Overlay>
  );
}

/** Find a node on the canvas; each hit is shown and selected while one goes from one to the next. */
export function FindNode() {
  const canvas = useCanvas();
  const { catalog, document, ui } = canvas;
  const close = () => ui.patch({ panel: null });
  return (
    <Overlay label={t("Find a node")} onClose={close} clear>
      <Chooser<GraphNode>
        label={t("Node")} placeholder={t("Find a node…")} keyOf={(node) => node.id} onClose={close} nothing={t("There is no such node here.")} walks
        find={(question) => best(document.doc().nodes, (node) => `${labelOf(node, catalog)} ${node.id} ${kindOf(catalog, node)?.title ?? ""} ${JSON.stringify(node.data.params ?? "")}`, question)}
        onPreview={(node) => goTo(canvas, node.id)}
        onChoose={(node) => {
          close();
          goTo(canvas, node.id);
        }}
        show={(node) => {
          const kind = kindOf(catalog, node);
          return (
            <span className="choice" data-category={kind?.category}>
              <span className="kind-icon"><Icon name={categoryIcon(kind?.category ?? "")} size={15} /></span>
              <span className="kind-name">{labelOf(node, catalog)}<small>{kind?.title ?? t("unknown")} · {node.id}</small></span>
            </span>
          );
        }}
      />
    </Overlay>
  );
}
