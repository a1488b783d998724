import { useState } from "react";

import { ACTIONS } from "../actions";
import { GROUPS, explain, isAllowed } from "../actions/action";
import type { CanvasAction } from "../actions/action";
import { send } from "../api/http";
import { IS_MAC } from "../actions/keyboard";
import { readable, writtenKey } from "../actions/keys";
import { t } from "../language/speak";
import { PRESETS, USUAL, bind, keysOf, writeBindings } from "../store/bindings";
import type { Bindings } from "../store/bindings";
import { useCanvas, useUi } from "../store/canvas";
import { TOUCH } from "../store/touch";
import { isPhone, remember } from "../store/ui";
import { Icon } from "./icons";
import { Overlay } from "./Overlay";
import { grouped } from "../graph/grouped";

/** How something is done without a key, what it does, and what one has to be allowed for it. */
type Way = readonly [how: string, what: string, needs?: NonNullable<CanvasAction["needs"]>];

const BY_HAND: readonly Way[] = [
  [t("Arrow keys"), t("Go from card to card")],
  [t("Esc in a field"), t("Back to its node")],
  [t("Ctrl and arrows, with Shift far"), t("Move the selection"), "edit"],
  [t("Double-click the canvas"), t("Add a node"), "edit"],
  [t("Drag from a handle to the canvas"), t("Add a node that fits"), "edit"],
  [t("Drop a wire on a card"), t("Connect where it fits"), "edit"],
  [t("Tap a handle, then another"), t("Connect"), "edit"],
  [t("Alt-click a wire"), t("Cut it"), "edit"],
  [t("Alt-drag a card"), t("Duplicate it"), "edit"],
  [t("Double-click a wire"), t("Lead it through a dot"), "edit"],
  [t("Drop a card on a wire"), t("Insert it there"), "edit"],
  [t("Drag a result from the settings"), t("Use it as an input"), "edit"],
  [t("Space-drag, middle button"), t("Move the canvas")],
  [t("Ctrl and wheel, pinch"), t("Zoom")],
  [t("Drop or paste files"), t("Make input nodes"), "edit"],
  [t("Esc twice"), t("Stop"), "run"],
];

const BY_FINGER: readonly Way[] = [
  [t("Tap a card"), t("Choose it; the next tap is for what is on it")],
  [t("Tap a field of a card"), t("Write in it"), "edit"],
  [t("Drag the chosen card"), t("Move it"), "edit"],
  [t("Rest on a card, a wire or the canvas"), t("Open its menu")],
  [t("Tap a handle, then another"), t("Connect"), "edit"],
  [t("Drag from a handle to a card"), t("Connect where it fits"), "edit"],
  [t("Drag from a handle to the canvas"), t("Add a node that fits"), "edit"],
  [t("Drag the canvas"), t("Move the canvas")],
  [t("Pinch with two fingers"), t("Zoom")],
];

const ORDER = ["Run", "Add", "Edit", "Select", "View", "Help"] as const;

/** Every action with its keys, which can be changed, and what the mouse does; under fingers what these do, before the keys. */
export function Shortcuts() {
  const canvas = useCanvas();
  const { csrf, ui } = canvas;
  const bindings = useUi((state) => state.bindings);
  const close = () => ui.patch({ panel: null });
  const listed = grouped(ACTIONS.filter((item) => isAllowed(item, canvas) && (item.keys !== undefined || item.name in bindings.own) && !item.unlisted), (item) => item.group);
  const put = (next: Bindings) => {
    ui.patch({ bindings: next });
    remember("keys", ""); // what this browser kept before the server did
    send(csrf, "POST", "/settings/keys", { body: writeBindings(next) }).catch((error: unknown) => explain(canvas, error));
  };
  const choose = (item: CanvasAction, key: string) => {
    const { bindings: next, from } = bind(ACTIONS, bindings, item.name, key);
    put(next);
    if (from) ui.toast(t("{key} was “{action}” before.", { key: readable(key, IS_MAC), action: from.label }), { action: { label: t("Undo"), perform: () => put(bindings) } });
  };
  const changed = bindings.preset !== "own" || Object.keys(bindings.own).length > 0;
  const presets = (
    <>
      <label>{t("Keys as in")}{" "}
        <select value={bindings.preset} onChange={(event) => put({ preset: PRESETS.find(([name]) => name === event.target.value)?.[0] ?? "own", own: {} })}>
          {PRESETS.map(([name, label]) => <option key={name} value={name}>{label}</option>)}
        </select>
      </label>
      <button type="button" disabled={!changed} onClick={() => put(USUAL)}>{t("Reset all")}</button>
    </>
  );
  const columns = (
    <div className="columns">
      {ORDER.filter((group) => listed.has(group)).map((group) => (
        <section key={group}>
          <h3>{GROUPS[group]}</h3>
          <dl>
            {listed.get(group)?.map((item) => (
              <div key={item.name}><dt>{item.label}</dt><dd><Keys item={item} keys={keysOf(item, bindings)} onKey={(key) => choose(item, key)} /></dd></div>
            ))}
          </dl>
        </section>
      ))}
      <section>
        <h3>{t("By hand")}</h3>
        <Ways ways={BY_HAND} />
      </section>
    </div>
  );
  const fingers = TOUCH || isPhone();
  return (
    <Overlay label={t("Keyboard shortcuts")} onClose={close}>
      <div className="shortcuts">
        <header>
          <h2>{fingers ? t("Fingers and keys") : t("Keyboard and mouse")}</h2>
          {!fingers && presets}
          <button type="button" className="quiet square" aria-label={t("Close")} onClick={close}><Icon name="close" /></button>
        </header>
        {fingers ? (
          <>
            <section>
              <h3>{t("With fingers")}</h3>
              <Ways ways={BY_FINGER} />
            </section>
            <details>
              <summary>{t("With a keyboard and a mouse, once they are connected")}</summary>
              <div className="presets">{presets}</div>
              {columns}
            </details>
          </>
        ) : columns}
      </div>
    </Overlay>
  );
}

function Ways({ ways }: { readonly ways: readonly Way[] }) {
  const canvas = useCanvas();
  return <dl>{ways.filter(([, , needs]) => isAllowed(needs ? { needs } : {}, canvas)).map(([how, what]) => <div key={how}><dt>{how}</dt><dd>{what}</dd></div>)}</dl>;
}

interface KeysProps {
  readonly item: CanvasAction;
  readonly keys: readonly string[];
  readonly onKey: (key: string) => void;
}

/** The keys of an action; pressed, it takes the next press as its new key. Copy and paste belong to the browser. */
function Keys({ item, keys, onKey }: KeysProps) {
  const [listening, setListening] = useState(false);
  const shown = keys.length === 0 ? "none" : keys.map((key, i) => <span key={key}>{i > 0 && " "}<kbd>{readable(key, IS_MAC)}</kbd></span>);
  if (item.native) return shown;
  return (
    <button
      type="button" className={`rebind${listening ? " listening" : ""}`} title={t("Press to change")} aria-label={t("{action}: {keys}. Change", { action: item.label, keys: keys.length === 0 ? t("no key") : keys.map((key) => readable(key, IS_MAC)).join(" ") })}
      onClick={() => setListening(true)} onBlur={() => setListening(false)}
      onKeyDown={(event) => {
        if (!listening) return;
        event.preventDefault();
        event.stopPropagation();
        const key = writtenKey(event.nativeEvent, IS_MAC);
        if (key === null) return;
        setListening(false);
        if (key !== "escape") onKey(key);
      }}
    >
      {listening ? t("Press keys…") : shown}
    </button>
  );
}
