import type { Look } from "../nodes/Painted";
import type { Box } from "../graph/place";
import type { Point } from "../graph/types";

/** A card or a wire as it is drawn on the sheet, in places of the plane. */
export interface DrawnCard extends Box {
  readonly id: string;
  readonly look: Look;
}

export interface DrawnWire {
  readonly id: string;
  readonly path: string;
  readonly className: string;
  readonly wide: boolean;
  readonly broken: boolean;
  /** The sign of its type, which stands at its ends. */
  readonly sign: string;
  readonly ends: readonly Point[];
}

/** As in card.css: where the picture of a card begins. */
const HEAD = 42;
const ROUND = 12;
/** Letters smaller than so many pixels are a grey line. */
const LEGIBLE = 5;
const SIGN = 30;
/** The grid that signs of types are drawn on. */
const SHAPE = 14;

const RINGS: Readonly<Record<string, string>> = {
  running: "--running", waiting: "--waiting", done: "--done", cached: "--done", failed: "--failed", hand: "--hand", partial: "--stale", stale: "--stale",
};
const FATES: Readonly<Record<string, string>> = { run: "--running", cached: "--done", blocked: "--failed" };

/** Colours as the style sheets have them; `light-dark()` and mixtures are left to the browser. */
export function createInks(probe: HTMLElement) {
  const known = new Map<string, string>();
  return {
    ink: (colour: string, className = "") => {
      const key = `${className} ${colour}`;
      const found = known.get(key);
      if (found !== undefined) return found;
      probe.className = className;
      probe.style.color = colour;
      const read = getComputedStyle(probe).color;
      known.set(key, read);
      return read;
    },
  };
}

export type Inks = ReturnType<typeof createInks>;

/** Pictures made small once, so that drawing hundreds of them is quick. */
export function createPictures(onReady: () => void) {
  const ready = new Map<string, ImageBitmap | null>();
  return (url: string): ImageBitmap | null => {
    const found = ready.get(url);
    if (found !== undefined || url === "") return found ?? null;
    ready.set(url, null);
    const image = new Image();
    image.src = url;
    void image.decode()
      .then(() => createImageBitmap(image, { resizeWidth: Math.min(192, image.naturalWidth), resizeQuality: "medium" }))
      .then((small) => {
        ready.set(url, small);
        onReady();
      })
      .catch(() => undefined); // it stays empty, as a picture on a card that does not arrive
    return null;
  };
}

interface Sheet {
  readonly pen: CanvasRenderingContext2D;
  readonly zoom: number;
  readonly tiny: boolean;
  readonly inks: Inks;
  readonly picture: (url: string) => ImageBitmap | null;
}

export function drawWires({ pen, inks }: Pick<Sheet, "pen" | "inks">, wires: readonly DrawnWire[]): void {
  for (const { path, className, wide, broken } of wires) {
    pen.strokeStyle = inks.ink(broken ? "var(--failed)" : "var(--t)", className);
    pen.lineWidth = wide ? 3.5 : 2;
    pen.setLineDash(broken ? [6, 5] : []);
    pen.stroke(new Path2D(path));
  }
  pen.setLineDash([]);
}

/** The handles that wires hang on, over the edges of their cards; from further they cannot be seen. */
export function drawEnds({ pen, inks, tiny }: Pick<Sheet, "pen" | "inks" | "tiny">, wires: readonly DrawnWire[]): void {
  if (tiny) return;
  const signs = new Map<string, Path2D>();
  for (const { className, broken, sign, ends } of wires) {
    const outline = signs.get(sign) ?? new Path2D(sign);
    signs.set(sign, outline);
    pen.fillStyle = inks.ink(broken ? "var(--failed)" : "var(--t)", className);
    for (const { x, y } of ends) {
      pen.translate(x - SHAPE / 2, y - SHAPE / 2);
      pen.fill(outline);
      pen.translate(SHAPE / 2 - x, SHAPE / 2 - y);
    }
  }
}

