import { canEdit, hasNodes, onlyNode } from "./action";
import type { CanvasAction } from "./action";
import { move } from "../graph/changes";
import { arrange } from "../graph/layout";
import { isRunnable } from "../graph/types";
import type { Canvas, Stage } from "../store/canvas";
import { isPhone, remember } from "../store/ui";

const CALM = 220;
/** The width that the settings of a node take at the right, in pixels; as in panels.css, with air. */
const SETTINGS = 348;
/** The part of a phone's height that a sheet takes; as in phone.css. */
const SHEET = 0.5;

/** Room for what lies over the stage, in pixels. */
function margins({ ui }: Canvas) {
  const { palette, panel, inspector, nodes } = ui.get();
  const settings = inspector && nodes.size === 1;
  const phone = isPhone();
  const px = (size: number) => `${Math.round(size)}px` as const;
  if (phone) return { top: px(14), bottom: px(settings ? window.innerHeight * SHEET + 14 : 76), left: px(14), right: px(14) };
  return { top: px(40), bottom: px(72), left: px((palette ? 288 : 28) + (panel === "problems" ? 320 : 0)), right: px(settings ? SETTINGS : 28) };
}

/** Show everything, or some cards, beside the panels. */
async function fit(canvas: Canvas, ids?: ReadonlySet<string>, duration = CALM): Promise<void> {
  const nodes = ids ? { nodes: [...ids].map((id) => ({ id })) } : {};
  await canvas.stage.current?.fitView({ duration, padding: margins(canvas), maxZoom: 1, minZoom: 0.08, ...nodes });
}

/** A graph that could only be shown as a pattern of blocks opens at its beginning instead, at a size that can be read. */
const BLOCKS = 0.26;
const READABLE = 0.5;

