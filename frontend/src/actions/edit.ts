import { t } from "../language/speak";
import { duplicateIds, removeSelection } from "./editing";
import { hasNodes, hasSelection, onlyNode } from "./action";
import type { CanvasAction } from "./action";
import { group, membersOf, remove, setData } from "../graph/changes";
import type { End } from "../graph/connect";
import { kindOf, outputsOf } from "../graph/ports";
import { isGroup, isRunnable } from "../graph/types";
import type { Doc } from "../graph/types";
import { quietly } from "../panels/following";
import type { Canvas } from "../store/canvas";
import { pointsOf, setPoints } from "../graph/reroute";
import { openNode } from "./components";
import { enterFields } from "./fields";
import { onPlane, pointer, pointerOnScreen } from "./pointer";
import { reroute } from "./wiring";
import { takeUp } from "./wiring";

const selectedGroups = ({ document, ui }: Canvas) =>
  document.doc().nodes.filter((node) => isGroup(node) && ui.get().nodes.has(node.id));

/** The one selected wire, or null. */
function onlyEdge({ ui }: Canvas): string | null {
  const [id, ...more] = ui.get().edges;
  return id !== undefined && more.length === 0 && ui.get().nodes.size === 0 ? id : null;
}

/** Where a wire starts that is drawn without naming a handle: at an input that is missing, else at what the node gives. */
function mainEnd({ catalog, document, ui }: Canvas): End | null {
  const nodeId = onlyNode({ ui });
  const node = document.doc().nodes.find(({ id }) => id === nodeId);
  const kind = node && isRunnable(node) ? kindOf(catalog, node) : null;
  if (!node || !kind) return null;
  const { flow, problems } = document.get();
  const wired = new Set(flow.into.get(node.id)?.map(({ inlet }) => inlet?.id));
  const missing = new Set(problems.flatMap((one) => (one.nodeId === node.id && one.rule === "required-input-missing" ? one.field : [])));
  const input = kind.inputs.find(({ id }) => missing.has(id) && !wired.has(id));
  const [output] = outputsOf(kind, node);
  return input ? { nodeId: node.id, handle: `in-${input.id}`, side: "in" } : output ? { nodeId: node.id, handle: `out-${output.id}`, side: "out" } : null;
}

function sayTurned(canvas: Canvas, text: string, before: Doc): void {
  canvas.ui.toast(text);
  const after = canvas.document.doc();
  quietly(({ showTurned }) => showTurned(canvas, before, after));
}

