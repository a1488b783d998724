import { useEffect, useRef } from "react";
import { useUpdateNodeInternals } from "@xyflow/react";

import type { InputPort, NodeKind, OutputPort } from "../graph/catalog";
import { shapeKey } from "../graph/flow";
import type { Shape, Wire } from "../graph/flow";
import { declaredType, outputsOf } from "../graph/ports";
import type { Problem } from "../graph/problems";
import type { GraphNode } from "../graph/types";
import { t } from "../language/speak";
import { useDocument } from "../store/canvas";
import { Port } from "./Port";

interface Props {
  readonly node: GraphNode;
  readonly kind: NodeKind | null;
  readonly into: readonly Wire[];
  readonly from: readonly Wire[];
  readonly errors: readonly Problem[];
}

function sameShapes(a: readonly (Shape | null)[], b: readonly (Shape | null)[]): boolean {
  return a.length === b.length && a.every((shape, i) => shape?.type === b[i]?.type && shape?.list === b[i]?.list);
}

/** Inputs grown from wires: those of dynamic ports that the catalog does not list. */
function grownInputs(kind: NodeKind | null, into: readonly Wire[]): readonly InputPort[] {
  const grown = into.flatMap((wire) => (wire.inlet && !wire.param && !kind?.inputs.some((port) => port.id === wire.inlet?.id) ? wire.inlet : []));
  return grown.filter((port, i) => grown.findIndex((other) => other.id === port.id) === i);
}

/** Handles that wires name but the node does not have: kept and shown red. */
function strays(wires: readonly Wire[], side: "in" | "out"): readonly string[] {
  const handles = wires.flatMap((wire) => {
    const known = side === "in" ? wire.inlet : wire.outlet;
    return known ? [] : side === "in" ? wire.edge.targetHandle : wire.edge.sourceHandle;
  });
  return [...new Set(handles)];
}

/** Inputs at the left, outputs at the right, each row with its handles. */
export function PortRows({ node, kind, into, from, errors }: Props) {
  const outputs = kind ? outputsOf(kind, node) : [];
  const inputs = [...(kind?.inputs ?? []), ...grownInputs(kind, into)];
  const lostIn = strays(into, "in");
  const lostOut = strays(from, "out");
  const shapes = useDocument((state) => outputs.map((port) => state.flow.shapes.get(shapeKey(node.id, port.id)) ?? null), sameShapes);
  const update = useUpdateNodeInternals();
  const layout = [...inputs.map((port) => port.id), "|", ...outputs.map((port) => port.id), "|", ...lostIn, "|", ...lostOut].join(" ");
  const drawn = useRef(layout);
  useEffect(() => {
    if (drawn.current === layout) return; // the stage measures a new card by itself
    drawn.current = layout;
    update(node.id);
  }, [update, node.id, layout]);

  const rows = Math.max(inputs.length + lostIn.length, outputs.length + lostOut.length);
  if (rows === 0) return null;
  return (
    <div className="ports">
      <ul className="ports-in">
        {inputs.map((port) => <Input key={port.id} nodeId={node.id} port={port} into={into} missing={errors.some((problem) => problem.field === port.id)} />)}
        {lostIn.map((handle) => <Lost key={handle} nodeId={node.id} handle={handle} side="in" />)}
      </ul>
      <ul className="ports-out">
        {outputs.map((port, i) => (
          <Output key={port.id} nodeId={node.id} port={port} from={from} shape={shapes[i] ?? { type: kind ? declaredType(kind, node, port) : "ANY", list: port.multiple }} />
        ))}
        {lostOut.map((handle) => <Lost key={handle} nodeId={node.id} handle={handle} side="out" />)}
      </ul>
    </div>
  );
}

interface InputProps {
  readonly nodeId: string;
  readonly port: InputPort;
  readonly into: readonly Wire[];
  readonly missing: boolean;
}

function Input({ nodeId, port, into, missing }: InputProps) {
  const wires = into.filter((wire) => wire.inlet?.id === port.id && wire.param === null);
  const count = port.multiple && wires.length > 1 ? ` ${wires.length}` : "";
  return (
    <li className={missing ? "wanting" : ""}>
      <Port
        nodeId={nodeId} side="in" id={`in-${port.id}`} label={port.label} type={port.type} role={port.role}
        list={port.multiple} required={port.required} taken={wires.length > 0} broken={wires.some((wire) => wire.broken !== "")}
      />
      <span className="port-label" title={port.note || port.label}>{port.label}{count && <b>{count}</b>}</span>
    </li>
  );
}

function Output({ nodeId, port, from, shape }: { readonly nodeId: string; readonly port: OutputPort; readonly from: readonly Wire[]; readonly shape: Shape }) {
  return (
    <li>
      <span className="port-label" title={port.label}>{port.label}</span>
      <Port
        nodeId={nodeId} side="out" id={`out-${port.id}`} label={port.label} type={shape.type} role={port.role}
        list={shape.list} taken={from.some((wire) => wire.outlet?.id === port.id)}
      />
    </li>
  );
}

function Lost({ nodeId, handle, side }: { readonly nodeId: string; readonly handle: string; readonly side: "in" | "out" }) {
  const label = handle.replace(/^(in|out)-/, "") || t("no name");
  return (
    <li className="lost">
      <Port nodeId={nodeId} side={side} id={handle} label={t("{label} (not a port of this node)", { label })} type="ANY" broken taken />
      <span className="port-label">{label}?</span>
    </li>
  );
}
