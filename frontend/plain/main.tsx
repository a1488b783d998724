/** React Flow alone with as many nodes, wires and pictures as the canvas: what `bin/bench canvas` holds the canvas against. */
import { Handle, Position, ReactFlow } from "@xyflow/react";
import type { Edge, Node, NodeProps, ReactFlowInstance } from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { memo, useCallback } from "react";
import { createRoot } from "react-dom/client";

type PlainNode = Node<{ readonly title: string; readonly picture: string; readonly progress: number | null }>;

interface Graph {
  readonly nodes: PlainNode[];
  readonly edges: Edge[];
}

declare global {
  interface Window {
    /** For the bench: look at the graph from so near, and say how far nodes have come. */
    plain: {
      readonly look: (x: number, y: number, zoom: number) => void;
      readonly tell: (ids: readonly string[], progress: number) => void;
    };
  }
}

const Plain = memo(function Plain({ data }: NodeProps<PlainNode>) {
  return (
    <div className="plain">
      <Handle type="target" id="in-a" position={Position.Left} style={{ top: 60 }} />
      <Handle type="target" id="in-b" position={Position.Left} style={{ top: 90 }} />
      <h3>{data.title}</h3>
      {data.progress !== null && <progress value={data.progress} max={100} />}
      <img src={data.picture} alt="" draggable={false} decoding="async" />
      <input className="nodrag" defaultValue={data.title} aria-label="Prompt" />
      <Handle type="source" id="out" position={Position.Right} />
    </div>
  );
});

const TYPES = { plain: Plain };
const MIDDLE = [1];

function Page({ graph }: { readonly graph: Graph }) {
  const ready = useCallback((flow: ReactFlowInstance<PlainNode>) => {
    window.plain = {
      look: (x, y, zoom) => void flow.setViewport({ x, y, zoom }),
      tell: (ids, progress) => {
        const meant = new Set(ids);
        flow.setNodes((nodes) => nodes.map((node) => (meant.has(node.id) ? { ...node, data: { ...node.data, progress } } : node)));
      },
    };
  }, []);
  return (
    <ReactFlow
      defaultNodes={graph.nodes} defaultEdges={graph.edges} nodeTypes={TYPES} onInit={ready}
      panOnDrag={MIDDLE} selectionOnDrag onlyRenderVisibleElements minZoom={0.05} defaultViewport={{ x: 40, y: 40, zoom: 0.5 }}
    />
  );
}

const place = document.getElementById("root");
if (place) {
  const answer = await fetch("graph.json");
  createRoot(place).render(<Page graph={(await answer.json()) as Graph} />);
}