export function drawCard(sheet: Sheet, { x, y, width, height, look }: DrawnCard): void {
  const { pen, zoom, tiny, inks } = sheet;
  const category = `var(--category-${look.category}, var(--failed))`;
  const ring = RINGS[look.tone] === undefined ? "" : inks.ink(`var(${RINGS[look.tone] ?? ""})`);
  pen.globalAlpha = look.faint ? 0.5 : 1;
  pen.beginPath();
  pen.roundRect(x, y, width, height, ROUND);
  pen.fillStyle = inks.ink(tiny ? `color-mix(in srgb, ${category} 24%, var(--surface))` : "var(--surface)");
  pen.fill();
  if (!tiny) drawPicture(sheet, { x: x + 1, y: y + HEAD, width: width - 2, height: height - HEAD - 1 }, look.picture);
  pen.beginPath();
  pen.roundRect(x, y, width, height, ROUND);
  pen.strokeStyle = ring || inks.ink(tiny ? category : "var(--line)");
  pen.lineWidth = ring ? 7 : Math.max(1, 1 / zoom);
  pen.stroke();
  if (!tiny) {
    pen.fillStyle = inks.ink(category);
    pen.fillRect(x + ROUND / 2, y, width - ROUND, 3);
  }
  drawTitle(sheet, { x, y, width, height }, look.title);
  const fate = FATES[look.fate];
  if (fate) {
    pen.fillStyle = inks.ink(`var(${fate})`);
    pen.fillRect(x, y + height + 1, width, 8);
  }
  if (look.part !== null) {
    pen.fillStyle = inks.ink("var(--running)");
    pen.fillRect(x, y + 40, width * (look.part / 100), 10);
  }
  if (ring) {
    pen.fillStyle = ring;
    pen.beginPath();
    pen.arc(x + width - 8, y + 8, SIGN, 0, 2 * Math.PI);
    pen.fill();
    drawSign(pen, look.tone, x + width - 8, y + 8, inks.ink("var(--surface)"));
  }
  if (look.selected) {
    pen.strokeStyle = inks.ink("var(--accent)");
    pen.lineWidth = 5;
    pen.strokeRect(x - 10, y - 10, width + 20, height + 20);
  }
  pen.globalAlpha = 1;
}

/** The signs of badges, so that they can be told apart without colours too. */
const SIGNS: Readonly<Record<string, string>> = {
  done: "M-12 1 L-4 9 L12 -8", cached: "M3 -14 L-8 2 L0 2 L-3 14 L8 -3 L0 -3 Z", failed: "M0 -12 V3 M0 10 V12", hand: "M-10 0 H10 M0 -10 V10",
  waiting: "M0 -10 V0 L7 5", partial: "M-10 0 H10", stale: "M0 -10 V0 L7 5", running: "M-5 -9 L10 0 L-5 9 Z",
};

function drawSign(pen: CanvasRenderingContext2D, tone: string, x: number, y: number, colour: string): void {
  pen.save();
  pen.translate(x, y);
  pen.strokeStyle = colour;
  pen.lineWidth = 5;
  pen.lineCap = "round";
  pen.lineJoin = "round";
  pen.stroke(new Path2D(SIGNS[tone] ?? ""));
  pen.restore();
}

function drawPicture({ pen, picture }: Sheet, room: Box, url: string): void {
  const small = picture(url);
  if (small === null) return;
  const by = Math.min(room.width / small.width, room.height / small.height);
  pen.drawImage(small, room.x + (room.width - small.width * by) / 2, room.y, small.width * by, small.height * by);
}

/** Titles of blocks stand in their middle in lines, those of cards in one line above the picture. */
function drawTitle({ pen, zoom, tiny, inks }: Sheet, { x, y, width, height }: Box, title: string): void {
  const size = tiny ? 38 : 27;
  pen.fillStyle = inks.ink("var(--text)");
  if (size * zoom < LEGIBLE) {
    pen.globalAlpha *= 0.35;
    pen.fillRect(x + 20, y + 20, Math.min(width - 40, title.length * 18), 22);
    pen.globalAlpha /= 0.35;
    return;
  }
  pen.font = ["600", `${size}px`, FONT].join(" ");
  pen.textBaseline = "top";
  const lines = tiny ? inLines(pen, title, width - 24, Math.floor((height - 16) / (size * 1.15))) : [title];
  lines.forEach((line, i) => pen.fillText(fitted(pen, line, width - 24), x + 12, y + (tiny ? 10 : 11) + i * size * 1.15));
}

const FONT = typeof document === "undefined" ? "sans-serif" : getComputedStyle(document.body).fontFamily;

function fitted(pen: CanvasRenderingContext2D, text: string, width: number): string {
  if (pen.measureText(text).width <= width) return text;
  let end = text.length;
  while (end > 1 && pen.measureText(`${text.slice(0, end)}…`).width > width) end--;
  return `${text.slice(0, end)}…`;
}

function inLines(pen: CanvasRenderingContext2D, text: string, width: number, most: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && pen.measureText(`${last} ${word}`).width <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.slice(0, Math.max(1, most));
}
