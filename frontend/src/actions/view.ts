import { canEdit, hasNodes } from "./action";
import type { CanvasAction } from "./action";
import { move } from "../graph/changes";
import { arrange } from "../graph/layout";
import type { Canvas, Stage } from "../store/canvas";
import { remember } from "../store/ui";

const CALM = 220;

/** Room for what lies over the stage, in pixels. */
function margins({ ui }: Canvas) {
  const wide = window.innerWidth >= 720;
  const { palette, inspector, nodes } = ui.get();
  return {
    top: "40px", bottom: "72px",
    left: wide && palette ? "288px" : "28px",
    right: wide && inspector && nodes.size === 1 ? "348px" : "28px",
  } as const;
}

/** Show everything, or some cards, beside the panels. */
async function fit(canvas: Canvas, ids?: ReadonlySet<string>, duration = CALM): Promise<void> {
  const nodes = ids ? { nodes: [...ids].map((id) => ({ id })) } : {};
  await canvas.stage.current?.fitView({ duration, padding: margins(canvas), maxZoom: 1, minZoom: 0.08, ...nodes });
}

/** A large graph opens at a readable size at its beginning instead of as a pattern of blocks. */
const READABLE = 0.45;

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
  if (!flow || flow.getZoom() >= READABLE) return;
  const left = Math.min(...document.doc().nodes.map((node) => node.position.x));
  const first = document.doc().nodes.filter((node) => node.position.x < left + 700);
  const tops = first.map((node) => node.position.y);
  const middle = (Math.min(...tops) + Math.max(...tops) + 300) / 2;
  const { left: margin } = margins(canvas);
  await flow.setViewport({ x: Number.parseInt(margin, 10) - left * READABLE, y: window.innerHeight / 2 - 40 - middle * READABLE, zoom: READABLE });
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
    perform: ({ ui }) => ui.patch({ inspector: !ui.get().inspector }),
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
