import { ACTIONS } from "../actions";
import { IS_MAC } from "../actions/keyboard";
import { readable } from "../actions/keys";
import { useCanvas } from "../store/canvas";
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
  ["Space-drag, middle button", "Move the canvas"],
  ["Ctrl and wheel, pinch", "Zoom"],
  ["Drop or paste files", "Make input nodes"],
  ["Esc twice", "Stop"],
];

const GROUPS = ["Run", "Add", "Edit", "Select", "View", "Help"] as const;

/** Every action with a key, and what the mouse does. */
export function Shortcuts() {
  const { ui } = useCanvas();
  const close = () => ui.patch({ panel: null });
  const listed = grouped(ACTIONS.filter((item) => item.keys && !item.unlisted), (item) => item.group);
  return (
    <Overlay label="Keyboard shortcuts" onClose={close}>
      <div className="shortcuts">
        <header><h2>Keyboard and mouse</h2><button type="button" className="quiet square" aria-label="Close" onClick={close}><Icon name="close" /></button></header>
        <div className="columns">
          {GROUPS.map((group) => (
            <section key={group}>
              <h3>{group}</h3>
              <dl>
                {listed.get(group)?.map((item) => (
                  <div key={item.name}><dt>{item.label}</dt><dd>{item.keys?.map((key) => <kbd key={key}>{readable(key, IS_MAC)}</kbd>)}</dd></div>
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