export const editActions: readonly CanvasAction[] = [
  {
    name: "undo", label: t("Undo"), group: "Edit", icon: "undo", keys: ["mod+z"],
    needs: "edit", when: ({ document }) => document.get().history.past.length > 0,
    perform: (canvas) => {
      const before = canvas.document.doc();
      const label = canvas.document.undo();
      if (label !== null) sayTurned(canvas, t("Undone: {label}", { label }), before);
    },
  },
  {
    name: "redo", label: t("Redo"), group: "Edit", icon: "redo", keys: ["mod+shift+z", "mod+y"],
    needs: "edit", when: ({ document }) => document.get().history.future.length > 0,
    perform: (canvas) => {
      const before = canvas.document.doc();
      const label = canvas.document.redo();
      if (label !== null) sayTurned(canvas, t("Done again: {label}", { label }), before);
    },
  },
  {
    name: "duplicate", label: t("Duplicate"), group: "Edit", icon: "copy", keys: ["mod+d"],
    needs: "edit", when: hasNodes,
    perform: (canvas) => duplicateIds(canvas, canvas.ui.get().nodes, { x: 40, y: 40 }),
  },
  {
    name: "rename", label: t("Rename"), group: "Edit", icon: "pencil", keys: ["f2"],
    needs: "edit", when: (canvas) => onlyNode(canvas) !== null,
    perform: (canvas) => canvas.ui.patch({ renaming: onlyNode(canvas) }),
  },
  {
    name: "connect", label: t("Connect to…"), group: "Edit", icon: "socket",
    needs: "edit", when: (canvas) => mainEnd(canvas) !== null,
    perform: (canvas) => {
      const end = mainEnd(canvas);
      if (end) takeUp(canvas, end);
    },
  },
  {
    name: "wire", label: t("Connect, from a list"), group: "Edit", icon: "socket", keys: ["l"],
    needs: "edit", when: (canvas) => onlyNode(canvas) !== null,
    perform: ({ ui }) => ui.patch({ panel: "wire" }),
  },
  {
    name: "enter", label: t("Into the first field of the node, or into the component"), group: "Edit", icon: "pencil", keys: ["enter"],
    needs: "edit", when: (canvas) => onlyNode(canvas) !== null,
    perform: (canvas) => {
      const id = onlyNode(canvas);
      if (!openNode(canvas, id)) enterFields(canvas, id ?? "");
    },
  },
  {
    name: "collapse", label: t("Collapse or expand"), group: "Edit", icon: "collapse", keys: ["alt+c"],
    needs: "edit", when: hasNodes,
    perform: ({ document, ui }) => {
      const chosen = document.doc().nodes.filter((node) => ui.get().nodes.has(node.id));
      const collapsed = !chosen.every((node) => node.data.collapsed === true);
      document.edit(collapsed ? t("Collapse") : t("Expand"), (doc) =>
        chosen.reduce((now, node) => setData(node.id, { collapsed })(now), doc));
    },
  },
  {
    name: "group", label: t("Group"), group: "Edit", icon: "group", keys: ["mod+g"],
    needs: "edit", when: hasNodes,
    perform: ({ document, ui, sizes }) => {
      document.edit(t("Group"), group([...ui.get().nodes], sizes));
      ui.select(document.doc().nodes.slice(0, 1).map(({ id }) => id)); // it lies under all others
    },
  },
  {
    name: "ungroup", label: t("Ungroup"), group: "Edit", icon: "group", keys: ["mod+shift+g"],
    needs: "edit", when: (canvas) => selectedGroups(canvas).length > 0,
    perform: (canvas) => {
      const groups = selectedGroups(canvas);
      canvas.document.edit(t("Ungroup"), remove(new Set(groups.map((node) => node.id)), new Set()));
      canvas.ui.select(groups.flatMap(membersOf));
    },
  },
  {
    name: "insert", label: t("Insert a node"), group: "Edit", icon: "plus",
    needs: "edit", when: (canvas) => onlyEdge(canvas) !== null,
    perform: (canvas) => {
      const screen = pointerOnScreen();
      canvas.ui.patch({ menu: { kind: "add", screen, at: onPlane(canvas, screen), end: null, onto: onlyEdge(canvas) } });
    },
  },
  {
    name: "reroute", label: t("Lead the wire through a dot"), group: "Edit", icon: "socket",
    needs: "edit", when: (canvas) => onlyEdge(canvas) !== null,
    perform: (canvas) => reroute(canvas, onlyEdge(canvas) ?? "", pointer(canvas)),
  },
  {
    name: "straighten", label: t("Take the dots of the wire away"), group: "Edit", icon: "reset",
    needs: "edit", when: (canvas) => canvas.document.doc().edges.some((edge) => edge.id === onlyEdge(canvas) && pointsOf(edge).length > 0),
    perform: (canvas) => canvas.document.edit(t("Straighten"), setPoints(onlyEdge(canvas) ?? "", [])),
  },
  {
    name: "delete", label: t("Delete"), group: "Edit", icon: "trash", keys: ["delete", "backspace"], danger: true,
    needs: "edit", when: hasSelection,
    perform: (canvas) => removeSelection(canvas, false),
  },
  {
    name: "delete-heal", label: t("Delete and join the wires"), group: "Edit", icon: "trash", keys: ["mod+delete"], danger: true,
    needs: "edit", when: hasNodes,
    perform: (canvas) => removeSelection(canvas, true),
  },
];
