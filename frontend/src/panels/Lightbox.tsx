import { useEffect, useState } from "react";

import { copyForPeople } from "../actions/system-clipboard";
import type { Media } from "../graph/media";
import { t } from "../language/speak";
import { useCanvas } from "../store/canvas";
import { Compare } from "./Compare";
import { Icon } from "./icons";

interface Props {
  readonly items: readonly Media[];
  readonly index: number;
  readonly title: string;
}

/** A result in full size. Arrows go through the list; a click changes between fitting and 100 %. */
export function Lightbox({ items, index, title }: Props) {
  const canvas = useCanvas();
  const { ui } = canvas;
  const [full, setFull] = useState(false);
  const [comparing, setComparing] = useState(false);
  const media = items[index];
  const close = () => ui.patch({ lightbox: null });
  useEffect(() => {
    const turn = (by: number) =>
      ui.set((state) => {
        if (!state.lightbox) return state;
        const { length } = state.lightbox.items;
        return { ...state, lightbox: { ...state.lightbox, index: (state.lightbox.index + by + length) % length } };
      });
    const onKey = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLInputElement) return; // the slider has the arrows
      if (event.key === "c") setComparing((now) => !now);
      if (event.key === "ArrowRight") turn(1);
      if (event.key === "ArrowLeft") turn(-1);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [ui]);
  if (!media) return null;
  const pictures = items.filter(({ kind }) => kind === "image");
  const one = pictures.indexOf(media);
  const isComparable = one >= 0 && pictures.length > 1;
  const go = (by: number) => ui.patch({ lightbox: { items, title, index: (index + by + items.length) % items.length } });
  const facts = [
    items.length > 1 ? t("{place} of {count}", { place: index + 1, count: items.length }) : "",
    media.width && media.height ? `${media.width} × ${media.height}` : "",
    media.contentType,
  ].filter(Boolean);
  return (
    <div className={`lightbox${full ? " full" : ""}`} role="dialog" aria-modal="true" aria-label={title || t("Result")}>
      <div className="lightbox-head">
        <span><strong>{title}</strong> {facts.join(" · ")}</span>
        {isComparable && (
          <button type="button" className="quiet" aria-pressed={comparing} title={t("Two results, one over the other (C)")} onClick={() => setComparing(!comparing)}><Icon name="compare" />{t("Compare")}</button>
        )}
        <a className="quiet square" href={media.url} download aria-label={t("Download")} title={t("Download")}><Icon name="download" /></a>
        <button type="button" className="quiet square" aria-label={t("Copy the address")} title={t("Copy the address")} onClick={() => {
          void copyForPeople(canvas, new URL(media.url, location.href).href, t("The address is copied."));
        }}><Icon name="link" /></button>
        <button type="button" className="quiet square" aria-label={t("Close")} title={t("Close (Esc)")} ref={(button) => button?.focus()} onClick={close}><Icon name="close" /></button>
      </div>
      <div className="lightbox-body" onPointerDown={(event) => event.target === event.currentTarget && close()}>
        {comparing && isComparable ? <Compare key={one} pictures={pictures} one={one} other={(one + 1) % pictures.length} title={title} /> : media.kind === "video"
          ? <video src={media.url} controls autoPlay loop playsInline />
          : (
            <button type="button" className="lightbox-picture" onClick={() => setFull(!full)} aria-label={full ? t("Fit into the window") : t("Show at 100 %")}>
              <img src={media.url} alt={title} />
            </button>
          )}
        {items.length > 1 && (
          <>
            <button type="button" className="turn before" aria-label={t("The one before")} onClick={() => go(-1)}><Icon name="back" size={22} /></button>
            <button type="button" className="turn after" aria-label={t("The next one")} onClick={() => go(1)}><Icon name="next" size={22} /></button>
          </>
        )}
      </div>
    </div>
  );
}
