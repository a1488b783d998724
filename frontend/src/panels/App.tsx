import { ReactFlowProvider } from "@xyflow/react";
import { useEffect } from "react";

import { listenToKeys } from "../actions/keyboard";
import { useCanvas, useRuns, useUi } from "../store/canvas";
import { Announcer } from "./Announcer";
import { EmptyState } from "./EmptyState";
import { Stage } from "./Stage";
import { Toasts } from "./Toasts";
import { TopBar } from "./TopBar";
import { Zoom } from "./Zoom";
import { isPhone } from "../store/ui";
import { useParts } from "./following";

export function App() {
  const canvas = useCanvas();
  useEffect(() => listenToKeys(canvas), [canvas]);
  const parts = useParts(canvas.readOnly);
  useEffect(() => parts?.watch(canvas), [canvas, parts]);
  const forms = useUi((state) => state.editor === "outline");
  return (
    <ReactFlowProvider>
      <div className={forms ? "app forms" : "app"}>
        <TopBar />
        {parts ? <parts.Rail /> : <nav className="rail" />}
        <main className="work">
          <Stage />
          {!forms && <EmptyState />}
          <Beside />
          <RunsAside />
          {!forms && <><Zoom /><Selected /><Settings /></>}
          <Editors />
          <Panels />
          <Announcer />
          <Toasts />
        </main>
        <Menus />
      </div>
    </ReactFlowProvider>
  );
}

/** What stands beside the canvas; its room is there before it is. */
function Beside() {
  const open = useUi((state) => state.side !== null);
  const parts = useParts(open);
  if (parts) return <parts.Beside />;
  return open && <aside className="panel palette" aria-busy="true" />;
}

function RunsAside() {
  const some = useRuns((state) => state.aside.length > 0);
  const parts = useParts(some);
  return some && parts && <parts.Aside />;
}

function Selected() {
  const wanted = useUi(({ nodes, edges, wiring }) => nodes.size + edges.size > 0 || wiring?.tapping === true);
  const parts = useParts(wanted);
  return wanted && parts && <parts.SelectionBar />;
}

/** The settings of what is selected; their room is there before they are. */
function Settings() {
  const wanted = useUi(({ inspector, nodes, panel }) => inspector && nodes.size > 0 && panel !== "past");
  const several = useUi(({ nodes }) => nodes.size > 1);
  const parts = useParts(wanted);
  if (!wanted) return null;
  if (parts && several) return isPhone() ? null : <parts.Several />;
  return parts ? <parts.Inspector /> : <aside className="panel inspector" aria-busy="true" />;
}

/** On a phone: the workflow as forms, or the way to them. */
function Editors() {
  const editor = useUi((state) => state.editor);
  const parts = useParts(editor !== null);
  if (editor === "canvas") return parts && <parts.EditorSwitch />;
  if (editor === null) return null;
  return parts ? <parts.Outline whole /> : <section className="panel outline whole" aria-busy="true" />;
}

function Panels() {
  const panel = useUi((state) => state.panel);
  const parts = useParts(panel !== null);
  if (parts === null) return panel === "problems" && <section className="panel problems" aria-busy="true" />;
  switch (panel) {
    case "problems": return <parts.Problems />;
    case "past": return <parts.TimeMachine />;
    case "share": return <parts.Share />;
    case "versions": return <parts.Versions />;
    case "outline": return <parts.Outline whole={false} />;
    case "shortcuts": return <parts.Shortcuts />;
    case "commands": return <parts.Commands />;
    case "find": return <parts.FindNode />;
    case "wire": return <parts.WireList />;
    case "component": return <parts.MakeComponent />;
    case "update": return <parts.UpdateComponent />;
    case "save-component": return <parts.SaveComponent />;
    case "leave": return <parts.LeaveComponent />;
    case null: return null;
  }
}

function Menus() {
  const menu = useUi((state) => state.menu);
  const lightbox = useUi((state) => state.lightbox);
  const writing = useUi((state) => state.writing);
  const choosing = useUi((state) => state.choosing);
  const parts = useParts(menu !== null || lightbox !== null || writing !== null || choosing !== null);
  if (parts === null) return null;
  return (
    <>
      <parts.WireHover />
      {menu?.kind === "add" && <parts.AddMenu menu={menu} />}
      {menu?.kind === "context" && <parts.ContextMenu menu={menu} />}
      {menu?.kind === "brought" && <parts.BroughtMenu menu={menu} />}
      {menu?.kind === "ports" && <parts.PortMenu menu={menu} />}
      {writing && <parts.TextEditor key={`${writing.nodeId}.${writing.paramId}`} {...writing} />}
      {choosing && <parts.Library {...choosing} />}
      {lightbox && <parts.Lightbox {...lightbox} />}
    </>
  );
}
