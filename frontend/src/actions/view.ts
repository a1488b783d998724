import type { Viewport } from "@xyflow/react";

import { t } from "../language/speak";
import { hasNodes, onlyNode } from "./action";
import type { CanvasAction } from "./action";
import { goToEntry } from "./entry";
import { copyForPeople } from "./system-clipboard";
import { move } from "../graph/changes";
import { seenAs } from "../graph/hidden";
import { panInto } from "../graph/place";
import type { Box } from "../graph/place";
import { isRunnable } from "../graph/types";
import type { GraphNode, Size } from "../graph/types";
import type { IconName } from "../panels/icons";
import type { Canvas, Stage } from "../store/canvas";
import { isPhone, remember, remembered } from "../store/ui";
import type { Side } from "../store/ui";

const CALM = 220;
/** How far away one may look at the plane; the stage has the same. */
const SMALLEST = 0.05;
/** The width that the settings of a node take at the right, in pixels; as in panels.css, with air. */
const SETTINGS = 348;
/** The corner that the map takes, with air; as in stage.css. */
const MAP = { width: 208, height: 148 };
/** The part of a phone's height that a sheet takes; as in phone.css. */
const SHEET = 0.5;

/** Room for what lies over the stage, in pixels. */
function margins({ document, ui }: Canvas) {
  const { side, panel, inspector, nodes } = ui.get();
  const settings = inspector && (nodes.size > 1 ? !isPhone() : document.doc().nodes.some((node) => nodes.has(node.id) && isRunnable(node)));
  if (isPhone()) return { top: 62, bottom: settings ? Math.round(window.innerHeight * SHEET) + 14 : 76, left: 14, right: 14 };
  return { top: 40, bottom: 72, left: (side === null ? 28 : side === "nodes" ? 288 : 340) + (panel === "problems" ? 320 : 0), right: settings ? SETTINGS : 28 };
}

/** What cards that were not drawn yet are taken to measure. */
const USUAL_SIZE = { width: 280, height: 320 };

/** The box around cards, on the plane; null when there are none. */
function boundsOf({ document, sizes }: Canvas, ids?: ReadonlySet<string>) {
  const boxes = document.doc().nodes.filter((node) => ids?.has(node.id) ?? true).map(({ id, position }) => ({ ...position, ...(sizes.get(id) ?? USUAL_SIZE) }));
  if (boxes.length === 0) return null;
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  return { x, y, width: Math.max(...boxes.map((box) => box.x + box.width)) - x, height: Math.max(...boxes.map((box) => box.y + box.height)) - y };
}

function frameOf(): Size {
  return window.document.querySelector(".stage")?.getBoundingClientRect() ?? { width: window.innerWidth, height: window.innerHeight };
}

/** The view that shows a box as large as the room beside the panels allows, and no larger than it is. */
function viewOf(canvas: Canvas, bounds: Box) {
  const room = margins(canvas);
  if (!canvas.ui.get().minimap || isPhone()) return viewIn(room, bounds);
  const above = viewIn({ ...room, bottom: Math.max(room.bottom, MAP.height) }, bounds);
  const beside = viewIn({ ...room, right: Math.max(room.right, MAP.width) }, bounds);
  return above.zoom >= beside.zoom ? above : beside;
}

function viewIn(room: ReturnType<typeof margins>, bounds: Box) {
  const frame = frameOf();
  const width = Math.max(40, frame.width - room.left - room.right);
  const height = Math.max(40, frame.height - room.top - room.bottom);
  const zoom = Math.max(SMALLEST, Math.min(1, width / bounds.width, height / bounds.height));
  return {
    x: room.left + (width - bounds.width * zoom) / 2 - bounds.x * zoom,
    y: room.top + (height - bounds.height * zoom) / 2 - bounds.y * zoom,
    zoom,
  };
}

/** Show everything, or some cards, beside the panels. React Flow's own way waits for cards that are not drawn. */
export async function fit(canvas: Canvas, ids?: ReadonlySet<string>): Promise<void> {
  const bounds = boundsOf(canvas, ids);
  if (bounds) await canvas.stage.current?.setViewport(viewOf(canvas, bounds), { duration: CALM });
}

/** A graph that as a whole could be seen but not read opens at its beginning instead, so near. */
const SEEN = 0.5;
const READ = 0.7;

const viewKey = ({ workflowId }: Canvas) => `view:${workflowId}`;

let opened = "";
const written = ({ x, y, zoom }: Viewport) => [x, y, zoom].map((value) => Math.round(value * 1000) / 1000).join(" ");

/** Keep where somebody looks, for the next time that they open the workflow in this browser; the first look is not theirs. */
export function keepView(canvas: Canvas, view: Viewport): void {
  if (written(view) === opened) return;
  opened = written(view);
  remember(viewKey(canvas), `${opened} ${frameOf().width}`);
}

