import { selection } from "d3-selection";
import type { Selection } from "d3-selection";

type Plane = Selection<Element, unknown, null, undefined>;
type Moment = "start" | "interrupt" | "end";
type Step = (part: number) => void;

interface Glide {
  readonly selection: () => Plane;
  readonly duration: (milliseconds: number) => Glide;
  readonly ease: (curve: (part: number) => number) => Glide;
  readonly on: (names: string, listener: (this: Element) => void) => Glide;
  readonly tween: (name: string, begin: (this: Element) => Step) => Glide;
}

const stops = new WeakMap<Element, () => void>();

/** End what moves an element, where it is. */
export function interrupt(element: Element): void {
  stops.get(element)?.();
}

/**
 * Stands in for d3-transition, of which React Flow uses one thing: to let the view glide from one place to another.
 * The rest of it, with what it needs, would be 5 kB more for the browser to load.
 */
export function glide(plane: Plane): Glide {
  let lasts = 250;
  let curve = (part: number) => part;
  const listeners: Readonly<Record<Moment, ((this: Element) => void)[]>> = { start: [], interrupt: [], end: [] };

  function run(element: Element, begin: (this: Element) => Step): void {
    const tell = (moment: Moment) => listeners[moment].forEach((listener) => listener.call(element));
    let move: Step | null = null;
    let since = 0;
    const draw = (now: number) => {
      if (move === null) {
        since = now;
        tell("start");
        move = begin.call(element);
      }
      const part = lasts > 0 ? Math.min(1, (now - since) / lasts) : 1;
      move(part < 1 ? curve(part) : 1);
      if (part < 1) frame = requestAnimationFrame(draw);
      else {
        stops.delete(element);
        tell("end");
      }
    };
    interrupt(element);
    let frame = requestAnimationFrame(draw);
    stops.set(element, () => {
      stops.delete(element);
      cancelAnimationFrame(frame);
      if (move !== null) tell("interrupt");
    });
  }

  const self: Glide = {
    selection: () => plane,
    duration: (milliseconds) => {
      lasts = milliseconds;
      return self;
    },
    ease: (next) => {
      curve = next;
      return self;
    },
    on: (names, listener) => {
      for (const name of names.split(" ")) listeners[name.split(".")[0] as Moment].push(listener);
      return self;
    },
    tween: (_, begin) => {
      plane.each(function () { run(this, begin); });
      return self;
    },
  };
  return self;
}

Object.assign(selection.prototype, {
  transition(this: Plane) {
    return glide(this);
  },
  interrupt(this: Plane) {
    return this.each(function () { interrupt(this); });
  },
});
