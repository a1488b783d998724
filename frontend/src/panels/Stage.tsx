import { ReactFlow, SelectionMode, useReactFlow } from "@xyflow/react";
import type { Viewport } from "@xyflow/react";
import { useEffect, useMemo, useRef, useState } from "react";
import type { DragEvent, MouseEvent } from "react";

import { action } from "../actions";
import { openNode } from "../actions/components";
import { placeNode } from "../actions/editing";
import { placeMedia, readMediaDrag } from "../actions/media-drag";
import { reroute, wireAt } from "../actions/wiring";
import { notePointer, onPlane, pointer } from "../actions/pointer";
import { attachStage, keepView } from "../actions/view";
import { findKind } from "../graph/catalog";
import { remove } from "../graph/changes";
import { isGroup, isNote } from "../graph/types";
import type { GraphNode, Point } from "../graph/types";
import { t } from "../language/speak";
import { Card } from "../nodes/Card";
import { Group } from "../nodes/Group";
import { Missing } from "../nodes/Missing";
import { Note } from "../nodes/Note";
import { WireDraft } from "../nodes/WireDraft";
import { WireLine } from "../nodes/WireLine";
import { useCanvas, useDocument, useRuns, useUi } from "../store/canvas";
import { movedByOthers } from "../live/people";
import { currentRun } from "../store/run";
import { useSlice } from "../store/store";
import { TOUCH } from "../store/touch";
import { isPhone, remember, remembered } from "../store/ui";
import { useParts, withParts } from "./following";
import { Dots } from "./Dots";
import { createEdgeMaker, createNodeMaker } from "./stage-items";
import { useConnecting } from "./use-connecting";
import { useDragging } from "./use-dragging";
import { MANY, useOpening } from "./use-opening";

const NODE_TYPES = { card: Card, note: Note, "group-box": Group, missing: Missing, unseen: () => null };
const EDGE_TYPES = { wire: WireLine };
const MIDDLE = [1];
const MIDDLE_AND_LEFT = [0, 1];
const ADD_KEYS = ["Shift", "Meta", "Control"];
const HIDE_CREDIT = { hideAttribution: true };
/** Below these zooms cards are simplified, then only blocks. */
const FAR = 0.4;
const TINY = 0.2;
/** With more running wires than this, none of them moves. */
const LIVELY = 60;

function sameMoves(a: ReadonlyMap<string, Point> | null, b: ReadonlyMap<string, Point> | null): boolean {
  return a === b || (a !== null && b !== null && a.size === b.size && [...a].every(([id, at]) => b.get(id) === at));
}

