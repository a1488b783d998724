import { number, t } from "../language/speak";
import { asNumber, asObject, asText, isList, isObject } from "./json";
import type { Json, JsonObject } from "./json";
import type { HandleType } from "./catalog";

type MediaKind = "image" | "video" | "audio" | "file";

export interface Media {
  readonly kind: MediaKind;
  readonly url: string;
  /** Empty where it is not one of our own. */
  readonly assetId: string;
  readonly thumbnail: string;
  readonly contentType: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly seconds: number | null;
  readonly bytes: number | null;
}

/** What a file is called that nothing is drawn of: its kind and, where it is known, its size. */
export function fileLabel({ contentType, bytes }: Media): string {
  const [kind = ""] = /[a-z0-9]+$/i.exec(contentType) ?? [];
  const size = bytes === null ? "" : bytes < 1e6 ? ` · ${number(Math.max(1, Math.round(bytes / 1e3)))} kB` : ` · ${number(Math.round(bytes / 1e5) / 10)} MB`;
  return `${kind === "" ? t("File") : t("{kind} file", { kind: kind.toUpperCase() })}${size}`;
}

/** One thing a node made, ready to be shown. */
export type Shown =
  | { readonly kind: "media"; readonly media: Media }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "json"; readonly value: Json };

const ENDINGS: readonly (readonly [RegExp, MediaKind])[] = [
  [/\.(png|jpe?g|webp|gif|avif)$/i, "image"],
  [/\.(mp4|webm|mov)$/i, "video"],
  [/\.(mp3|wav|m4a|ogg)$/i, "audio"],
];

function mediaKind(contentType: string, url: string): MediaKind {
  const main = contentType.split("/")[0];
  if (main === "image" || main === "video" || main === "audio") return main;
  const path = url.split(/[?#]/)[0] ?? "";
  return ENDINGS.find(([ending]) => ending.test(path))?.[1] ?? "file";
}

function isAddress(text: string): boolean {
  return /^(https?:\/\/|\/media\/)\S+$/.test(text);
}

/** An asset as it stands in a parameter or an output; an address alone will do. Null for anything else. */
export function readMedia(value: Json | undefined): Media | null {
  if (typeof value === "string") return isAddress(value) ? mediaFrom({ url: value }) : null;
  return isObject(value) && typeof value.url === "string" ? mediaFrom(value) : null;
}

function mediaFrom(value: JsonObject): Media {
  const url = asText(value.url);
  const contentType = asText(value.contentType);
  return {
    kind: mediaKind(contentType, url),
    url,
    assetId: asText(value.assetId),
    thumbnail: asText(value.thumbnailUrl) || url,
    contentType,
    width: asNumber(value.width),
    height: asNumber(value.height),
    seconds: asNumber(value.seconds),
    bytes: asNumber(value.bytes),
  };
}

/** A value as the things it holds; with `asMedia` an address is a file. */
export function show(value: Json, asMedia: boolean): readonly Shown[] {
  if (value === null) return [];
  if (isList(value) && value.length > 0 && value.every((item) => readMedia(item) !== null)) {
    return value.flatMap((item) => show(item, true));
  }
  const media = typeof value === "string" && !asMedia ? null : readMedia(value);
  if (media) return [{ kind: "media", media }];
  if (typeof value === "object") return [{ kind: "json", value }];
  return [{ kind: "text", text: String(value) }];
}

const MEDIA_TYPES: ReadonlySet<HandleType> = new Set(["IMAGE", "VIDEO", "AUDIO", "FILE", "ANY"]);

/** The outputs of one node run by port, each as the things it holds. */
export function readOutput(
  output: Json, ports: readonly { readonly id: string; readonly type: HandleType; readonly multiple: boolean }[],
): readonly { readonly port: string; readonly items: readonly Shown[] }[] {
  const body = asObject(output);
  const named = ports.flatMap((port) => {
    const value = body[port.id];
    if (value === undefined || value === null) return [];
    const asMedia = MEDIA_TYPES.has(port.type);
    const items = port.multiple && isList(value) ? value.flatMap((item) => show(item, asMedia)) : show(value, asMedia);
    return items.length > 0 ? [{ port: port.id, items }] : [];
  });
  if (named.length > 0) return named;
  const rest = isObject(output) ? Object.entries(output).flatMap(([port, value]) => {
    const items = show(value, true);
    return items.length > 0 && port !== "url" ? [{ port, items }] : [];
  }) : show(output, true).map((item) => ({ port: "", items: [item] }));
  return rest;
}