/** Where this person looked last, if anything of the graph is to be seen from there, in a window about as wide. */
function lastView(canvas: Canvas): Viewport | null {
  const [x = NaN, y = NaN, zoom = NaN, wide = NaN] = (remembered(viewKey(canvas)) ?? "").split(" ").map(Number);
  const { width, height } = frameOf();
  const isSeen = ({ id, position }: GraphNode) => {
    const size = canvas.sizes.get(id) ?? USUAL_SIZE;
    const [left, top] = [x + position.x * zoom, y + position.y * zoom];
    return left < width && top < height && left + size.width * zoom > 0 && top + size.height * zoom > 0;
  };
  return zoom >= SMALLEST && Math.abs(width - wide) < width / 5 && canvas.document.doc().nodes.some(isSeen) ? { x, y, zoom } : null;
}

/** The address of the canvas, or of one node on it. */
export function linkTo(id: string): string {
  return `${location.origin}${location.pathname}${id && `#node=${encodeURIComponent(id)}`}`;
}

/** Go to the node that the address names; gives whether it names one that is there. */
export function goToNamed(canvas: Canvas): boolean {
  const named = decodeURIComponent(/^#node=(.+)$/.exec(location.hash)?.[1] ?? "");
  const isThere = canvas.document.doc().nodes.some((node) => node.id === named);
  if (isThere) goTo(canvas, named);
  return isThere;
}

/** The first look at the graph: as it was left, or everything, or as much as can be read. A link may name a node. */
export async function openView(canvas: Canvas): Promise<void> {
  const { document, stage } = canvas;
  if (goToNamed(canvas) && canvas.ui.get().editor !== "outline") return;
  const bounds = boundsOf(canvas);
  if (!bounds) return;
  const whole = viewOf(canvas, bounds);
  const room = margins(canvas);
  const first = Math.min(...document.doc().nodes.filter(({ position }) => position.x < bounds.x + 100).map(({ position }) => position.y));
  const beginning = {
    x: room.left - bounds.x * READ,
    y: Math.min(window.innerHeight / 2 - 40 - (first + 150) * READ, room.top - bounds.y * READ),
    zoom: READ,
  };
  const view = lastView(canvas) ?? (whole.zoom >= SEEN ? whole : beginning);
  opened = written(view);
  await stage.current?.setViewport(view);
}

/** The stage has come up; its view can be moved from here on. */
export function attachStage(canvas: Canvas, instance: Stage): void {
  canvas.stage.current = instance;
}

/** Show one node as large as it fits. */
export async function fitNode(canvas: Canvas, id: string): Promise<void> {
  await fit(canvas, new Set([id]));
}

/** Move to a node and select it, or open its entry where the workflow is shown as forms; nowhere without one. */
export function goTo(canvas: Canvas, id: string): void {
  if (id === "") return;
  canvas.ui.select([id]);
  if (canvas.ui.get().editor === "outline") goToEntry(canvas, id);
  else void fit(canvas, seenAs(canvas.document.doc(), [id]));
}

/** The part of the stage that nothing lies over, in pixels. */
export function roomOf(canvas: Canvas): Box {
  const { top, bottom, left, right } = margins(canvas);
  const frame = frameOf();
  return { x: left, y: top, width: frame.width - left - right, height: frame.height - top - bottom };
}

/** Bring a card into sight beside the panels, if it is not, without changing how near one looks. */
export function reveal(canvas: Canvas, id: string): void {
  const { document, sizes, stage, ui } = canvas;
  const node = document.doc().nodes.find((candidate) => candidate.id === id);
  const flow = stage.current;
  if (!node || !flow) return;
  ui.patch({ revealing: sizes.has(id) ? null : id });
  const { x, y, zoom } = flow.getViewport();
  const { width, height } = sizes.get(id) ?? USUAL_SIZE;
  const box = { x: x + node.position.x * zoom, y: y + node.position.y * zoom, width: width * zoom, height: height * zoom };
  const by = panInto(box, roomOf(canvas));
  if (by.x !== 0 || by.y !== 0) void flow.setViewport({ x: x + by.x, y: y + by.y, zoom }, { duration: CALM });
}

/** Move the view aside, on a phone up, when the settings, which come with a chosen card, would lie over that card. */
export function uncover(canvas: Canvas, id: string): void {
  const { document, sizes, stage, ui } = canvas;
  const node = document.doc().nodes.find((candidate) => candidate.id === id);
  const flow = stage.current;
  if (!node || !flow || !ui.get().inspector || !isRunnable(node)) return;
  if (isPhone()) {
    reveal(canvas, id);
    return;
  }
  const { x, y, zoom } = flow.getViewport();
  const right = flow.flowToScreenPosition(node.position).x + (sizes.get(id)?.width ?? 280) * zoom;
  const over = right - (window.innerWidth - SETTINGS);
  if (over > 0) void flow.setViewport({ x: x - over, y, zoom }, { duration: CALM });
}

/** Arrange the cards, or the selected ones when there are several, as one gesture. */
function tidy(canvas: Canvas, label = t("Tidy up")): void {
  const { document, ui } = canvas;
  const chosen = ui.get().nodes.size > 1 ? ui.get().nodes : undefined;
  void import("./tidying").then(({ arranged }) => {
    document.edit(label, (doc) => move(arranged(canvas, doc, chosen))(doc));
    requestAnimationFrame(() => void fit(canvas));
  });
}

function setTheme(theme: "dark" | "light"): void {
  document.documentElement.dataset.theme = theme;
  remember("theme", theme);
}

function isDark(): boolean {
  const { theme } = document.documentElement.dataset;
  return theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
}

/** Open what stands beside the canvas, or close it when it is open. */
function turn({ ui }: Canvas, side: Side): void {
  const next = ui.get().side === side ? null : side;
  remember("palette", next ?? "closed");
  ui.patch({ side: next });
}

const SIDES: readonly (readonly [Side, string, string, IconName, CanvasAction["needs"]])[] = [
  ["nodes", t("Show or hide the nodes"), "n", "nodes", "edit"], ["templates", t("Templates"), "", "layers", "edit"], ["assets", t("Assets"), "a", "image", "edit"],
  ["workflows", t("Other workflows"), "w", "box", undefined], ["history", t("Runs: history and queue"), "q", "clock", undefined],
];

export const viewActions: readonly CanvasAction[] = [
  { name: "fit", label: t("Fit everything"), group: "View", icon: "fit", keys: ["1", "shift+1"], perform: (canvas) => void fit(canvas) },
  {
    name: "fit-selection", label: t("Fit the selection"), group: "View", icon: "fit", keys: [".", "shift+2"],
    when: hasNodes, perform: (canvas) => void fit(canvas, canvas.ui.get().nodes),
  },
  {
    name: "full-size", label: t("Zoom to 100 %"), group: "View", keys: ["0"],
    perform: ({ stage }) => void stage.current?.zoomTo(1, { duration: CALM }),
  },
  {
    name: "zoom-in", label: t("Zoom in"), group: "View", icon: "plus", keys: ["mod++", "mod+="],
    perform: ({ stage }) => void stage.current?.zoomIn({ duration: CALM }),
  },
  {
    name: "zoom-out", label: t("Zoom out"), group: "View", icon: "minus", keys: ["mod+-"],
    perform: ({ stage }) => void stage.current?.zoomOut({ duration: CALM }),
  },
  {
    name: "tidy", label: t("Tidy up"), group: "View", icon: "tidy", keys: ["mod+alt+o", "shift+alt+t"],
    needs: "edit", perform: (canvas) => tidy(canvas),
  },
  { name: "minimap", label: t("Show or hide the map"), group: "View", icon: "map", keys: ["m"], perform: ({ ui }) => {
    const minimap = !ui.get().minimap;
    remember("minimap", minimap ? "open" : "closed");
    ui.patch({ minimap });
  } },
  ...SIDES.map(([side, label, key, icon, needs]): CanvasAction => ({ name: side === "nodes" ? "palette" : side, label, group: "View", icon, ...(key ? { keys: [key] } : {}), ...(needs ? { needs } : {}), perform: (canvas) => turn(canvas, side) })),
  {
    name: "inspector", label: t("Show or hide the settings of a node"), group: "View", icon: "panel", keys: ["i"],
    perform: (canvas) => {
      const { ui } = canvas;
      const id = onlyNode(canvas);
      const open = !ui.get().inspector;
      ui.patch({ inspector: open });
      if (open && id !== null && isPhone()) goTo(canvas, id);
    },
  },
  {
    name: "focus", label: t("Canvas only"), group: "View", keys: ["f"],
    perform: ({ ui }) => {
      const open = ui.get().side !== null || ui.get().inspector;
      ui.patch({ side: open ? null : "nodes", inspector: !open });
    },
  },
  {
    name: "copy-link", label: t("Copy a link to the node"), group: "View", icon: "link", when: (canvas) => onlyNode(canvas) !== null,
    perform: (canvas) => void copyForPeople(canvas, linkTo(onlyNode(canvas) ?? ""), t("Link copied.")),
  },
  { name: "select-tool", label: t("Select with the pointer"), group: "View", keys: ["v"], perform: ({ ui }) => ui.patch({ tool: "select" }) },
  { name: "hand-tool", label: t("Move the canvas with the pointer"), group: "View", keys: ["h"], perform: ({ ui }) => ui.patch({ tool: "hand" }) },
  {
    name: "wheel", label: t("Wheel: zoom or pan"), group: "View",
    perform: ({ ui }) => {
      const wheel = ui.get().wheel === "pan" ? "zoom" : "pan";
      remember("wheel", wheel);
      ui.patch({ wheel });
      ui.toast(wheel === "zoom" ? t("The wheel zooms now.") : t("The wheel and two fingers pan now; Ctrl and wheel zoom."));
    },
  },
  {
    name: "snap", label: t("Snap cards into line or not"), group: "View", icon: "tidy", needs: "edit",
    perform: ({ ui }) => {
      const next = remembered("snap") === "off" ? "on" : "off";
      remember("snap", next);
      ui.toast(next === "on" ? t("Dragged cards snap into line with others; Ctrl or ⌘ held lets them go freely.") : t("Dragged cards go freely now."));
    },
  },
  { name: "theme", label: t("Light or dark"), group: "View", icon: "theme", perform: () => setTheme(isDark() ? "light" : "dark") },
];
