import { action } from "../actions";
import { useCanvas, useDocument } from "../store/canvas";
import { Icon } from "./icons";

/** What to do with an empty canvas. */
export function EmptyState() {
  const canvas = useCanvas();
  const empty = useDocument((state) => state.history.present.nodes.length === 0);
  if (!empty) return null;
  return (
    <div className="empty-canvas">
      <h2>An empty canvas</h2>
      <p>Add a node, drop a picture here, or start from a workflow that already works.</p>
      <div>
        <button type="button" className="primary" onClick={() => action("add").perform(canvas)}><Icon name="plus" size={15} />Add a node</button>
        <a className="button" href="/templates"><Icon name="nodes" size={15} />Open a template</a>
      </div>
      <p className="hint"><kbd>Tab</kbd> or double-click adds a node anywhere · <kbd>?</kbd> shows all keys</p>
    </div>
  );
}
