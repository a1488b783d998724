import type { Catalog, Param } from "./catalog";
import { isShown } from "./params";
import { kindOf } from "./ports";
import type { GraphNode } from "./types";

/** The settings that all of these nodes have and show, in the words of the first. */
export function sharedParams(catalog: Catalog, nodes: readonly GraphNode[]): readonly Param[] {
  const shown = nodes.map((node) => {
    const kind = kindOf(catalog, node);
    return new Map((kind?.params ?? []).filter((param) => kind && isShown(kind, param, node)).map((param) => [param.id, param]));
  });
  const [first, ...others] = shown;
  return [...(first?.values() ?? [])].filter((param) => others.every((own) => own.get(param.id)?.type === param.type));
}
