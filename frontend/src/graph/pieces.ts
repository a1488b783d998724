import { grouped } from "./grouped";
import type { Changes, Part, Setting } from "./merge";

/** As small a part of changes as can be sent by itself. */
export interface Piece {
  /** What is changed, whatever it becomes. */
  readonly key: string;
  /** What it becomes. */
  readonly aim: string;
  readonly nodeId: string;
  /** The setting of the node; empty where it is about all of it. */
  readonly setting: string;
  /** Keys of pieces that must be there first. */
  readonly needs: readonly string[];
  readonly changes: Changes;
}

const keyOf = (...parts: readonly unknown[]) => JSON.stringify(parts);
const piece = (key: string, aim: unknown, changes: Changes, more: Partial<Piece> = {}): Piece => ({ key, aim: JSON.stringify(aim), nodeId: "", setting: "", needs: [], changes, ...more });

/** Changes taken apart, in an order in which they can be sent one after another: a wire after the nodes that it joins. */
export function piecesOf({ name, nodes = {}, edges = {} }: Changes): readonly Piece[] {
  const endsOf = (ids: readonly unknown[]) => ids.map((id) => keyOf("add", id));
  const isEnd = ({ path: [key] }: Setting) => key === "source" || key === "target";
  return [
    ...(name === undefined ? [] : [piece("name", name, { name })]),
    ...(edges.dropped ?? []).map((id) => piece(keyOf("cut", id), null, { edges: { dropped: [id] } })),
    ...(nodes.dropped ?? []).map((id) => piece(keyOf("drop", id), null, { nodes: { dropped: [id] } }, { nodeId: id })),
    ...(nodes.added ?? []).map((one) => piece(keyOf("add", one.item.id), one.item, { nodes: { added: [one] } }, { nodeId: one.item.id })),
    // A setting may be written down twice, in `params` and in `config`.
    ...Object.entries(nodes.changed ?? {}).flatMap(([id, all]) => [...grouped(all, ({ path }) => path.at(-1) ?? "")].map(([setting, settings]) =>
      piece(keyOf("set", id, setting), settings.map(({ value }) => [value]), { nodes: { changed: { [id]: settings } } }, { nodeId: id, setting }))),
    ...(edges.added ?? []).map((one) => piece(keyOf("wire", one.item.id), one.item, { edges: { added: [one] } }, { needs: endsOf([one.item.source, one.item.target]) })),
    // The end of a wire and its handle belong together.
    ...Object.entries(edges.changed ?? {}).map(([id, settings]) =>
      piece(keyOf("replug", id), settings.map(({ value }) => [value]), { edges: { changed: { [id]: settings } } }, { needs: endsOf(settings.filter(isEnd).map(({ value }) => value)) })),
  ];
}

/** Pieces as changes again. */
export function together(pieces: readonly Piece[]): Changes {
  return pieces.reduce<Changes>((all, { changes: { nodes, edges, ...name } }) => ({
    ...all, ...name,
    ...(nodes ? { nodes: joined(all.nodes, nodes) } : {}),
    ...(edges ? { edges: joined(all.edges, edges) } : {}),
  }), {});
}

function joined<T>(a: Part<T> = {}, b: Part<T>): Part<T> {
  const changed = { ...a.changed };
  for (const [id, settings] of Object.entries(b.changed ?? {})) changed[id] = [...(changed[id] ?? []), ...settings];
  return { dropped: [...(a.dropped ?? []), ...(b.dropped ?? [])], added: [...(a.added ?? []), ...(b.added ?? [])], changed };
}