/** The plane with cards and wires. */
export function Stage() {
  const canvas = useCanvas();
  const { document, ui, readOnly } = canvas;
  const whole = useDocument((state) => state.history.present);
  const all = useDocument((state) => state.flow);
  const folded = whole.nodes.some((node) => isGroup(node) && node.data.collapsed === true);
  const folding = useParts(folded);
  const { doc, flow } = useMemo(() => (folded && folding ? folding.fold(whole, all) : { doc: whole, flow: all }), [folded, folding, whole, all]);
  const selectedNodes = useUi((state) => state.nodes);
  const selectedEdges = useUi((state) => state.edges);
  const mine = useUi((state) => state.moving);
  const theirs = useSlice(canvas.people, movedByOthers, sameMoves);
  const moving = useMemo(() => (theirs === null ? mine : new Map([...theirs, ...(mine ?? [])])), [mine, theirs]);
  const met = useSlice(canvas.people, (state) => state.others.size > 0);
  const mapped = useUi((state) => state.minimap) && doc.nodes.length > 0;
  const parts = useParts(met || mapped);
  const tool = useUi((state) => state.tool);
  const wheel = useUi((state) => state.wheel);
  const covered = useUi((state) => state.editor === "outline");
  const unheard = useSlice(canvas.contact, (state) => state.lost !== null);
  const { sizes, onNodesChange, onEdgesChange, ...dragging } = useDragging();
  const connecting = useConnecting();
  const frame = useRef<HTMLDivElement>(null);
  const calm = useRuns((state) => {
    const run = currentRun(state);
    let running = 0;
    for (const nodeRuns of run?.byNode.values() ?? []) if (nodeRuns.some((nodeRun) => nodeRun.status === "RUNNING")) running++;
    return running > LIVELY;
  });

  const { getInternalNode } = useReactFlow();
  const fixed = readOnly || tool === "hand";
  const makeNodes = useMemo(() => createNodeMaker(canvas.handles, getInternalNode, fixed), [canvas, getInternalNode, fixed]);
  const makeEdges = useMemo(() => createEdgeMaker(), []);
  const large = doc.nodes.length > MANY;
  const distant = useParts(large);
  const outline = useMemo(() => (large && distant ? (node: GraphNode) => distant.outlineOf(canvas.catalog, flow, node) : null), [canvas, large, distant, flow]);
  const pointed = useUi((state) => state.awake);
  const held = useUi((state) => state.held);
  const wired = useUi(({ wiring }) => wiring?.from.nodeId ?? null);
  const afar = useUi((state) => state.afar);
  const wires = useMemo(() => makeEdges(flow, selectedEdges), [makeEdges, flow, selectedEdges]);
  const [zoomBand, setZoomBand] = useState<"near" | "far" | "tiny">("near");
  const edges = useMemo(() => (afar ? wires.filter(({ id, selected }) => selected === true || id === pointed || held.has(id)) : wires), [afar, wires, pointed, held]);
  const standing = useMemo(() => {
    if (!afar) return null;
    return { awake: new Set([pointed, wired, ...held].flatMap((id) => id ?? [])), ends: new Set(edges.flatMap(({ source, target }) => [source, target])) };
  }, [afar, edges, pointed, wired, held]);
  const nodes = useMemo(
    () => makeNodes({ doc, selected: selectedNodes, moving, sizes, outline, afar: standing }),
    [makeNodes, doc, selectedNodes, moving, sizes, outline, standing],
  );
  useEffect(() => ui.patch({ afar: large && zoomBand !== "near" && distant !== null, awake: null }), [large, zoomBand, distant, ui]);

  const [ready, setReady] = useState(false);
  const seen = useOpening(doc, sizes, ready);

  const pressed = useRef<Point | null>(null);
  const corner = useRef<Point | null>(null);
  /** React Flow knows of no painted cards: those in the frame that is being drawn are chosen here. */
  const frameCards = () => {
    if (afar && corner.current) distant?.choose(canvas, corner.current, pointer(canvas));
  };

  const panning = useRef(0);
  const onMoveStart = (_: unknown, { zoom }: Viewport) => {
    panning.current = zoom;
  };
  const onMove = (_: unknown, { zoom }: Viewport) => {
    frame.current?.classList.toggle("panning", zoom === panning.current);
    const band = zoom < TINY ? "tiny" : zoom < FAR ? "far" : "near";
    if (frame.current && frame.current.dataset.zoom !== band) frame.current.dataset.zoom = band;
    setZoomBand(band);
    frameCards();
  };
  const openMenu = (event: globalThis.MouseEvent | MouseEvent, on: "pane" | "node" | "edge") => {
    event.preventDefault();
    const screen = { x: event.clientX, y: event.clientY };
    ui.patch({ menu: { kind: "context", screen, at: onPlane(canvas, screen), on } });
  };
  /** From afar what was touched before it could wake is chosen here: a card or a wire, or nothing. */
  const painted = ({ clientX: x, clientY: y }: globalThis.MouseEvent | MouseEvent, by: "click" | "menu") => (afar && distant ? distant.pick(canvas, { x, y }, by) : null);
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    const at = onPlane(canvas, { x: event.clientX, y: event.clientY });
    const kind = findKind(canvas.catalog, event.dataTransfer.getData("application/x-wireflow-node"));
    const media = readMediaDrag(event.dataTransfer);
    const files = [...event.dataTransfer.files];
    if (kind) placeNode(canvas, kind, { x: at.x - 140, y: at.y - 20 }, null, {}, wireAt({ x: event.clientX, y: event.clientY }));
    else if (media) placeMedia(canvas, media, at);
    else if (files.length > 0) withParts(ui, ({ placeFiles }) => placeFiles(canvas, files, at));
  };

  return (
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions -- pointer ways to what keys and menus do as well
    <div
      inert={covered} className={`stage${seen ? "" : " opening"}${calm ? " calm" : ""}${unheard ? " unheard" : ""}${tool === "hand" ? " hand" : ""}`} ref={frame} data-zoom="near"
      onPointerDown={(event) => {
        pressed.current = onPlane(canvas, { x: event.clientX, y: event.clientY });
      }}
      onPointerMove={(event) => {
        notePointer({ x: event.clientX, y: event.clientY });
        frameCards();
        if (afar && (event.buttons === 0 || ui.get().wiring !== null)) distant?.wake(canvas, { x: event.clientX, y: event.clientY });
      }}
      onPointerLeave={() => notePointer(null)}
      onDoubleClick={(event) => {
        if (readOnly || !(event.target instanceof Element) || !event.target.classList.contains("react-flow__pane")) return;
        const screen = { x: event.clientX, y: event.clientY };
        ui.patch({ menu: { kind: "add", screen, at: onPlane(canvas, screen), end: null, onto: null } });
      }}
      onWheel={(event) => {
        if (event.ctrlKey || remembered("wheel") !== null) return;
        remember("wheel", wheel);
        ui.toast(t("The wheel moves the canvas; Ctrl and wheel zoom."), { action: { label: t("Let the wheel zoom"), perform: () => action("wheel").perform(canvas) } });
      }}
      onDragOver={(event) => event.preventDefault()}
      onDrop={onDrop}
    >
      <ReactFlow
        nodes={nodes} edges={edges} nodeTypes={NODE_TYPES} edgeTypes={EDGE_TYPES}
        onNodesChange={onNodesChange} onEdgesChange={onEdgesChange} {...dragging} {...connecting}
        onNodeClick={(event, node) => {
          if (node.type !== "group-box" || painted(event, "click") === null) connecting.onNodeClick(event, node);
        }}
        connectionLineComponent={WireDraft} connectionRadius={26} reconnectRadius={14}
        nodesConnectable={!fixed} edgesReconnectable={!fixed} connectOnClick={false}
        onInit={(instance) => {
          attachStage(canvas, instance);
          setReady(true);
        }}
        onSelectionStart={() => (corner.current = pressed.current)} onSelectionEnd={() => (corner.current = null)}
        onMoveStart={onMoveStart} onMove={onMove} onMoveEnd={(_, viewport) => {
          frame.current?.classList.remove("panning");
          if (seen) keepView(canvas, viewport);
        }}
        onNodeDoubleClick={(event, node) => {
          const source = doc.nodes.find((candidate) => candidate.id === node.id);
          const onTitle = event.target instanceof Element && event.target.closest("h3") !== null;
          const onControl = event.target instanceof Element && event.target.closest("input, textarea, select, button, a, video, audio, .node-tools") !== null;
          if (source && !readOnly && (onTitle || isNote(source))) ui.patch({ renaming: node.id });
          else if (!onControl) openNode(canvas, node.id);
        }}
        onNodeContextMenu={(event, node) => {
          const on = node.type === "group-box" ? painted(event, "menu") : null;
          if (on === null && !ui.get().nodes.has(node.id)) ui.select([node.id]);
          openMenu(event, on ?? "node");
        }}
        onEdgeContextMenu={(event, edge) => {
          ui.select([], [edge.id]);
          openMenu(event, "edge");
        }}
        onPaneContextMenu={(event) => openMenu(event, painted(event, "menu") ?? "pane")}
        onSelectionContextMenu={(event) => openMenu(event, "node")}
        onEdgeDoubleClick={(event, edge) => {
          if (!readOnly) reroute(canvas, edge.id, onPlane(canvas, { x: event.clientX, y: event.clientY }));
        }}
        onEdgeClick={(event, edge) => {
          if (event.altKey && !readOnly) document.edit(t("Cut wire"), remove(new Set(), new Set([edge.id])));
        }}
        onPaneClick={(event) => {
          if (painted(event, "click") !== null) return;
          ui.patch({ menu: null, wiring: null, ...(isPhone() ? { inspector: false } : {}) });
        }}
        minZoom={0.05} maxZoom={2}
        panOnDrag={TOUCH || tool === "hand" ? MIDDLE_AND_LEFT : MIDDLE}
        selectionOnDrag={!TOUCH && tool === "select"} selectionMode={SelectionMode.Partial}
        panActivationKeyCode="Space" multiSelectionKeyCode={ADD_KEYS} deleteKeyCode={null}
        panOnScroll={wheel === "pan"} zoomOnScroll={wheel === "zoom"} zoomOnDoubleClick={false}
        onlyRenderVisibleElements={large && !afar} disableKeyboardA11y nodesFocusable={false} edgesFocusable={false}
        elevateNodesOnSelect proOptions={HIDE_CREDIT}
      >
        <Dots />
        {afar && distant && <distant.Afar doc={doc} flow={flow} selected={selectedNodes} moving={moving} tiny={zoomBand === "tiny"} />}
        {parts && <parts.Guides />}
        {met && parts && <parts.Cursors />}
        {mapped && parts && <parts.StageMap doc={doc} moving={moving} sizes={sizes} outline={outline} />}
      </ReactFlow>
    </div>
  );
}
