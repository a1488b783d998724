import type { Catalog } from "./catalog";
import { groupName, membersOf } from "./changes";
import { asText } from "./json";
import { kindOf } from "./ports";
import { labelOf } from "./problems";
import { pointsOf } from "./reroute";
import { storedSize } from "./stored-size";
import { counted } from "../language/speak";
import { isGroup, isNote, nodesById } from "./types";
import type { Doc, Point, Size } from "./types";

const CARD: Size = { width: 280, height: 160 };
const AIR = 60;

const INKS: Readonly<Record<string, string>> = {
  input: "#5fd38d", generate: "#5aa9ff", edit: "#ffa657", upscale: "#4cc9c0", background: "#c9ced8", video: "#a583ff", audio: "#ffa657",
  llm: "#5fd38d", logic: "#e6c84f", utility: "#8b93a3", output: "#4cc9c0",
};

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** The graph as a picture that stands alone: cards with their names, wires with their dots, notes and groups. */
export function pictureOf(doc: Doc, catalog: Catalog, sizes: ReadonlyMap<string, Size>): string {
  const nodes = nodesById(doc.nodes);
  const size = (id: string): Size => {
    const node = nodes.get(id);
    return node && isGroup(node) ? storedSize(node) : sizes.get(id) ?? CARD;
  };
  const boxes = doc.nodes.map(({ id, position }) => ({ x: position.x, y: position.y, ...size(id) }));
  const left = Math.min(0, ...boxes.map(({ x }) => x)) - AIR;
  const top = Math.min(0, ...boxes.map(({ y }) => y)) - AIR;
  const width = Math.max(CARD.width, ...boxes.map((box) => box.x + box.width)) + AIR - left;
  const height = Math.max(CARD.height, ...boxes.map((box) => box.y + box.height)) + AIR - top;
  const wires = doc.edges.flatMap((edge) => {
    const [from, to] = [nodes.get(edge.source), nodes.get(edge.target)];
    if (!from || !to) return [];
    const stops: readonly Point[] = [
      { x: from.position.x + size(from.id).width, y: from.position.y + size(from.id).height / 2 }, ...pointsOf(edge),
      { x: to.position.x, y: to.position.y + size(to.id).height / 2 },
    ];
    const path = stops.map(({ x, y }, i) => {
      const before = stops[i - 1];
      return before ? `C${(before.x + x) / 2},${before.y} ${(before.x + x) / 2},${y} ${x},${y}` : `M${x},${y}`;
    });
    return `<path d="${path.join(" ")}" fill="none" stroke="${INKS[kindOf(catalog, from)?.category ?? ""] ?? "#8b93a3"}" stroke-width="2.5"/>`;
  });
  const cards = doc.nodes.map((node) => {
    const { width: w, height: h } = size(node.id);
    const { x, y } = node.position;
    const folded = isGroup(node) && node.data.collapsed === true;
    const own = isGroup(node) ? asText(node.data.color, "#5aa9ff") : "";
    const ink = (/^#[0-9a-f]{6}$/i.test(own) ? own : INKS[kindOf(catalog, node)?.category ?? ""]) ?? "#8b93a3";
    const name = isGroup(node) ? groupName(node) : isNote(node) ? asText(node.data.text) : labelOf(node, catalog);
    const fill = isGroup(node) && !folded ? "none" : isNote(node) ? "#3a3416" : "#181b21";
    const title = name.length > 34 ? `${name.slice(0, 32)}…` : name;
    return `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="12" fill="${fill}" stroke="${ink}" stroke-width="1.5"/>`
      + `<text x="${x + 14}" y="${y + 27}" fill="#e9ecf2" font-family="system-ui, sans-serif" font-size="15" font-weight="600">${escaped(title)}</text>`
      + (folded ? `<text x="${x + 14}" y="${y + 50}" fill="#9aa1ae" font-family="system-ui, sans-serif" font-size="13">${escaped(counted(membersOf(node).length, "{count} node", "{count} nodes"))}</text>` : "");
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${left} ${top} ${width} ${height}">`
    + `<rect x="${left}" y="${top}" width="${width}" height="${height}" fill="#0e1014"/>${[...wires, ...cards].join("")}</svg>`;
}
