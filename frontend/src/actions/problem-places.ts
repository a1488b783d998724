import { placeOf } from "../graph/mends";
import { kindOf } from "../graph/ports";
import type { Problem } from "../graph/problems";
import type { Canvas } from "../store/canvas";
import { isPhone } from "../store/ui";
import { fit } from "./view";

const CONTROLS = ":is(input:not([type=file], [type=color]), textarea, select, button[role=switch], .asset-empty button)";

const drawn = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
const isSeen = (element: Element | null | undefined): element is HTMLElement => element instanceof HTMLElement && element.checkVisibility({ visibilityProperty: true });

/** Say with a ring that fades where somebody was led. */
function ring(element: Element): void {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const line = { outlineStyle: "solid", outlineWidth: "3px" };
  element.animate([{ ...line, outlineColor: "var(--focus)", outlineOffset: "2px" }, { ...line, outlineColor: "transparent", outlineOffset: "12px" }], { duration: 900, iterations: 2 });
}

function focus(element: HTMLElement | SVGElement): void {
  if (!element.hasAttribute("tabindex") && !element.matches("input, textarea, select, button")) element.tabIndex = -1;
  element.focus({ preventScroll: !element.closest(".inspector") });
  ring(element);
}

/** Among the settings, folded ones too. */
async function inSheet(paramId: string): Promise<HTMLElement | null> {
  const look = () => [...document.querySelectorAll(`.inspector [data-param="${CSS.escape(paramId)}"] ${CONTROLS}`)].find(isSeen);
  document.querySelector<HTMLElement>(".inspector [role=tab]")?.click();
  await drawn();
  for (const fold of document.querySelectorAll<HTMLElement>(".inspector .fold[aria-expanded=false]")) {
    if (look()) break;
    fold.click();
    await drawn();
  }
  return look() ?? null;
}

/** Go to the very field, handle or wire that a problem is about, and give it the focus. */
export async function showProblem(canvas: Canvas, problem: Problem): Promise<void> {
  const { catalog, document: { doc, get }, ui } = canvas;
  const edge = doc().edges.find(({ id }) => id === problem.edgeId);
  if (isPhone()) ui.patch({ panel: null });
  if (edge) {
    ui.select([], [edge.id]);
    await fit(canvas, new Set([edge.source, edge.target]));
    await drawn();
    const wire = document.querySelector<SVGElement>(`.react-flow__edge[data-id="${CSS.escape(edge.id)}"]`);
    if (wire) focus(wire);
    return;
  }
  const { nodeId, paramId } = placeOf(doc(), get().flow, problem);
  const node = doc().nodes.find(({ id }) => id === nodeId);
  if (!node) {
    ui.patch({ panel: "outline" }); // about the graph as a whole
    return;
  }
  ui.select([nodeId]);
  await fit(canvas, new Set([nodeId]));
  await drawn();
  const card = document.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(nodeId)}"]`);
  const param = kindOf(catalog, node)?.params.find(({ id }) => id === paramId);
  if (param?.type === "text" && isPhone() && !canvas.readOnly) {
    ui.patch({ writing: { nodeId, paramId } });
    return;
  }
  const handle = paramId === "" ? null : card?.querySelector(`[data-handleid="in-${CSS.escape(paramId)}"], [data-handleid="out-${CSS.escape(paramId)}"]`);
  const onCard = [...(card?.querySelectorAll(`[data-param="${CSS.escape(paramId)}"] ${CONTROLS}, .asset:not(.filled) .asset-empty button`) ?? [])].find(isSeen);
  if (onCard && !isPhone()) focus(onCard);
  else if (isSeen(handle) && !param) focus(handle);
  else {
    if (paramId !== "") ui.patch({ inspector: true });
    await drawn();
    const place = (paramId === "" ? null : await inSheet(paramId)) ?? (isSeen(handle) ? handle : card);
    if (place) focus(place);
  }
}
