import { ReactFlowProvider } from "@xyflow/react";
import { useEffect } from "react";

import { action } from "../actions";
import { listenToKeys } from "../actions/keyboard";
import { useCanvas, useUi } from "../store/canvas";
import { AddMenu } from "./AddMenu";
import { Commands, FindNode } from "./Commands";
import { ConflictBar } from "./ConflictBar";
import { ContextMenu, PortMenu } from "./ContextMenu";
import { EmptyState } from "./EmptyState";
import { Inspector } from "./Inspector";
import { Lightbox } from "./Lightbox";
import { Palette } from "./Palette";
import { Problems } from "./Problems";
import { SelectionBar } from "./SelectionBar";
import { Shortcuts } from "./Shortcuts";
import { Stage } from "./Stage";
import { Toasts } from "./Toasts";
import { TopBar } from "./TopBar";
import { WireList } from "./WireList";
import { Zoom } from "./Zoom";
import { Icon } from "./icons";

export function App() {
  const canvas = useCanvas();
  const palette = useUi((state) => state.palette);
  useEffect(() => listenToKeys(canvas), [canvas]);
  return (
    <ReactFlowProvider>
      <div className="app">
        <TopBar />
        <ConflictBar />
        <main className="work">
          <Stage />
          <EmptyState />
          <Palette />
          {!palette && !canvas.readOnly && (
            <button type="button" className="open-palette" title="Nodes (N)" onClick={() => action("palette").perform(canvas)}><Icon name="plus" size={18} /><span>Nodes</span></button>
          )}
          <Zoom />
          <SelectionBar />
          <Inspector />
          <Panels />
          <Toasts />
        </main>
        <Menus />
      </div>
    </ReactFlowProvider>
  );
}

function Panels() {
  const panel = useUi((state) => state.panel);
  switch (panel) {
    case "problems": return <Problems />;
    case "shortcuts": return <Shortcuts />;
    case "commands": return <Commands />;
    case "find": return <FindNode />;
    case "wire": return <WireList />;
    case null: return null;
  }
}

function Menus() {
  const menu = useUi((state) => state.menu);
  const lightbox = useUi((state) => state.lightbox);
  return (
    <>
      {menu?.kind === "add" && <AddMenu menu={menu} />}
      {menu?.kind === "context" && <ContextMenu menu={menu} />}
      {menu?.kind === "ports" && <PortMenu menu={menu} />}
      {lightbox && <Lightbox {...lightbox} />}
    </>
  );
}
