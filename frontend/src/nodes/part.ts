/** How far a node is whose runs these are, in hundredths; null where nobody knows. */
export function partOf(running: readonly { readonly progress: number | null }[]): number | null {
  const known = running.flatMap(({ progress }) => progress ?? []);
  return known.length === 0 ? null : known.reduce((sum, progress) => sum + progress, 0) / running.length;
}
