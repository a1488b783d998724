import { expect, test, vi } from "vitest";

import { readFlow } from "../graph/flow";
import type { Doc, Point } from "../graph/types";
import type { Look } from "../nodes/Painted";
import { outlineOf } from "../nodes/outline";
import { catalog, edge, node } from "../testing/catalog";
import { around, gather, serves, shared } from "./afar-parts";
import type { Parts } from "./afar-parts";
import { drawCard, drawEnds } from "./sheet";
import type { DrawnCard } from "./sheet";
import { bowsOf, cardUnder, wireUnder } from "./under";

vi.stubGlobal("Path2D", Object);

const WIRE = "photo.out-image > small.in-image";
const DOC: Doc = {
  name: "", edges: [edge(WIRE)],
  nodes: [node("photo", "input:image"), node("small", "utility:image_resize", {}, 600, 40), node("over", "input:text", {}, 620, 60), node("note", "utility:sticky_note", {}, 0, -300)],
};
const FLOW = readFlow(DOC, catalog);
const SIZES = new Map([["photo", { width: 280, height: 300 }], ["small", { width: 280, height: 400 }]]);

function gathered({ moving = null, loose = new Set<string>() }: { moving?: ReadonlyMap<string, Point> | null; loose?: ReadonlySet<string> } = {}): readonly [Parts, Parts] {
  const part = (wanted: (ids: readonly string[]) => boolean) => gather({ catalog, sizes: SIZES }, () => undefined, { doc: DOC, flow: FLOW, moving }, wanted);
  return [part((ids) => !ids.some((id) => loose.has(id))), part((ids) => ids.some((id) => loose.has(id)))];
}

/** The ends of the wire and its middle, as they are drawn. */
function ends({ wires }: Parts): readonly [Point, Point, Point] {
  const [[a, , , d] = []] = bowsOf(wires[0]?.path ?? "");
  if (!a || !d) throw new Error("no wire is drawn");
  return [a, { x: (a.x + d.x) / 2, y: (a.y + d.y) / 2 }, d];
}

test("cards stand on the sheet as large as they are, or as they are going to be; notes stand on the stage", () => {
  const [{ cards }] = gathered();
  const over = DOC.nodes[2];
  if (!over) throw new Error("no card");
  const { width, height } = outlineOf(catalog, FLOW, over);
  expect(cards).toEqual([
    { id: "photo", x: 0, y: 0, width: 280, height: 300 },
    { id: "small", x: 600, y: 40, width: 280, height: 400 },
    { id: "over", x: 620, y: 60, width, height },
  ]);
});

test("who moves is painted on the second sheet with its wires, where it is now, and all others stay on the first", () => {
  const [still, lively] = gathered({ moving: new Map([["small", { x: 900, y: 500 }]]), loose: new Set(["small"]) });
  expect(still.cards.map(({ id }) => id)).toEqual(["photo", "over"]);
  expect(still.wires).toEqual([]);
  expect(lively.cards).toEqual([{ id: "small", x: 900, y: 500, width: 280, height: 400 }]);
  const [from, , to] = ends(lively);
  expect([from.x, to.x]).toEqual([280, 900]);
});

test("wires end at the handles that once stood on the stage, and all of a sheet lies in its box", () => {
  const at = { x: 276, y: 200, width: 10, height: 10, id: "out-image" };
  const parts = gather({ catalog, sizes: SIZES }, (id) => (id === "photo" ? { source: [at], target: null } : undefined), { doc: DOC, flow: FLOW, moving: null }, () => true);
  expect(ends(parts)[0]).toEqual({ x: 286, y: 205 });
  expect(parts.box.x).toBeLessThan(-100);
  expect(parts.box.x + parts.box.width).toBeGreaterThan(900 + 100);
});

test("the uppermost card is under a point, those that move before those that stand; beside all of them there is none", () => {
  const sheets = gathered();
  expect(cardUnder(sheets, { x: 10, y: 10 })).toBe("photo");
  expect(cardUnder(sheets, { x: 610, y: 50 })).toBe("small");
  expect(cardUnder(sheets, { x: 630, y: 70 })).toBe("over");
  expect(cardUnder(sheets, { x: 400, y: 10 })).toBeNull();
  const moved = gathered({ moving: new Map([["photo", { x: 620, y: 60 }]]), loose: new Set(["photo"]) });
  expect(cardUnder(moved, { x: 630, y: 70 })).toBe("photo");
});

test("a wire is under the points on its bow and so far beside it as one reaches", () => {
  const sheets = gathered();
  const [from, middle, to] = ends(sheets[0]);
  for (const { x, y } of [from, middle, to]) {
    expect(wireUnder(sheets, { x, y }, 6)).toBe(WIRE);
    expect(wireUnder(sheets, { x, y: y + 60 }, 20)).toBeNull();
  }
  expect(wireUnder(sheets, { x: from.x - 5, y: from.y }, 6)).toBe(WIRE);
  expect(wireUnder(sheets, { x: from.x - 7, y: from.y }, 6)).toBeNull();
});

