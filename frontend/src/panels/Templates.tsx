import { useCallback, useState } from "react";

import { templatesFor } from "../api/beside";
import { t } from "../language/speak";
import { useCanvas } from "../store/canvas";
import { BesideFrame, useAsked } from "./BesideFrame";

/** Workflows to begin with: the team's, and those that came along. Using one makes a workflow of one's own. */
export function Templates({ focus }: { readonly focus: boolean }) {
  const { csrf } = useCanvas();
  const [question, setQuestion] = useState("");
  const asked = useAsked(useCallback(() => templatesFor(csrf, question.trim()), [csrf, question]), question !== "");
  return (
    <BesideFrame label={t("Templates")} asked={asked} focus={focus} search={{ question, onChange: setQuestion, placeholder: t("Search templates") }} foot={<p className="beside-foot"><a href="/templates">{t("The gallery of templates")}</a></p>}>
      <ul className="beside-list">
        {asked.found?.map(({ title, summary, cover, isOwn, use }) => (
          <li key={use} className="beside-row">
            {cover !== "" && <span className="beside-cover"><img src={cover} alt="" loading="lazy" draggable={false} /></span>}
            <span className="beside-text" title={summary}>
              <strong>{title}</strong>
              <small>{isOwn ? [t("of your team"), summary].filter(Boolean).join(" · ") : summary}</small>
            </span>
            <form method="post" action={use}>
              <input type="hidden" name="csrfmiddlewaretoken" value={csrf} />
              <button type="submit" className="small" data-item aria-label={t("Use “{title}” for a new workflow", { title })} title={t("Make a workflow of it, and open that")}>{t("Use")}</button>
            </form>
          </li>
        ))}
      </ul>
      {asked.found?.length === 0 && <p className="nothing">{t("No template is found by these words.")}</p>}
    </BesideFrame>
  );
}