/** The first look at the graph: everything, or as much as can be read. A link may name a node. */
export async function openView(canvas: Canvas): Promise<void> {
  const { document, stage } = canvas;
  const named = decodeURIComponent(/^#node=(.+)$/.exec(location.hash)?.[1] ?? "");
  if (document.doc().nodes.some((node) => node.id === named)) {
    goTo(canvas, named);
    return;
  }
  if (document.doc().nodes.length === 0) return;
  await fit(canvas, undefined, 0);
  const flow = stage.current;
  if (!flow || flow.getZoom() >= BLOCKS) return;
  const left = Math.min(...document.doc().nodes.map((node) => node.position.x));
  const first = document.doc().nodes.filter((node) => node.position.x < left + 100);
  const middle = Math.min(...first.map((node) => node.position.y)) + 150;
  const room = margins(canvas);
  const highest = Math.min(...document.doc().nodes.map((node) => node.position.y));
  const y = Math.min(window.innerHeight / 2 - 40 - middle * READABLE, Number.parseInt(room.top, 10) - highest * READABLE);
  await flow.setViewport({ x: Number.parseInt(room.left, 10) - left * READABLE, y, zoom: READABLE });
}

/** The stage has come up; its view can be moved from here on. */
export function attachStage(canvas: Canvas, instance: Stage): void {
  canvas.stage.current = instance;
}

/** Move to a node and select it. */
export function goTo(canvas: Canvas, id: string): void {
  canvas.ui.select([id]);
  void fit(canvas, new Set([id]));
}

/** Bring a card into sight, if it is not, without changing how near one looks. */
export function reveal({ document, sizes, stage }: Canvas, id: string): void {
  const node = document.doc().nodes.find((candidate) => candidate.id === id);
  const flow = stage.current;
  if (!node || !flow) return;
  const zoom = flow.getZoom();
  const { width, height } = sizes.get(id) ?? { width: 280, height: 260 };
  const { x, y } = flow.flowToScreenPosition(node.position);
  const isSeen = x > 0 && y > 50 && x + width * zoom < window.innerWidth && y + height * zoom < window.innerHeight;
  if (!isSeen) void flow.setCenter(node.position.x + width / 2, node.position.y + height / 2, { zoom, duration: CALM });
}

/** Move the view aside when the settings, which come with a chosen card, would lie over that card. */
export function uncover({ document, sizes, stage, ui }: Canvas, id: string): void {
  const node = document.doc().nodes.find((candidate) => candidate.id === id);
  const flow = stage.current;
  if (!node || !flow || !ui.get().inspector || isPhone() || !isRunnable(node)) return;
  const { x, y, zoom } = flow.getViewport();
  const right = flow.flowToScreenPosition(node.position).x + (sizes.get(id)?.width ?? 280) * zoom;
  const over = right - (window.innerWidth - SETTINGS);
  if (over > 0) void flow.setViewport({ x: x - over, y, zoom }, { duration: CALM });
}

/** Arrange the cards, or the selected ones when there are several, as one gesture. */
function tidy(canvas: Canvas, label = "Tidy up"): void {
  const { document, sizes, ui } = canvas;
  const chosen = ui.get().nodes.size > 1 ? ui.get().nodes : undefined;
  document.edit(label, (doc) => move(arrange(doc, sizes, chosen))(doc));
  requestAnimationFrame(() => void fit(canvas));
}

function setTheme(theme: "dark" | "light"): void {
  document.documentElement.dataset.theme = theme;
  remember("theme", theme);
}

function isDark(): boolean {
  const { theme } = document.documentElement.dataset;
  return theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
}

function toggle(canvas: Canvas, part: "palette" | "minimap"): void {
  const open = !canvas.ui.get()[part];
  remember(part, open ? "open" : "closed");
  canvas.ui.patch({ [part]: open });
}

export const viewActions: readonly CanvasAction[] = [
  { name: "fit", label: "Fit everything", group: "View", icon: "fit", keys: ["1", "shift+1"], perform: (canvas) => void fit(canvas) },
  {
    name: "fit-selection", label: "Fit the selection", group: "View", icon: "fit", keys: [".", "shift+2"],
    when: hasNodes, perform: (canvas) => void fit(canvas, canvas.ui.get().nodes),
  },
  {
    name: "full-size", label: "Zoom to 100 %", group: "View", keys: ["0"],
    perform: ({ stage }) => void stage.current?.zoomTo(1, { duration: CALM }),
  },
  {
    name: "zoom-in", label: "Zoom in", group: "View", icon: "plus", keys: ["mod++", "mod+="],
    perform: ({ stage }) => void stage.current?.zoomIn({ duration: CALM }),
  },
  {
    name: "zoom-out", label: "Zoom out", group: "View", icon: "minus", keys: ["mod+-"],
    perform: ({ stage }) => void stage.current?.zoomOut({ duration: CALM }),
  },
  {
    name: "tidy", label: "Tidy up", group: "View", icon: "tidy", keys: ["mod+alt+o", "shift+alt+t"],
    when: canEdit, perform: (canvas) => tidy(canvas),
  },
  { name: "minimap", label: "Show or hide the map", group: "View", icon: "map", keys: ["m"], perform: (canvas) => toggle(canvas, "minimap") },
  { name: "palette", label: "Show or hide the nodes", group: "View", icon: "nodes", keys: ["n"], perform: (canvas) => toggle(canvas, "palette") },
  {
    name: "inspector", label: "Show or hide the settings of a node", group: "View", icon: "panel", keys: ["i"],
    perform: (canvas) => {
      const { ui } = canvas;
      const id = onlyNode(canvas);
      const open = !ui.get().inspector;
      ui.patch({ inspector: open });
      if (open && id !== null && isPhone()) goTo(canvas, id);
    },
  },
  {
    name: "focus", label: "Canvas only", group: "View", keys: ["f"],
    perform: ({ ui }) => {
      const open = ui.get().palette || ui.get().inspector;
      ui.patch({ palette: !open, inspector: !open });
    },
  },
  { name: "select-tool", label: "Select with the pointer", group: "View", keys: ["v"], perform: ({ ui }) => ui.patch({ tool: "select" }) },
  { name: "hand-tool", label: "Move the canvas with the pointer", group: "View", keys: ["h"], perform: ({ ui }) => ui.patch({ tool: "hand" }) },
  {
    name: "wheel", label: "Wheel: zoom or pan", group: "View",
    perform: ({ ui }) => {
      const wheel = ui.get().wheel === "pan" ? "zoom" : "pan";
      remember("wheel", wheel);
      ui.patch({ wheel });
      ui.toast(wheel === "zoom" ? "The wheel zooms now." : "The wheel and two fingers pan now; Ctrl and wheel zoom.");
    },
  },
  { name: "theme", label: "Light or dark", group: "View", icon: "theme", perform: () => setTheme(isDark() ? "light" : "dark") },
];
