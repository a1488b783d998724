import { useEffect, useState } from "react";

import { explain, onlyNode } from "../actions/action";
import { linkTo } from "../actions/view";
import { copyForPeople } from "../actions/system-clipboard";
import { callWith } from "../api/call";
import type { Wire } from "../api/call";
import { nameOf } from "../graph/catalog";
import { kindOf } from "../graph/ports";
import { t } from "../language/speak";
import { useCanvas, useDocument, useUi } from "../store/canvas";
import { Dialog } from "./Dialog";
import { Icon } from "./icons";

import { settingsOf } from "./TopBar";

type Visibility = Wire["Workflow"]["linkPermission"];

const SEEN_BY: readonly (readonly [Visibility, string])[] = [
  ["PRIVATE", t("Nobody but the team")], ["VIEW", t("Whoever has the link may look")], ["EDIT", t("Whoever has the link may look; over the API also change it")],
];

/** Links to hand on: the canvas for the team, one node of it, and a page for others while it is shared. */
export function Share() {
  const canvas = useCanvas();
  const { bench, catalog, csrf, readOnly, saver, ui, workflowId } = canvas;
  const [shared, setShared] = useState<Visibility | null>(null);
  const [busy, setBusy] = useState(false);
  useUi((state) => state.nodes);
  const id = onlyNode(canvas);
  const node = useDocument((state) => state.history.present.nodes.find((one) => one.id === id) ?? null);
  useEffect(() => {
    callWith(csrf)("get", "/api/v1/workflows/{workflowId}", { path: { workflowId } })
      .then(({ linkPermission }) => setShared(linkPermission)).catch((error: unknown) => explain(canvas, error));
  }, [canvas, csrf, workflowId]);
  const share = async (visibility: Visibility) => {
    setBusy(true);
    try {
      if (!(await saver.flush())) throw new Error(t("The draft could not be saved yet, so it was not shared."));
      const body = { visibility: visibility.toLowerCase() as Lowercase<Visibility> };
      const { linkPermission } = await callWith(csrf)("post", "/api/v1/workflows/{workflowId}/visibility", { path: { workflowId }, body });
      setShared(linkPermission);
    } catch (error) {
      if (error instanceof Error && error.name === "Error") ui.toast(error.message, { tone: "bad" });
      else explain(canvas, error);
    } finally {
      setBusy(false);
    }
  };
  const close = () => ui.patch({ panel: null });
  const page = `${location.origin}/workflows/${encodeURIComponent(workflowId)}`;
  return (
    <Dialog
      label={t("Share")} busy={shared === null || busy} onClose={close}
      foot={<>{!readOnly && !bench && <a className="button" href={settingsOf(workflowId)}>{t("Webhook, app and schedules")}</a>}<span className="grow" /><button type="button" className="primary" onClick={close}>{t("Done")}</button></>}
    >
      <div className="sharing">
        <Link label={t("For the team: this canvas")} url={linkTo("")} />
        {node && <Link label={t("For the team: “{node}” on it", { node: nameOf(node, kindOf(catalog, node)) })} url={linkTo(node.id)} />}
        {!readOnly && !bench && (
          <label>{t("The page for others")}
            <select value={shared ?? ""} disabled={shared === null || busy} onChange={({ target }) => {
              const chosen = SEEN_BY.find(([name]) => name === target.value);
              if (chosen) void share(chosen[0]);
            }}>
              {shared === null && <option value="">{t("Loading…")}</option>}
              {SEEN_BY.map(([name, label]) => <option key={name} value={name}>{label}</option>)}
            </select>
          </label>
        )}
        {shared !== null && shared !== "PRIVATE" && <Link label={t("For everybody: its page")} url={page} />}
        {!readOnly && shared === "PRIVATE" && <p>{t("Before others see it, what looks like a secret is wiped out of the workflow.")}</p>}
        <p className="sr" role="status">{busy ? t("Saving…") : shared === null ? "" : SEEN_BY.find(([name]) => name === shared)?.[1]}</p>
      </div>
    </Dialog>
  );
}

/** A link in a field, to be copied. */
function Link({ label, url }: { readonly label: string; readonly url: string }) {
  const canvas = useCanvas();
  return (
    <label>{label}
      <span className="row">
        <input readOnly value={url} onFocus={(event) => event.currentTarget.select()} />
        <button type="button" aria-label={t("Copy the link: {what}", { what: label })} title={t("Copy")} onClick={() => void copyForPeople(canvas, url, t("Link copied."))}><Icon name="copy" size={14} /></button>
      </span>
    </label>
  );
}
