import { useEffect, useRef, useState } from "react";

import { explain } from "../actions/action";
import { kindTaken, putFile, uploadInto } from "../actions/files";
import { callWith } from "../api/call";
import type { Wire } from "../api/call";
import { setParam } from "../graph/changes";
import { isList, isObject } from "../graph/json";
import { readMedia } from "../graph/media";
import { effective } from "../graph/params";
import { kindOf } from "../graph/ports";
import { labelOf } from "../graph/problems";
import { t } from "../language/speak";
import { useCanvas, useDocument } from "../store/canvas";
import { Icon } from "./icons";
import { Overlay } from "./Overlay";

interface Props {
  readonly nodeId: string;
  readonly paramId: string;
}

type Asset = Wire["Assets"]["data"][number];

const PAGE = 40;
/** Milliseconds without a key before names are searched. */
const PAUSE = 200;
/** Pictures to try things with; drawn for this project. */
const SAMPLES = [
  { name: "bottle", title: t("A bottle") },
  { name: "shirt", title: t("A shirt") },
  { name: "room", title: t("An empty room") },
  { name: "lake", title: t("A lake") },
] as const;

/** Choose a file from what is there: what the team uploaded and made, or pictures to try things with. */
export function Library({ nodeId, paramId }: Props) {
  const canvas = useCanvas();
  const { catalog, csrf, document, ui } = canvas;
  const node = useDocument((state) => state.history.present.nodes.find(({ id }) => id === nodeId) ?? null);
  const kind = node ? kindOf(catalog, node) : null;
  const param = kind?.params.find(({ id }) => id === paramId);
  const media = param ? kindTaken(canvas, nodeId, param) : "";
  const [question, setQuestion] = useState("");
  const [found, setFound] = useState<{ readonly assets: readonly Asset[]; readonly next: number | null } | null>(null);
  const [part, setPart] = useState<"library" | "samples" | null>(null);
  const close = () => ui.patch({ choosing: null });

  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus({ preventScroll: true }), []);
  useEffect(() => {
    let stale = false;
    const timer = window.setTimeout(() => {
      look(csrf, media, question, 0)
        .then(({ data, nextOffset }) => !stale && setFound({ assets: data, next: nextOffset }))
        .catch((error: unknown) => explain(canvas, error));
    }, question === "" ? 0 : PAUSE);
    return () => {
      stale = true;
      window.clearTimeout(timer);
    };
  }, [canvas, csrf, media, question]);
  if (!node || !kind || !param) return null;

  const many = param.type === "asset_list";
  const value = effective(kind, param, node);
  const held = many ? (isList(value) ? value : []) : [value];
  const at = (asset: Asset) => held.findIndex((item) => readMedia(item)?.assetId === asset.id);
  const choose = (asset: Asset) => {
    if (many && at(asset) >= 0) document.edit(t("Remove file"), setParam(nodeId, param, held.toSpliced(at(asset), 1)));
    else if (isObject(asset.value)) putFile(canvas, nodeId, param, asset.value);
    if (!many) close();
  };
  const take = async (sample: (typeof SAMPLES)[number]) => {
    close();
    try {
      const answer = await fetch(`/static/img/samples/${sample.name}.webp`);
      if (!answer.ok) throw new TypeError(answer.statusText);
      await uploadInto(canvas, nodeId, param, new File([await answer.blob()], `${sample.title}.webp`, { type: "image/webp" }));
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // what fetch throws when nobody answers
      ui.toast(t("The sample did not arrive. Check the connection and try again."), { tone: "bad" });
    }
  };
  const more = (offset: number) => {
    look(csrf, media, question, offset)
      .then(({ data, nextOffset }) => setFound((now) => (now === found ? { assets: [...(now?.assets ?? []), ...data], next: nextOffset } : now))) // else of an older search
      .catch((error: unknown) => explain(canvas, error));
  };
  const withSamples = media === "image" || media === "";
  const empty = found?.assets.length === 0;
  const next = found?.next ?? null;
  // Who has nothing yet sees what there is to try.
  const samples = withSamples && (part === "samples" || (part === null && empty && question === ""));
  return (
    <Overlay label={t("{node}: choose from the library", { node: labelOf(node, catalog) })} onClose={close}>
      <div className="library">
        <div className="writing-head">
          <h2>{labelOf(node, catalog)} · {param.label}</h2>
          {withSamples && (
            <span className="parts" role="group" aria-label={t("Where from")}>
              <button type="button" aria-pressed={!samples} onClick={() => setPart("library")}>{t("Library")}</button>
              <button type="button" aria-pressed={samples} onClick={() => setPart("samples")}>{t("Samples")}</button>
            </span>
          )}
          <button type="button" className="quiet square" aria-label={t("Close")} title={t("Close (Esc)")} onClick={close}><Icon name="close" /></button>
        </div>
        {!samples && (
          <label className="search">
            <Icon name="search" size={15} />
            <input type="search" placeholder={t("Name of a file")} aria-label={t("Search the library")} value={question} maxLength={200} ref={field} onChange={(event) => setQuestion(event.target.value)} />
          </label>
        )}
        <ul className="library-grid" aria-busy={found === null}>
          {samples && SAMPLES.map((sample) => (
            <li key={sample.name}>
              <button type="button" onClick={() => void take(sample)}>
                <img src={`/static/img/samples/${sample.name}.webp`} alt="" loading="lazy" draggable={false} />
                <span>{sample.title}</span>
              </button>
            </li>
          ))}
          {!samples && found?.assets.map((asset) => (
            <li key={asset.id}>
              <button type="button" aria-pressed={at(asset) >= 0} title={asset.filename} onClick={() => choose(asset)}>
                <Thumb asset={asset} />
                <span>{asset.filename}</span>
              </button>
            </li>
          ))}
        </ul>
        {!samples && empty && (
          <p className="nothing">
            {question.trim() !== ""
              ? t("Nothing of this name. Files are found by words in their names.")
              : withSamples ? t("Nothing here yet. Drop a file on the node, or try one of the samples.") : t("Nothing here yet. Drop a file on the node.")}
          </p>
        )}
        <div className="library-foot">
          {!samples && next !== null && <button type="button" onClick={() => more(next)}>{t("Show more")}</button>}
          {many && <button type="button" className="primary" onClick={close}>{t("Done")}</button>}
        </div>
      </div>
    </Overlay>
  );
}

/** Files of one kind ("": of any) with these words in their names, newest first. */
export function look(csrf: string, kind: string, question: string, offset: number): Promise<Wire["Assets"]> {
  const query = { origin: "all", limit: PAGE, offset, q: question.trim() } as const;
  return callWith(csrf)("get", "/api/v1/media", { query: isMedia(kind) ? { ...query, kind } : query });
}

function isMedia(kind: string): kind is "image" | "video" | "audio" {
  return kind === "image" || kind === "video" || kind === "audio";
}

export function Thumb({ asset }: { readonly asset: Asset }) {
  if (asset.thumbnailUrl !== null) return <img src={asset.thumbnailUrl} alt="" loading="lazy" draggable={false} />;
  const main = asset.contentType.split("/")[0] ?? "";
  return <span className="library-file"><Icon name={main === "video" ? "video" : main === "audio" ? "audio" : "text"} size={28} /></span>;
}
