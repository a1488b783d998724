import { useCallback, useEffect } from "react";

import { explain } from "../actions/action";
import { ApiError, send } from "../api/http";
import { asList, asNumber, asObject, asText } from "../graph/json";
import type { Point } from "../graph/types";
import { locale, t } from "../language/speak";
import { useCanvas } from "../store/canvas";
import type { Canvas } from "../store/canvas";
import { useSlice } from "../store/store";
import { Popover } from "./Popover";

/** Read this person's newest notices; a POST says before that all have been read. Throws ApiError. */
async function readNotices({ csrf, notices }: Canvas, method: "GET" | "POST"): Promise<void> {
  const answer = asObject(await send(csrf, method, "/notices/newest"));
  const newest = asList(answer.notices).map(asObject).map(({ id, text, team, at, isNew }) => ({
    id: asNumber(id) ?? 0, text: asText(text), team: asText(team), at: asText(at), isNew: isNew === true,
  }));
  notices.set({ unread: asNumber(answer.unread) ?? 0, newest });
}

/** There is something new. Where it cannot be read the bell counts as before: nobody has asked for it. */
export function hearOfNotice(canvas: Canvas): void {
  readNotices(canvas, "GET").catch((error: unknown) => {
    if (!(error instanceof ApiError)) throw error;
  });
}

interface Props {
  readonly at: Point;
  readonly onClose: () => void;
}

/** What happened while this person was elsewhere; each line leads to what it is about. */
export function Notices({ at, onClose }: Props) {
  const canvas = useCanvas();
  const newest = useSlice(canvas.notices, (state) => state.newest);
  const ask = useCallback((method: "GET" | "POST") => void readNotices(canvas, method).catch((error: unknown) => explain(canvas, error)), [canvas]);
  useEffect(() => ask("GET"), [ask]);
  return (
    <Popover at={at} label={t("Notices")} onClose={onClose}>
      <div className="notices">
        <div className="notices-head">
          <h2>{t("Notices")}</h2>
          {newest?.some(({ isNew }) => isNew) && <button type="button" className="small" onClick={() => ask("POST")}>{t("Mark all as read")}</button>}
        </div>
        <ul>
          {newest?.map((notice) => (
            <li key={notice.id}>
              <a href={`/notices/${notice.id}`} className={notice.isNew ? "new" : ""}>
                {notice.isNew && <span className="sr">{t("New:")} </span>}
                <span>{notice.text}</span>
                <small>{notice.team !== "" && `${notice.team} · `}{when(notice.at)}</small>
              </a>
            </li>
          ))}
          {newest?.length === 0 && <li className="nothing">{t("Limits that are nearly used up, webhooks that were stopped, runs that failed unseen, decisions that wait for you, and new members are told here.")}</li>}
        </ul>
        <a className="notices-all" href="/notices">{t("All notices")}</a>
      </div>
    </Popover>
  );
}

function when(text: string): string {
  return new Date(text).toLocaleString(locale, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}
