import { asObject, isObject } from "./json";

/** What the file of a picture says of the workflow that made it. */
export interface Brought {
  /** Ids on the server that made it; empty where the file names none. */
  readonly workflow: string;
  readonly version: number;
  /** A workflow as JSON, ours or ComfyUI's; empty where the file holds none. */
  readonly graph: string;
}

/** Of a graph no more is unpacked, in bytes. */
const MOST = 8_000_000;
const NAMESPACE = "urn:wireflow-ui:provenance:1";
const latin = new TextDecoder("latin1");
const utf8 = new TextDecoder();

/**
 * Reads the XMP packet of a PNG, JPEG or WEBP that this program gave out (`providers/local/provenance.py`), and the texts
 * "workflow" and "prompt" that ComfyUI writes into a PNG. Null for a picture that says nothing; a broken file says nothing.
 */
export async function readBrought(file: Blob): Promise<Brought | null> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const texts = textsOf(bytes);
  const xmp = texts.get("xmp") ?? "";
  if (xmp.includes(NAMESPACE)) {
    const graph = await unpacked(attribute(xmp, "graph"));
    const workflow = attribute(xmp, "workflow");
    return graph === "" && workflow === "" ? null : { workflow, version: Number(attribute(xmp, "version")), graph };
  }
  const graph = [texts.get("workflow"), texts.get("prompt")].find((text) => text !== undefined && isGraph(text));
  return graph === undefined ? null : { workflow: "", version: 0, graph };
}

function isGraph(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && (Array.isArray(value.nodes) || Object.values(value).some((node) => typeof asObject(node).class_type === "string"));
  } catch {
    return false;
  }
}

function attribute(xmp: string, name: string): string {
  return new RegExp(`wireflow:${name}="([^"]*)"`).exec(xmp)?.[1] ?? "";
}

/** The JSON that was packed with zlib and written as base64; empty for none, and for what is broken or too much. */
async function unpacked(base64: string): Promise<string> {
  if (base64 === "") return "";
  try {
    const packed = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    let size = 0;
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      size += next.value.length;
      if (size > MOST) return "";
      pieces.push(next.value);
    }
    return await new Blob(pieces).text();
  } catch (error) {
    if (error instanceof TypeError || error instanceof DOMException) return ""; // no base64, or no zlib
    throw error;
  }
}

/** The texts of a file by their names, "xmp" for the packet of XMP. */
function textsOf(bytes: Uint8Array): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const at = (from: number, length: number) => latin.decode(bytes.subarray(from, from + length));
  if (at(1, 3) === "PNG") readPng(bytes, view, at, texts);
  else if (bytes[0] === 0xff && bytes[1] === 0xd8) readJpeg(bytes, view, at, texts);
  else if (at(0, 4) === "RIFF" && at(8, 4) === "WEBP") readWebp(bytes, view, at, texts);
  return texts;
}

type Read = (bytes: Uint8Array, view: DataView, at: (from: number, length: number) => string, texts: Map<string, string>) => void;

const readPng: Read = (bytes, view, at, texts) => {
  for (let from = 8; from + 12 <= bytes.length; from += 12 + view.getUint32(from)) {
    const kind = at(from + 4, 4);
    if (kind !== "tEXt" && kind !== "iTXt") continue;
    const content = bytes.subarray(from + 8, from + 8 + view.getUint32(from));
    const end = content.indexOf(0);
    const name = latin.decode(content.subarray(0, end));
    if (kind === "tEXt") texts.set(name, latin.decode(content.subarray(end + 1)));
    else if (content[end + 1] === 0) {
      const language = content.indexOf(0, end + 3); // after the two bytes about compression
      texts.set(name === "XML:com.adobe.xmp" ? "xmp" : name, utf8.decode(content.subarray(content.indexOf(0, language + 1) + 1)));
    }
  }
};

const OF_JPEG = "http://ns.adobe.com/xap/1.0/\0";

const readJpeg: Read = (bytes, view, at, texts) => {
  for (let from = 2; from + 4 <= bytes.length && bytes[from] === 0xff && bytes[from + 1] !== 0xda; from += 2 + view.getUint16(from + 2)) {
    if (bytes[from + 1] !== 0xe1 || at(from + 4, OF_JPEG.length) !== OF_JPEG) continue;
    texts.set("xmp", utf8.decode(bytes.subarray(from + 4 + OF_JPEG.length, from + 2 + view.getUint16(from + 2))));
  }
};

const readWebp: Read = (bytes, view, at, texts) => {
  for (let from = 12; from + 8 <= bytes.length; from += 8 + view.getUint32(from + 4, true) + (view.getUint32(from + 4, true) % 2)) {
    if (at(from, 4) === "XMP ") texts.set("xmp", utf8.decode(bytes.subarray(from + 8, from + 8 + view.getUint32(from + 4, true))));
  }
};
