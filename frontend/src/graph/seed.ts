import type { NodeKind, Param } from "./catalog";

/** The highest seed where a node says none. */
const MOST = 2 ** 31 - 1;

/** The setting that is a seed: without a value each making takes another. */
export function seedOf({ params }: NodeKind): Param | undefined {
  return params.find(({ id, type, nullable }) => id === "seed" && type === "int" && nullable);
}

/** A seed by chance that the setting takes, and that every program can write exactly; `chance` is from 0 up to 1. */
export function someSeed({ min, max }: Pick<Param, "min" | "max">, chance: number): number {
  const least = min ?? 0;
  return least + Math.floor(chance * (Math.min(max ?? MOST, MOST) - least + 1));
}
