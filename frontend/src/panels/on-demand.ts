/** What opens when somebody asks for it: one file that follows once the canvas stands. */
export { Decision } from "../nodes/Decision";
export { AddMenu } from "./AddMenu";
export { Commands, FindNode } from "./Commands";
export { Components } from "./Components";
export { ContextMenu, PortMenu } from "./ContextMenu";
export { Inspector } from "./Inspector";
export { Library } from "./Library";
export { Lightbox } from "./Lightbox";
export { MakeComponent } from "./MakeComponent";
export { Several } from "./Several";
export { TextEditor } from "./TextEditor";
export { Avatars, Cursors } from "./Others";
export { Outline } from "./Outline";
export { Problems } from "./Problems";
export { Shortcuts } from "./Shortcuts";
export { TimeMachine } from "./TimeMachine";
export { Versions } from "./Versions";
export { WireList } from "./WireList";
