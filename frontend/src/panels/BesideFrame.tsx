import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import type { KeyboardEvent, ReactNode } from "react";

import { ApiError } from "../api/http";
import { locale, t } from "../language/speak";
import { useCanvas } from "../store/canvas";
import { remember } from "../store/ui";
import { Icon } from "./icons";

/** Milliseconds without a key before something is searched. */
const PAUSE = 200;

export interface Asked<T> {
  /** The last answer; null until there is one. */
  readonly found: T | null;
  /** Why there is no newer one. */
  readonly error: string;
  /** Whether what was found answers the question as it stands now. */
  readonly isFresh: boolean;
  readonly again: () => void;
}

/** What the server answers to a question, and to the next one; `ask` must stay the same for as long as the question does. */
export function useAsked<T>(ask: () => Promise<T>, later = false): Asked<T> {
  const [state, setState] = useState<{ readonly found: T | null; readonly error: string; readonly asked: typeof ask | null }>({ found: null, error: "", asked: null });
  const [times, setTimes] = useState(0);
  useEffect(() => {
    let stale = false;
    const timer = window.setTimeout(() => {
      ask().then((found) => !stale && setState({ found, error: "", asked: ask })).catch((error: unknown) => {
        if (!(error instanceof ApiError)) throw error;
        if (!stale) setState((now) => ({ ...now, error: error.message }));
      });
    }, later ? PAUSE : 0);
    return () => {
      stale = true;
      window.clearTimeout(timer);
    };
  }, [ask, later, times]);
  const { asked, error, found } = state;
  return { error, found, isFresh: asked === ask, again: useCallback(() => setTimes((now) => now + 1), []) };
}

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [["day", 86_400], ["hour", 3600], ["minute", 60]];
const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" });

const everyMinute = (tick: () => void) => {
  const timer = window.setInterval(tick, 60_000);
  return () => window.clearInterval(timer);
};

/** The time now, moving on by minutes; what is newer than that minute's beginning is just now. */
function useMinutes(): number {
  return useSyncExternalStore(everyMinute, () => Math.floor(Date.now() / 60_000) * 60_000);
}

/** How long ago something was; the moment itself is told to whoever points at it. */
export function Ago({ at }: { readonly at: string }) {
  const moment = new Date(at);
  const seconds = (useMinutes() - moment.getTime()) / 1000;
  const [unit, size] = STEPS.find(([, least]) => seconds >= least) ?? ["minute", 60];
  return <time dateTime={at} title={moment.toLocaleString(locale, { dateStyle: "medium", timeStyle: "medium" })}>{seconds < 60 ? t("just now") : relative.format(-Math.floor(seconds / size), unit)}</time>;
}

interface Props {
  readonly label: string;
  readonly asked: Pick<Asked<unknown>, "again" | "error" | "found" | "isFresh">;
  /** It was opened by hand, and not with the page. */
  readonly focus: boolean;
  readonly search?: { readonly question: string; readonly onChange: (question: string) => void; readonly placeholder: string };
  readonly head?: ReactNode;
  readonly foot?: ReactNode;
  readonly children: ReactNode;
}

/** A panel beside the canvas: a search, a list that arrow keys walk through, and words for what is not there. */
export function BesideFrame({ label, asked, focus, search, head, foot, children }: Props) {
  const { ui } = useCanvas();
  const box = useRef<HTMLElement>(null);
  const pressed = useRef<Pressed | null>(null);
  useEffect(() => {
    if (!asked.isFresh || pressed.current === null) return;
    open(box.current?.querySelector<HTMLElement>("[data-item]"), pressed.current);
    pressed.current = null;
  }, [asked.isFresh]);
  useEffect(() => {
    if (focus) (box.current?.querySelector("input") ?? box.current)?.focus({ preventScroll: true });
  }, [focus]);
  const close = () => {
    const { side } = ui.get();
    remember("palette", "closed");
    ui.patch({ side: null });
    document.querySelector<HTMLElement>(`.rail [data-side="${side ?? ""}"]`)?.focus({ preventScroll: true });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const items = [...(box.current?.querySelectorAll<HTMLElement>("[data-item]") ?? [])];
    const isField = event.target instanceof HTMLInputElement;
    const at = items.findIndex((item) => item === event.target);
    const [first] = items;
    pressed.current = null;
    if (event.key === "Escape") {
      if (search && search.question !== "") search.onChange("");
      else close();
    } else if (event.key === "ArrowDown") (items[at + 1] ?? first)?.focus();
    else if (event.key === "ArrowUp" && at === 0) box.current?.querySelector("input")?.focus();
    else if (event.key === "ArrowUp" && at > 0) items[at - 1]?.focus();
    else if (event.key === "Enter" && isField && !asked.isFresh) pressed.current = { ctrlKey: event.ctrlKey, metaKey: event.metaKey }; // what stands there is another question's
    else if (event.key === "Enter" && (isField || at >= 0)) open(isField ? first : items[at], event);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- arrow keys beside Tab, as lists have them
    <aside className="panel palette wide" aria-label={label} tabIndex={-1} ref={box} onKeyDown={onKeyDown}>
      <div className="panel-head">
        {search
          ? (
            <label className="search">
              <Icon name="search" size={15} />
              <input type="search" placeholder={search.placeholder} aria-label={search.placeholder} value={search.question} maxLength={200} onChange={(event) => search.onChange(event.target.value)} />
            </label>
          )
          : <h2>{label}</h2>}
        <button type="button" className="quiet square" aria-label={t("Close")} title={t("Close (Esc)")} onClick={close}><Icon name="close" size={15} /></button>
      </div>
      {head}
      <div className="panel-body" aria-busy={asked.found === null && asked.error === ""}>
        {asked.error !== "" && <p className="card-note bad" role="alert">{asked.error} <button type="button" className="plain" onClick={asked.again}>{t("Try again")}</button></p>}
        {asked.found === null && asked.error === "" && <p className="nothing" role="status">{t("Loading…")}</p>}
        {children}
      </div>
      {foot}
    </aside>
  );
}

type Pressed = Pick<KeyboardEvent, "ctrlKey" | "metaKey">;

/** Enter does what a click does; with Ctrl a page opens beside this one. */
function open(item: HTMLElement | null | undefined, { ctrlKey, metaKey }: Pressed): void {
  if (item instanceof HTMLAnchorElement && (ctrlKey || metaKey)) window.open(item.href, "_blank", "noopener");
  else item?.click();
}
