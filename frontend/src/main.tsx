import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import "@xyflow/react/dist/base.css";
import "./styles/base.css";
import "./styles/stage.css";
import "./styles/card.css";
import "./styles/fields.css";
import "./styles/panels.css";
import "./styles/top.css";
import "./styles/phone.css";
import { ApiError } from "./api/http";
import { parseBoot } from "./api/workflow";
import { openCanvas } from "./open";
import { App } from "./panels/App";
import { fetchParts, quietly } from "./panels/following";
import { MANY } from "./panels/use-opening";
import { CanvasProvider } from "./store/canvas";
import { t } from "./language/speak";

function Failure({ sentence }: { readonly sentence: string }) {
  return (
    <div className="failure" role="alert">
      <h1>{t("The canvas did not open")}</h1>
      <p>{t("{reason} Nothing is lost: the workflow is stored on the server.", { reason: sentence })}</p>
      <p><a className="button primary" href={location.href}>{t("Try again")}</a> <a className="button" href="/">{t("All workflows")}</a></p>
    </div>
  );
}

async function start(): Promise<void> {
  const place = document.getElementById("canvas");
  const data = document.getElementById("canvas-data");
  if (!place || !data) throw new Error("The page has no place for the canvas.");
  const root = createRoot(place);
  try {
    const canvas = await openCanvas(parseBoot(JSON.parse(data.textContent) as unknown));
    // A large graph is not drawn whole: what of it is out of sight is told by a part that follows.
    if (canvas.document.doc().nodes.length > MANY) await fetchParts().catch(() => undefined);
    root.render(<StrictMode><CanvasProvider value={canvas}><App /></CanvasProvider></StrictMode>);
    // Once something is to be seen. What does not come now is asked for again when it is needed.
    requestAnimationFrame(() => setTimeout(() => quietly(() => undefined)));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    root.render(<Failure sentence={error.message} />);
  }
}

void start();
