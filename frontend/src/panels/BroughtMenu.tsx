import { useCallback } from "react";

import { explain } from "../actions/action";
import { pasteText } from "../actions/clipboard-text";
import { readComfyUI } from "../actions/comfyui";
import { placeFile } from "../actions/files";
import { callWith } from "../api/call";
import { ApiError } from "../api/http";
import { connectVersions } from "../api/versions";
import type { Brought } from "../graph/brought";
import { readClip } from "../graph/clipboard";
import { t } from "../language/speak";
import { useCanvas } from "../store/canvas";
import type { Canvas } from "../store/canvas";
import type { Menu } from "../store/ui";
import { Icon } from "./icons";
import type { IconName } from "./icons";
import { Popover } from "./Popover";

/** The workflow as JSON: as this server has it, with its files, or else as it lies in the picture. Throws ApiError. */
async function graphOf({ csrf }: Canvas, { workflow, version, graph }: Brought): Promise<string> {
  if (workflow === "") return graph;
  try {
    return JSON.stringify((await connectVersions(workflow, csrf).one(String(version))).graph);
  } catch (error) {
    if (!(error instanceof ApiError) || graph === "") throw error;
    return graph; // of another server, or not for this person
  }
}

async function insert(canvas: Canvas, { at, brought, file }: Extract<Menu, { kind: "brought" }>): Promise<void> {
  if (!pasteText(canvas, await graphOf(canvas, brought), at, false)) throw new ApiError(0, t("{name} holds no workflow.", { name: file.name }));
}

/** A new workflow of the same graph. The tab is opened at once, as browsers want it, and led there when the workflow stands. */
async function openAnew(canvas: Canvas, { brought, file }: Extract<Menu, { kind: "brought" }>): Promise<void> {
  const tab = window.open("", "_blank");
  try {
    const clip = readClip(await graphOf(canvas, brought));
    if (!clip) throw new ApiError(0, t("{name} holds no workflow.", { name: file.name }));
    const name = file.name.replace(/\.\w+$/, "");
    const { id } = await callWith(canvas.csrf)("post", "/api/v1/workflows", { body: { name, nodes: [...clip.nodes], edges: [...clip.edges] } });
    const address = `/flow/${encodeURIComponent(id)}`;
    if (tab) tab.location.href = address;
    else canvas.ui.toast(t("“{name}” is a workflow now.", { name }), { action: { label: t("Open"), perform: () => window.open(address, "_blank") } });
  } catch (error) {
    tab?.close();
    throw error;
  }
}

/** A dropped picture brings the workflow that made it: what is wanted of the two? */
export function BroughtMenu({ menu }: { readonly menu: Extract<Menu, { kind: "brought" }> }) {
  const canvas = useCanvas();
  const close = useCallback(() => canvas.ui.patch({ menu: null }), [canvas]);
  const isForeign = readComfyUI(menu.brought.graph) !== null;
  const choices: readonly (readonly [IconName, string, () => Promise<void>])[] = [
    ["image", t("Use it as a picture"), () => placeFile(canvas, menu.file, menu.at, true)],
    ["plus", t("Insert its workflow here"), () => insert(canvas, menu)],
    ...(isForeign ? [] : [["expand", t("Open its workflow in a new tab"), () => openAnew(canvas, menu)] as const]),
  ];
  return (
    <Popover at={menu.screen} onClose={close} label={t("This picture brings the workflow that made it")}>
      <p className="menu-head">{t("This picture brings the workflow that made it")}</p>
      <div className="menu" role="menu">
        {choices.map(([icon, label, perform], i) => (
          <button
            key={label} type="button" role="menuitem" ref={(button) => (i === 0 ? button?.focus() : undefined)}
            onClick={() => {
              close();
              perform().catch((error: unknown) => explain(canvas, error));
            }}
          >
            <Icon name={icon} size={15} /><span>{label}</span>
          </button>
        ))}
      </div>
    </Popover>
  );
}
