import { written } from "./json";
import type { Catalog, HandleType, NodeKind } from "./catalog";
import { inWords } from "./connect";

/** What people call things, beside the names in the catalog. */
const SYNONYMS: readonly (readonly [string, RegExp])[] = [
  ["bg removal remove background cutout cut out transparent", /^background:/],
  ["prompt string note write", /^input:text$/],
  ["photo picture upload file import load image video audio", /^input:image$/],
  ["csv spreadsheet rows excel batch", /^input:table$/],
  ["photo picture txt2img text to image draw create", /^generate:/],
  ["img2img change retouch inpaint modify", /^edit:/],
  ["enlarge hd sharpen resolution bigger enhance", /^upscale:/],
  ["movie clip animate animation img2vid", /^video:/],
  ["voice speak narration tts speech", /tts|speech/],
  ["song soundtrack music", /music|suno|stable_audio/],
  ["transcribe stt captions speech to text", /whisper|stt/],
  ["chatgpt gpt gemini ai chat write text model", /^llm:/],
  ["loop foreach map batch fan out iterator repeat", /iterate/],
  ["gather join fan in reduce", /collect|merge/],
  ["condition branch else when", /logic:if|switch/],
  ["human review check approve", /approval/],
  ["concat combine join prompts", /prompt_concat/],
  ["variables format string", /prompt_template/],
  ["scale size dimensions shrink", /image_resize/],
  ["crop cut aspect social", /image_crop|image_resize/],
  ["watermark overlay caption title", /text_overlay|image_composite/],
  ["contact sheet collage mosaic", /image_grid/],
  ["result show save download output view", /output:preview/],
  ["comment sticky annotation", /sticky_note/],
  ["random", /seed/],
];

/** The words a node type can be found by, strongest first. */
export interface Entry {
  readonly kind: NodeKind;
  readonly title: string;
  readonly words: readonly (readonly [string, number])[];
}

const indexed = new WeakMap<Catalog, readonly Entry[]>();

/** All of a catalog, made once. */
export function entriesOf(catalog: Catalog): readonly Entry[] {
  const entries = indexed.get(catalog) ?? indexKinds(catalog.kinds.values());
  indexed.set(catalog, entries);
  return entries;
}

/** What flows in or out there, in the words of the wire and of the person. */
function typesOf(ports: readonly { readonly type: HandleType }[]): string {
  return [...new Set(ports.map(({ type }) => type))].map((type) => `${type} ${inWords(type)}`).join(" ").toLowerCase();
}

/** The models that can be chosen in it. */
function modelsOf({ params }: NodeKind): readonly string[] {
  return params.filter(({ id }) => id === "model").flatMap(({ values }) => values.map(written));
}

export function indexKinds(kinds: Iterable<NodeKind>): readonly Entry[] {
  return [...kinds].map((kind) => {
    const synonyms = SYNONYMS.filter(([, name]) => name.test(kind.name)).map(([words]) => words).join(" ");
    return {
      kind,
      title: kind.title.toLowerCase(),
      words: [
        [kind.title.toLowerCase(), 100],
        [kind.english.toLowerCase(), 90],
        [kind.name.replace(/[:_]/g, " ").toLowerCase(), 60],
        [kind.aliases.join(" ").replace(/[:_]/g, " ").toLowerCase(), 40],
        [synonyms, 45],
        [kind.category, 35],
        [typesOf(kind.outputs), 34],
        [[...kind.servedBy, ...modelsOf(kind)].join(" ").toLowerCase(), 33],
        [typesOf(kind.inputs), 24],
        [kind.summary.toLowerCase(), 15],
      ],
    };
  });
}

/** How well a text answers a word: whole word, beginning of a word, part, letters in order; 0 for not at all. */
export function matches(text: string, word: string): number {
  const at = text.indexOf(word);
  if (at === 0) return text.length === word.length ? 1.2 : 1;
  if (at > 0) return /[^a-z0-9]/.test(text.charAt(at - 1)) ? 0.9 : 0.55;
  return word.length >= 3 && lettersInOrder(text, word) ? 0.2 : 0;
}

function lettersInOrder(text: string, word: string): boolean {
  let at = text.indexOf(word.charAt(0));
  const start = at;
  for (const letter of word) {
    at = text.indexOf(letter, at);
    if (at < 0) return false;
    at++;
  }
  return at - start <= word.length * 2;
}

/** The entries that answer every word of the question, best first; all of them for an empty question. */
export function search(entries: readonly Entry[], question: string): readonly NodeKind[] {
  const words = question.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return entries.map((entry) => entry.kind);
  const found = entries.flatMap((entry) => {
    let score = 0;
    for (const word of words) {
      const best = Math.max(...entry.words.map(([text, weight], i) => weight * (i < 3 ? matches(text, word) : Math.max(0, matches(text, word) - 0.2))));
      if (best <= 0) return [];
      score += best;
    }
    if (entry.kind.status !== "") score *= 0.5;
    if (!entry.kind.runnable) score *= 0.7;
    return { kind: entry.kind, score: score - entry.title.length / 100 };
  });
  return found.sort((a, b) => b.score - a.score).map((item) => item.kind);
}
