import { useCallback, useState } from "react";

import { dragMedia, placeMedia } from "../actions/media-drag";
import { onPlane } from "../actions/pointer";
import { reveal } from "../actions/view";
import type { Wire } from "../api/call";
import { asObject } from "../graph/json";
import { readMedia } from "../graph/media";
import { t } from "../language/speak";
import { useCanvas } from "../store/canvas";
import { isPhone } from "../store/ui";
import { BesideFrame, useAsked } from "./BesideFrame";
import { look, Thumb } from "./Library";
import { stageMiddle } from "./Palette";

type Asset = Wire["Assets"]["data"][number];

const KINDS = [["", t("All")], ["image", t("Pictures")], ["video", t("Videos")], ["audio", t("Sounds")]] as const;

/** What the team uploaded and made; dragged onto the canvas or chosen, it becomes an input. */
export function Assets({ focus }: { readonly focus: boolean }) {
  const canvas = useCanvas();
  const { csrf, ui } = canvas;
  const [question, setQuestion] = useState("");
  const [kind, setKind] = useState<(typeof KINDS)[number][0]>("");
  const asked = useAsked(useCallback(() => look(csrf, kind, question, 0), [csrf, kind, question]), question !== "");
  const mediaOf = ({ value }: Asset) => readMedia(asObject(value));
  const place = (asset: Asset) => {
    const media = mediaOf(asset);
    const made = media && placeMedia(canvas, media, onPlane(canvas, stageMiddle()));
    if (!made) {
      ui.toast(t("{name}: pictures, videos and sounds can be put on the canvas.", { name: asset.filename }), { tone: "bad" });
      return;
    }
    reveal(canvas, made);
    if (isPhone()) ui.patch({ side: null });
  };
  const kinds = (
    <div className="parts" role="group" aria-label={t("Kind of file")}>
      {KINDS.map(([name, label]) => <button key={name} type="button" aria-pressed={kind === name} onClick={() => setKind(name)}>{label}</button>)}
    </div>
  );
  return (
    <BesideFrame label={t("Assets")} asked={asked} focus={focus} search={{ question, onChange: setQuestion, placeholder: t("Search assets") }} head={kinds} foot={<p className="beside-foot"><a href="/assets">{t("All assets")}</a></p>}>
      <ul className="library-grid">
        {asked.found?.data.map((asset) => (
          <li key={asset.id}>
            <button
              type="button" data-item draggable title={t("{name}: drag it onto the canvas, or click to add it", { name: asset.filename })} onClick={() => place(asset)}
              onDragStart={(event) => {
                const media = mediaOf(asset);
                if (media) dragMedia(event.dataTransfer, media);
              }}
            >
              <Thumb asset={asset} /><span>{asset.filename}</span>
            </button>
          </li>
        ))}
      </ul>
      {asked.found?.data.length === 0 && <p className="nothing">{question.trim() === "" ? t("Nothing here yet. Drop a file on the canvas, or run a workflow.") : t("Nothing of this name. Files are found by words in their names.")}</p>}
    </BesideFrame>
  );
}
