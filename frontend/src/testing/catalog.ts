import { readFileSync } from "node:fs";

import { parseCatalog } from "../api/catalog";
import { asList, asObject } from "../graph/json";
import type { Json } from "../graph/json";
import type { GraphEdge, GraphNode } from "../graph/types";

const file = asObject(JSON.parse(readFileSync(new URL("../../../providers/catalog.json", import.meta.url), "utf8")));

const answer = { types: asList(file.node_types).map(asObject), accepts: asObject(asObject(file.handle_compat).accepts), categories: asList(file.categories) };

/** The real catalog, as the server gives it to the canvas. */
export const catalog = parseCatalog(answer);

/** All words that the canvas says of it. */
export const spoken: ReadonlySet<string> = listen();

function listen(): ReadonlySet<string> {
  const heard = new Set<string>();
  parseCatalog(answer, (english) => {
    if (/\p{L}/u.test(english)) heard.add(english);
    return english;
  });
  return heard;
}

export function node(id: string, nodeType: string, params: Readonly<Record<string, Json>> = {}, x = 0, y = 0): GraphNode {
  return { id, type: "basedNode", position: { x, y }, data: { nodeType, params } };
}

/** A wire written as "a.out-image > b.in-image". */
export function edge(text: string): GraphEdge {
  const [, source = "", sourceHandle = "", target = "", targetHandle = ""] = /^(\S+)\.(\S+) > (\S+)\.(\S+)$/.exec(text) ?? [];
  return { id: text, source, sourceHandle, target, targetHandle };
}
