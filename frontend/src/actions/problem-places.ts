import { placeOf } from "../graph/mends";
import { seenAs } from "../graph/hidden";
import { kindOf } from "../graph/ports";
import type { Problem } from "../graph/problems";
import type { Canvas } from "../store/canvas";
import { isPhone } from "../store/ui";
import { fit, goTo } from "./view";

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

/** Where the workflow is shown as forms: in the entry of the node, or of the one that a wire leads to. */
async function inOutline(canvas: Canvas, problem: Problem): Promise<void> {
  const { doc, get } = canvas.document;
  const place = placeOf(doc(), get().flow, problem);
  const nodeId = doc().edges.find(({ id }) => id === problem.edgeId)?.target ?? place.nodeId;
  goTo(canvas, nodeId);
  await drawn();
  await drawn();
  const field = document.querySelector(`.outline [data-param="${CSS.escape(place.paramId)}"]`);
  field?.closest("details")?.setAttribute("open", "");
  const control = [...(field?.querySelectorAll(CONTROLS) ?? [])].find(isSeen) ?? document.getElementById(`entry-${nodeId}`);
  if (!isSeen(control)) return;
  control.scrollIntoView({ block: "center" });
  focus(control);
}

/** Go to the very field, handle or wire that a problem is about, and give it the focus. */
export async function showProblem(canvas: Canvas, problem: Problem): Promise<void> {
  const { catalog, document: { doc, get }, ui } = canvas;
  const edge = doc().edges.find(({ id }) => id === problem.edgeId);
  if (isPhone()) ui.patch({ panel: null });
  if (ui.get().editor === "outline") {
    await inOutline(canvas, problem);
    return;
  }
  if (edge) {
    ui.select([], [edge.id]);
    await fit(canvas, seenAs(doc(), [edge.source, edge.target]));
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
  const seen = seenAs(doc(), [nodeId]);
  await fit(canvas, seen);
  await drawn();
  const card = document.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape([...seen].join(""))}"]`);
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
