/**
 * Stands in for d3-color, which d3-transition asks whether a text is a colour. The canvas moves its view with it and
 * no colours, so the answer is always no, and 4 kB less travel to the browser.
 */
export function color(): null {
  return null;
}

export { color as cubehelix, color as hcl, color as hsl, color as lab, color as rgb };
