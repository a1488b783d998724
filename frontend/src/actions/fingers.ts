import type { Point } from "../graph/types";
import type { Canvas } from "../store/canvas";

/** So long a finger rests until the menu opens, in milliseconds; a little less than browsers take that open one themselves. */
const LONG = 450;
/** A finger that strays no farther rests, in pixels. */
const STILL = 10;
const PLANE = ".react-flow__pane, .react-flow__node, .react-flow__edge, .react-flow__nodesselection";
/** What of a wire can be led elsewhere. The rest of it is no hindrance for fingers that move the plane. */
const GRIPS = ".react-flow__edgeupdater, .reroute";
/** Here a long press means something else. */
const TAKEN = ":is(input, textarea, select, audio, video, .react-flow__handle)";

/** What belongs to fingers alone: a long press opens the menu of the right button, and what they lie on stays. */
export function watchFingers({ ui }: Canvas): () => void {
  const down = new Map<number, string | null>();
  let timer = 0;
  let from: Point | null = null;
  let opened = false;

  const hold = () => {
    const held = new Set([...down.values()].flatMap((id) => id ?? []));
    const before = ui.get().held;
    if (held.size !== before.size || [...held].some((id) => !before.has(id))) ui.patch({ held });
  };
  const rest = () => {
    clearTimeout(timer);
    from = null;
  };
  const press = (event: PointerEvent) => {
    const { target, clientX, clientY } = event;
    rest();
    opened = false;
    if (event.pointerType !== "touch" || !(target instanceof Element)) return;
    if (event.isPrimary) down.clear();
    down.set(event.pointerId, target.closest(".react-flow__node, .react-flow__edge")?.getAttribute("data-id") ?? null);
    if (!target.closest(GRIPS)) target.closest(".react-flow__edge")?.classList.remove("nopan");
    hold();
    if (!event.isPrimary || !target.closest(PLANE) || target.closest(TAKEN)) return;
    from = { x: clientX, y: clientY };
    timer = window.setTimeout(() => {
      opened = true;
      target.dispatchEvent(new MouseEvent("contextmenu", { bubbles: true, cancelable: true, button: 2, clientX, clientY }));
    }, LONG);
  };
  const move = ({ clientX, clientY, isPrimary }: PointerEvent) => {
    if (!isPrimary || from === null || Math.hypot(clientX - from.x, clientY - from.y) < STILL) return;
    rest();
    if (opened) ui.patch({ menu: null }); // the finger went on to move what it lies on
  };
  const lift = ({ pointerId }: PointerEvent) => {
    rest();
    if (down.delete(pointerId)) hold();
  };
  /** Browsers open menus of their own as well, and take the press for a click once it ends. */
  const only = (event: MouseEvent) => {
    if (!opened || !event.isTrusted) return;
    event.preventDefault();
    event.stopPropagation();
  };
  const ways = [["pointerdown", press], ["pointermove", move], ["pointerup", lift], ["pointercancel", lift], ["click", only], ["contextmenu", only]] as const;
  for (const [name, hear] of ways) window.addEventListener(name, hear as EventListener, true);
  return () => {
    rest();
    for (const [name, hear] of ways) window.removeEventListener(name, hear as EventListener, true);
  };
}
