import nodes from "./de-nodes.json";
import canvas from "./de.json";

globalThis.wireflowWords = { canvas, nodes };
