import { deflateSync } from "node:zlib";

import { expect, it } from "vitest";

import { readBrought } from "./brought";

const GRAPH = JSON.stringify({ name: "Fox – Füchse", nodes: [{ id: "t" }], edges: [] });
const COMFYUI = JSON.stringify({ 3: { class_type: "KSampler", inputs: {} } });

function xmp(graph: string): string {
  return `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description xmlns:wireflow="urn:wireflow-ui:provenance:1" wireflow:workflow="cmaaaaaaaa" wireflow:version="7" wireflow:graph="${graph}"/></x:xmpmeta>`;
}

const PACKED = xmp(deflateSync(Buffer.from(GRAPH)).toString("base64"));

function big(length: number): Buffer {
  const written = Buffer.alloc(4);
  written.writeUInt32BE(length);
  return written;
}

function png(...chunks: readonly (readonly [string, string])[]): Blob {
  const written = chunks.map(([kind, content]) => Buffer.concat([big(Buffer.byteLength(content)), Buffer.from(kind), Buffer.from(content), big(0)]));
  return new Blob([Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), ...written])]);
}

function jpeg(packet: string): Blob {
  const content = Buffer.from(`http://ns.adobe.com/xap/1.0/\0${packet}`);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(content.length + 2);
  return new Blob([Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, 0xe1]), length, content, Buffer.from([0xff, 0xda])])]);
}

function webp(packet: string): Blob {
  const chunk = (kind: string, content: Buffer) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(content.length);
    return Buffer.concat([Buffer.from(kind), size, content, Buffer.alloc(content.length % 2)]);
  };
  return new Blob([Buffer.concat([Buffer.from("RIFF\0\0\0\0WEBP"), chunk("VP8 ", Buffer.alloc(9)), chunk("XMP ", Buffer.from(packet))])]);
}

it.each([
  ["png", png(["IHDR", "x"], ["iTXt", `XML:com.adobe.xmp\0\0\0\0\0${PACKED}`])],
  ["jpeg", jpeg(PACKED)],
  ["webp", webp(PACKED)],
])("A %s brings the graph that made it", async (_, file) => {
  expect(await readBrought(file)).toEqual({ workflow: "cmaaaaaaaa", version: 7, graph: GRAPH });
});

it("What ComfyUI wrote into a picture is read, the graph with its places before the one for its API", async () => {
  expect(await readBrought(png(["tEXt", `prompt\0${COMFYUI}`]))).toEqual({ workflow: "", version: 0, graph: COMFYUI });
  const drawn = JSON.stringify({ nodes: [], links: [] });
  expect((await readBrought(png(["tEXt", `prompt\0${COMFYUI}`], ["tEXt", `workflow\0${drawn}`])))?.graph).toBe(drawn);
});

it.each([
  ["a picture that says nothing", png(["tEXt", "Software\0GIMP"])],
  ["another program's prompt", png(["tEXt", "prompt\0a red fox"])],
  ["no picture", new Blob(["hello"])],
  ["nothing", new Blob([])],
  ["a length beyond the end", new Blob([Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), big(0xffffffff), Buffer.from("tEXtprompt")])])],
])("%s brings none", async (_, file) => {
  expect(await readBrought(file)).toBeNull();
});

it("A graph that is no base64 is left out, and the ids stay", async () => {
  expect(await readBrought(png(["iTXt", `XML:com.adobe.xmp\0\0\0\0\0${xmp("%%%")}`]))).toEqual({ workflow: "cmaaaaaaaa", version: 7, graph: "" });
});