test("of two wires the nearer one is meant, also where a dot leads one of them around", () => {
  const straight = { id: "straight", path: "M0,0 C40,0 60,0 100,0", className: "", wide: false, broken: false, sign: "", ends: [] };
  const around = { id: "around", path: "M0,0 C20,0 30,20 50,20 M50,20 C70,20 80,0 100,0", className: "", wide: false, broken: false, sign: "", ends: [] };
  const sheets = [{ cards: [], wires: [straight, around], box: { x: 0, y: 0, width: 0, height: 0 } }];
  expect(bowsOf(around.path)).toHaveLength(2);
  expect(wireUnder(sheets, { x: 50, y: 4 }, 30)).toBe("straight");
  expect(wireUnder(sheets, { x: 50, y: 16 }, 30)).toBe("around");
  expect(wireUnder(sheets, { x: 50, y: 60 }, 30)).toBeNull();
});

test("paths with any numbers are read", () => {
  expect(bowsOf("M-1.5,2e-7 C3,-4 5.25,6 7,8")).toEqual([[{ x: -1.5, y: 2e-7 }, { x: 3, y: -4 }, { x: 5.25, y: 6 }, { x: 7, y: 8 }]]);
});

test("a drawing serves until somebody looks beyond it, or much nearer or farther", () => {
  const frame = { x: 0, y: 0, width: 1000, height: 600 };
  const seen = around(frame, 0.3);
  expect(seen.box).toEqual({ x: -500, y: -300, width: 2000, height: 1200 });
  expect(serves(seen, frame, 0.3)).toBe(true);
  expect(serves(seen, { ...frame, x: 499, y: -299 }, 0.3)).toBe(true);
  expect(serves(seen, { ...frame, x: 501 }, 0.3)).toBe(false);
  expect(serves(seen, frame, 0.4)).toBe(true);
  expect(serves(seen, frame, 0.43)).toBe(false);
  expect(serves(seen, frame, 0.2)).toBe(false);
  expect(shared(seen.box, { x: 1400, y: 0, width: 500, height: 100 })).toEqual({ x: 1400, y: 0, width: 100, height: 100 });
  expect(shared(seen.box, { x: 9000, y: 0, width: 500, height: 100 }).width).toBe(0);
});

/** A pen that notes what is done with it, and colours that are their own names. */
function paper(zoom: number, tiny: boolean) {
  const done: string[] = [];
  const state: Record<string, unknown> = { globalAlpha: 1 };
  const pen = new Proxy(state, {
    get: (kept, name) => (name in kept ? kept[String(name)] : (...given: unknown[]) => {
      done.push([String(name), ...given.map((one) => (typeof one === "number" ? Math.round(one) : typeof one === "string" ? one : "…")), name === "fillRect" || name === "fill" ? state.fillStyle : name === "stroke" ? state.strokeStyle : ""].join(" ").trim());
      return { width: String(given[0]).length * 10 };
    }),
  }) as unknown as CanvasRenderingContext2D;
  const sheet = { pen, zoom, tiny, inks: { ink: (colour: string) => colour }, picture: () => null };
  return { sheet, done };
}

const LOOK: Look = { title: "Resize", category: "edit", tone: "", fate: "", picture: "", part: null, selected: false, faint: false };
const CARD: DrawnCard = { id: "a", x: 0, y: 0, width: 280, height: 300, look: LOOK };

function drawn(look: Partial<Look>, { zoom = 0.3, tiny = false } = {}): readonly string[] {
  const { sheet, done } = paper(zoom, tiny);
  drawCard(sheet, { ...CARD, look: { ...LOOK, ...look } });
  return done;
}

test("a card is painted with its title, from further as a block of its category, and last as a line", () => {
  expect(drawn({}).some((one) => one.startsWith("fillText Resize"))).toBe(true);
  expect(drawn({}, { zoom: 0.15, tiny: true })).toContain("fill color-mix(in srgb, var(--category-edit, var(--failed)) 24%, var(--surface))");
  const line = drawn({}, { zoom: 0.06, tiny: true });
  expect(line.some((one) => one.startsWith("fillText"))).toBe(false);
  expect(line.some((one) => one.startsWith("fillRect 20 20"))).toBe(true);
});

test.each([["running", "--running"], ["failed", "--failed"], ["done", "--done"], ["cached", "--done"], ["hand", "--hand"], ["waiting", "--waiting"], ["stale", "--stale"]])("one that is %s has a ring and a badge in %s", (tone, colour) => {
  expect(drawn({ tone })).toEqual(expect.arrayContaining([`stroke var(${colour})`, `fill var(${colour})`]));
  expect(drawn({})).not.toContain(`stroke var(${colour})`);
});

test("how far it came, what the next run does and that it is chosen can be seen", () => {
  expect(drawn({ part: 50 })).toContain("fillRect 0 40 140 10 var(--running)");
  expect(drawn({ fate: "blocked" })).toContain("fillRect 0 301 280 8 var(--failed)");
  expect(drawn({ selected: true }).some((one) => one.startsWith("strokeRect -10 -10 300 320"))).toBe(true);
});

test("the handles that wires hang on are seen over the edges of their cards, but not from further", () => {
  const [{ wires }] = gathered();
  const [from, , to] = ends(gathered()[0]);
  const moved = (tiny: boolean) => {
    const { sheet, done } = paper(0.3, tiny);
    drawEnds(sheet, wires);
    return done.filter((one) => one.startsWith("translate"));
  };
  expect(moved(false)).toContain(`translate ${Math.round(from.x - 7)} ${Math.round(from.y - 7)}`);
  expect(moved(false)).toContain(`translate ${Math.round(to.x - 7)} ${Math.round(to.y - 7)}`);
  expect(moved(true)).toEqual([]);
});
