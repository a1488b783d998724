import { Fragment, useCallback, useEffect, useRef, useState } from "react";
import type { ReactNode } from "react";

import { action, isApplicable } from "../actions";
import { isAllowed } from "../actions/action";
import { leave, placeAt } from "../actions/components";
import { withKey } from "../actions/keyboard";
import { rename } from "../graph/changes";
import type { Point } from "../graph/types";
import { counted, number, t } from "../language/speak";
import { useCanvas, useDocument, useUi } from "../store/canvas";
import type { Bench } from "../store/canvas";
import { useSlice } from "../store/store";
import { useParts } from "./following";
import type { Parts } from "./following";
import { Icon, SharedIcon } from "./icons";
import { RunControls } from "./RunControls";
import { SaveState } from "./SaveState";

/** As many characters as the server keeps of a name. */
const LONGEST_NAME = 200;

function Tool({ name, worded = false }: { readonly name: string; readonly worded?: boolean }) {
  const canvas = useCanvas();
  const tool = action(name);
  useDocument((state) => state.history);
  return isAllowed(tool, canvas) && (
    <button
      type="button" className={worded ? "worded" : "quiet square"} aria-label={tool.label} disabled={!isApplicable(tool, canvas)}
      title={withKey(canvas, tool)} onClick={() => tool.perform(canvas)}
    >
      <Icon name={tool.icon ?? "more"} />{worded && <span>{tool.label}</span>}
    </button>
  );
}

export function TopBar() {
  const { money, readOnly } = useCanvas();
  const parts = useParts(false);
  const available = useSlice(money, (state) => state.available);
  const spendable = available === null ? "" : counted(available, "{count} credit to spend", "{count} credits to spend");
  const problems = useDocument((state) => state.problems.length);
  const errors = useDocument((state) => state.problems.some((problem) => problem.severity === "error"));
  const canvas = useCanvas();
  const open = useUi((state) => state.panel === "problems");
  return (
    <header className="top">
      <nav className="crumbs" aria-label={t("Where you are")}>
        <Crumb href="/" className="mark" title={t("All workflows")}><img src="/static/img/mark.svg" width="24" height="24" alt="" /><span>{t("Workflows")}</span></Crumb>
        <i>/</i>
        {canvas.trail.map((place, i) => (
          <Fragment key={place.id}><Crumb href={placeAt(canvas.trail, i)} className="crumb" title={t("Back to {name}", { name: place.name })}><span className="phone-only"><Icon name="back" /></span><span>{place.name}</span></Crumb><i>›</i></Fragment>
        ))}
        {canvas.bench && <span className="bench-mark" title={t("You change the inside of a component")}><Icon name="box" size={15} /><span className="sr">{t("Component")}</span></span>}
        <Name />
        <SaveState />
      </nav>
      <div className="top-tools">
        <Company />
        <Tool name="undo" /><Tool name="redo" />
        <span className="wide-only"><Tool name="outline" /><Tool name="commands" /><span className="roomy"><Tool name="versions" /><Tool name="past" /></span></span>
        <span className="wide-only"><Bell /></span>
        <span className="roomy"><Tool name="share" worded />{isApplicable(action("publish"), canvas) && <Tool name="publish" worded />}</span>
        {available !== null && (
          <Opener className="credits" title={spendable} menu={(open, at, close) => <open.Credits at={at} onClose={close} />}>
            <SharedIcon name="credits" size={14} /><span aria-hidden="true">{number(available)}</span><span className="sr">{spendable}</span>{parts && <parts.Held />}
          </Opener>
        )}
        {problems > 0 && (
          <button type="button" className={`count ${errors ? "bad" : "warn"}`} aria-expanded={open} onClick={() => action("problems").perform(canvas)} title={t("Problems")}>
            <Icon name="warning" size={14} /><span aria-hidden="true">{problems}</span><span className="sr">{counted(problems, "{count} problem", "{count} problems")}</span>
          </button>
        )}
        {canvas.bench && !readOnly && <SaveBench saved={canvas.bench.saved} />}
        <RunControls />
        <Opener className="quiet square bell more-tools" label={t("More")} title={t("More")} menu={(parts, at, close) => <parts.More at={at} onClose={close} />}><Icon name="more" /><Unread /></Opener>
      </div>
    </header>
  );
}

