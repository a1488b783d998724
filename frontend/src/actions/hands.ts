import { action } from "./index";
import { IS_MAC } from "./keyboard";
import { pressed as isPressed } from "./keys";
import { nearestOutput, outputsFor, carry } from "./carrying";
import type { Carried } from "./carrying";
import { whyNot } from "./why-not";
import { keysOf } from "../store/bindings";
import type { Canvas } from "../store/canvas";

/** What browsers would do with these and Ctrl or ⌘: bookmark, find, save, search. */
const BROWSERS: ReadonlySet<string> = new Set(["d", "f", "g", "k", "s"]);
/** A place that nothing lies at: what is led there and let go is let go of nowhere. */
const NOWHERE = { bubbles: true, clientX: -9999, clientY: -9999 };

/** React Flow forgets over which handle the pointer was. */
function leadNowhere(): void {
  window.document.dispatchEvent(new MouseEvent("mousemove", NOWHERE));
}

/** The end, at this input, of the wire that lies in it: the selected one of several, else the last. */
function plugAt({ document, ui }: Canvas, handle: HTMLElement): Element | null {
  const wires = (document.get().flow.into.get(handle.dataset.nodeid ?? "") ?? [])
    .filter(({ edge, inlet }) => (inlet ? `in-${inlet.id}` : edge.targetHandle) === handle.dataset.handleid);
  const wire = wires.find(({ edge }) => ui.get().edges.has(edge.id)) ?? wires.at(-1);
  return wire ? window.document.querySelector(`.react-flow__edge[data-id="${CSS.escape(wire.edge.id)}"] .react-flow__edgeupdater-target`) : null;
}

/** Habits of the mouse and the keyboard that React Flow does not know. */
export function watchHands(canvas: Canvas): () => void {
  const { readOnly, ui } = canvas;
  let carried: Carried | null = null;

  const pressed = (event: PointerEvent) => {
    if (ui.get().tool !== "hand" || event.pointerType === "touch" || !(event.target instanceof Element)) return;
    for (let held = event.target.closest(".react-flow__viewport .nopan"); held; held = held.closest(".react-flow__viewport .nopan")) held.classList.remove("nopan");
  };
  const down = (event: MouseEvent) => {
    carried = null;
    const handle = event.target instanceof Element ? event.target.closest<HTMLElement>(".react-flow__handle") : null;
    if (!event.isTrusted || event.button !== 0 || readOnly || handle === null || ui.get().tool === "hand") return;
    if (handle.classList.contains("source")) {
      if (event.shiftKey) carried = outputsFor(canvas, handle.dataset.nodeid ?? "", handle.dataset.handleid ?? "");
      return;
    }
    const plug = plugAt(canvas, handle);
    if (!plug) return;
    event.stopPropagation();
    plug.dispatchEvent(new MouseEvent("mousedown", { bubbles: true, cancelable: true, button: 0, clientX: event.clientX, clientY: event.clientY }));
  };
  const moved = () => {
    const { wiring } = ui.get();
    if (carried && wiring && wiring.fits !== carried.fits) ui.patch({ wiring: { ...wiring, fits: carried.fits, reasons: carried.reasons } });
  };
  const up = (event: MouseEvent) => {
    const all = carried;
    carried = null;
    if (!event.isTrusted || !all || ui.get().wiring === null) return;
    const to = nearestOutput({ x: event.clientX, y: event.clientY }, all);
    ui.patch({ wiring: null });
    leadNowhere();
    if (to) carry(canvas, all, to);
  };
  /** A wire that is being led somewhere goes back to where it was. */
  const escape = (event: KeyboardEvent) => {
    const { wiring } = ui.get();
    if (event.key !== "Escape" || wiring === null || wiring.tapping) return;
    carried = null;
    ui.patch({ wiring: null });
    leadNowhere();
    window.document.dispatchEvent(new MouseEvent("mouseup", NOWHERE));
    event.stopPropagation();
  };
  const keep = (event: KeyboardEvent) => {
    const typing = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable], dialog") !== null;
    const asked = typing ? undefined : ["disable", "bypass", "pin"].map(action).find((item) => keysOf(item, ui.get().bindings).some((key) => isPressed(event, key, IS_MAC)));
    const reason = asked ? whyNot(canvas, asked.name, ui.get().nodes) : "";
    if (reason !== "") ui.toast(reason);
    if ((IS_MAC ? event.metaKey : event.ctrlKey) && !event.altKey && BROWSERS.has(event.key.toLowerCase())) event.preventDefault();
  };
  const early = [["pointerdown", pressed], ["mousedown", down], ["mouseup", up], ["keydown", escape]] as const;
  for (const [name, hear] of early) window.addEventListener(name, hear as EventListener, true);
  window.addEventListener("mousemove", moved);
  window.addEventListener("keydown", keep); // after the canvas looked at the key
  return () => {
    for (const [name, hear] of early) window.removeEventListener(name, hear as EventListener, true);
    window.removeEventListener("mousemove", moved);
    window.removeEventListener("keydown", keep);
  };
}
