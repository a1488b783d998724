/**
 * Stands in for d3-interpolate, of which React Flow and d3-zoom use one thing: the way between two views, each the middle
 * of what is seen and its width. On a straight one the point under the pointer stays where it is while the view zooms.
 * The rest, with the colours it can mix, would be 7 kB more for the browser to load.
 */
export function interpolate(from: readonly number[], to: readonly number[]): (part: number) => readonly number[] {
  return (part) => from.map((start, i) => start + ((to[i] ?? start) - start) * part);
}

export { interpolate as interpolateZoom };