/** What the workflow is called. What others call it meanwhile is shown once nobody writes here. */
function Name() {
  const { bench, document, readOnly, ui } = useCanvas();
  const name = useDocument((state) => state.history.present.name);
  const field = useRef<HTMLInputElement>(null);
  const begun = useRef(name);
  useEffect(() => {
    if (field.current && field.current !== window.document.activeElement) field.current.value = name;
  }, [name]);
  return (
    <input
      ref={field} className="name" defaultValue={name} maxLength={LONGEST_NAME} aria-label={bench ? t("Name of the component") : t("Name of the workflow")} readOnly={readOnly} spellCheck={false}
      size={Math.min(36, Math.max(6, name.length))}
      onFocus={() => (begun.current = name)}
      onBlur={(event) => {
        const next = event.target.value.trim();
        if (next === "" || next === begun.current) event.target.value = name;
        else document.edit(t("Rename"), rename(next));
      }}
      onPaste={(event) => {
        const { value, selectionStart, selectionEnd } = event.currentTarget;
        const length = value.length - ((selectionEnd ?? 0) - (selectionStart ?? 0)) + event.clipboardData.getData("text/plain").length;
        if (length > LONGEST_NAME) ui.toast(t("A name has at most {most} characters. The rest was left out.", { most: LONGEST_NAME }));
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") event.currentTarget.value = begun.current;
        if (event.key === "Enter" || event.key === "Escape") event.currentTarget.blur();
      }}
    />
  );
}

/** A way to another canvas or page; out of a component that is not saved it asks first. */
function Crumb({ href, children, ...more }: { readonly href: string; readonly className: string; readonly title: string; readonly children: ReactNode }) {
  const canvas = useCanvas();
  return (
    <a
      href={href} {...more} onClick={(event) => {
        if (!canvas.bench || event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        leave(canvas, href);
      }}
    >{children}</a>
  );
}

/** The component is saved by hand: until then what is drawn is nobody's but this canvas's. */
function SaveBench({ saved }: Pick<Bench, "saved">) {
  const canvas = useCanvas();
  const at = useSlice(saved, (state) => state.at);
  const changed = useDocument((state) => state.base !== at || state.save.kind === "waiting" || state.save.kind === "saving");
  return (
    <button type="button" className={`save-bench${changed ? " primary" : ""}`} aria-label={t("Save component")} title={changed ? t("Make a version of the component") : t("Everything is in the newest version of the component")} onClick={() => action("save-component").perform(canvas)}>
      <Icon name="check" size={14} /><span className="wide-only"><span>{t("Save component")}</span></span><span className="phone-only">{t("Save")}</span>
    </button>
  );
}

/** Who else is here; what shows them comes when somebody is. */
function Company() {
  const { people } = useCanvas();
  const [met, setMet] = useState(false);
  const some = useSlice(people, (state) => state.others.size > 0);
  if (some && !met) setMet(true);
  const parts = useParts(met);
  return met && parts ? <parts.Avatars /> : null;
}

function Bell() {
  const { notices } = useCanvas();
  const unread = useSlice(notices, (state) => state.unread);
  const label = unread > 0 ? t("Notices, {count} new", { count: unread }) : t("Notices");
  return <Opener className="quiet square bell" label={label} title={label} menu={(parts, at, close) => <parts.Notices at={at} onClose={close} />}><SharedIcon name="bell" /><Unread /></Opener>;
}

function Unread() {
  const unread = useSlice(useCanvas().notices, (state) => state.unread);
  return unread > 0 ? <b aria-hidden="true">{unread > 99 ? "99+" : unread}</b> : null;
}

interface OpenerProps {
  readonly className: string;
  /** Its name, where what it shows is not that. */
  readonly label?: string;
  readonly title: string;
  readonly children: ReactNode;
  /** What opens below the button, once it is there. */
  readonly menu: (parts: Parts, at: Point, close: () => void) => ReactNode;
}

/** A button with something below it that is fetched when it is asked for. */
function Opener({ className, label, title, children, menu }: OpenerProps) {
  const [at, setAt] = useState<Point | null>(null);
  const close = useCallback(() => setAt(null), []);
  const parts = useParts(at !== null);
  return (
    <>
      <button
        type="button" className={className} aria-label={label} title={title} aria-haspopup="menu" aria-expanded={at !== null}
        onClick={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          setAt({ x: box.right - 290, y: box.bottom + 6 });
        }}
      >{children}</button>
      {at && parts && menu(parts, at, close)}
    </>
  );
}

/** The page with the ways to start the workflow from outside. */
export function settingsOf(workflowId: string): string {
  return `/workflows/${encodeURIComponent(workflowId)}/settings`;
}

export function historyOf(urls: Readonly<Record<string, string>>, workflowId: string): string {
  return urls.history ?? `/executions?workflow=${encodeURIComponent(workflowId)}`;
}
