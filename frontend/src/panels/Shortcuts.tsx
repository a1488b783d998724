import { useState } from "react";

import { ACTIONS } from "../actions";
import { explain } from "../actions/action";
import type { CanvasAction } from "../actions/action";
import { send } from "../api/http";
import { IS_MAC } from "../actions/keyboard";
import { readable, writtenKey } from "../actions/keys";
import { PRESETS, USUAL, bind, keysOf, writeBindings } from "../store/bindings";
import type { Bindings } from "../store/bindings";
import { useCanvas, useUi } from "../store/canvas";
import { remember } from "../store/ui";
import { Icon } from "./icons";
import { Overlay } from "./Overlay";
import { grouped } from "../graph/grouped";

const BY_HAND: readonly (readonly [string, string])[] = [
  ["Arrow keys", "Go from card to card"],
  ["Esc in a field", "Back to its node"],
  ["Ctrl and arrows, with Shift far", "Move the selection"],
  ["Double-click the canvas", "Add a node"],
  ["Drag from a handle to the canvas", "Add a node that fits"],
  ["Drop a wire on a card", "Connect where it fits"],
  ["Tap a handle, then another", "Connect"],
  ["Alt-click a wire", "Cut it"],
  ["Alt-drag a card", "Duplicate it"],
  ["Double-click a wire", "Lead it through a dot"],
  ["Drop a card on a wire", "Insert it there"],
  ["Drag a result from the settings", "Use it as an input"],
  ["Space-drag, middle button", "Move the canvas"],
  ["Ctrl and wheel, pinch", "Zoom"],
  ["Drop or paste files", "Make input nodes"],
  ["Esc twice", "Stop"],
];

const GROUPS = ["Run", "Add", "Edit", "Select", "View", "Help"] as const;

/** Every action with its keys, which can be changed, and what the mouse does. */
export function Shortcuts() {
  const canvas = useCanvas();
  const { csrf, ui } = canvas;
  const bindings = useUi((state) => state.bindings);
  const close = () => ui.patch({ panel: null });
  const listed = grouped(ACTIONS.filter((item) => (item.keys !== undefined || item.name in bindings.own) && !item.unlisted), (item) => item.group);
  const put = (next: Bindings) => {
    ui.patch({ bindings: next });
    remember("keys", ""); // what this browser kept before the server did
    send(csrf, "POST", "/settings/keys", { body: writeBindings(next) }).catch((error: unknown) => explain(canvas, error));
  };
  const choose = (item: CanvasAction, key: string) => {
    const { bindings: next, from } = bind(ACTIONS, bindings, item.name, key);
    put(next);
    if (from) ui.toast(`${readable(key, IS_MAC)} was “${from.label}” before.`, { action: { label: "Undo", perform: () => put(bindings) } });
  };
  const changed = bindings.preset !== "own" || Object.keys(bindings.own).length > 0;
  return (
    <Overlay label="Keyboard shortcuts" onClose={close}>
      <div className="shortcuts">
        <header>
          <h2>Keyboard and mouse</h2>
          <label>Keys as in{" "}
            <select value={bindings.preset} onChange={(event) => put({ preset: PRESETS.find(([name]) => name === event.target.value)?.[0] ?? "own", own: {} })}>
              {PRESETS.map(([name, label]) => <option key={name} value={name}>{label}</option>)}
            </select>
          </label>
          <button type="button" disabled={!changed} onClick={() => put(USUAL)}>Reset all</button>
          <button type="button" className="quiet square" aria-label="Close" onClick={close}><Icon name="close" /></button>
        </header>
        <div className="columns">
          {GROUPS.map((group) => (
            <section key={group}>
              <h3>{group}</h3>
              <dl>
                {listed.get(group)?.map((item) => (
                  <div key={item.name}><dt>{item.label}</dt><dd><Keys item={item} keys={keysOf(item, bindings)} onKey={(key) => choose(item, key)} /></dd></div>
                ))}
              </dl>
            </section>
          ))}
          <section>
            <h3>By hand</h3>
            <dl>{BY_HAND.map(([how, what]) => <div key={how}><dt>{how}</dt><dd>{what}</dd></div>)}</dl>
          </section>
        </div>
      </div>
    </Overlay>
  );
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
      type="button" className={`rebind${listening ? " listening" : ""}`} title="Press to change" aria-label={`${item.label}: ${keys.length === 0 ? "no key" : keys.map((key) => readable(key, IS_MAC)).join(" ")}. Change`}
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
      {listening ? "Press keys…" : shown}
    </button>
  );
}
