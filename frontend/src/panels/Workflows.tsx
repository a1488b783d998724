import { useCallback, useState } from "react";

import { leave } from "../actions/components";
import { recentWorkflows } from "../api/beside";
import { t } from "../language/speak";
import { useCanvas } from "../store/canvas";
import { Ago, BesideFrame, useAsked } from "./BesideFrame";
import { SharedIcon } from "./icons";

/** The team's other workflows, those that were changed last first. */
export function Workflows({ focus }: { readonly focus: boolean }) {
  const canvas = useCanvas();
  const { bench, csrf, workflowId } = canvas;
  const [question, setQuestion] = useState("");
  const asked = useAsked(useCallback(() => recentWorkflows(csrf, question.trim()), [csrf, question]), question !== "");
  return (
    <BesideFrame label={t("Workflows")} asked={asked} focus={focus} search={{ question, onChange: setQuestion, placeholder: t("Search workflows") }} foot={<p className="beside-foot"><a href="/">{t("All workflows")}</a></p>}>
      <ul className="beside-list">
        {asked.found?.map(({ id, name, cover, updatedAt, lastExecutedAt }) => {
          const href = `/flow/${encodeURIComponent(id)}`;
          return (
            <li key={id}>
              <a
                data-item href={href} aria-current={id === workflowId ? "page" : undefined} title={name}
                onClick={(event) => {
                  if (!bench || event.metaKey || event.ctrlKey || event.shiftKey) return;
                  event.preventDefault();
                  leave(canvas, href);
                }}
              >
                <span className="beside-cover">{cover === "" ? <SharedIcon name="workflows" size={18} /> : <img src={cover} alt="" loading="lazy" draggable={false} />}</span>
                <span className="beside-text">
                  <strong>{name}</strong>
                  <small>{id === workflowId ? t("open here") : lastExecutedAt === "" ? <>{t("edited")} <Ago at={updatedAt} /></> : <>{t("run")} <Ago at={lastExecutedAt} /></>}</small>
                </span>
              </a>
            </li>
          );
        })}
      </ul>
      {asked.found?.length === 0 && <p className="nothing">{t("No workflow is called like that.")}</p>}
    </BesideFrame>
  );
}
