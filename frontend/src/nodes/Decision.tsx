import { useState } from "react";

import { explain } from "../actions/action";
import type { Wire } from "../api/call";
import { fileLabel, show } from "../graph/media";
import type { Json } from "../graph/json";
import { t } from "../language/speak";
import type { NodeRun, Question } from "../live/run";
import { Icon } from "../panels/icons";
import { useCanvas } from "../store/canvas";
import { runShownOn } from "../store/run";

interface Open {
  readonly nodeRun: NodeRun;
  readonly question: Question;
  readonly at: number;
  readonly item: Json;
}

function openItems(asking: readonly NodeRun[]): readonly Open[] {
  return asking.flatMap((nodeRun) => {
    const { question } = nodeRun;
    if (question === null) return [];
    return question.items.flatMap((item, at) => (question.open[at] === true ? { nodeRun, question, at, item } : []));
  });
}

/** What a node asks, one open item at a time, and the buttons that answer it. */
export function Decision({ id, asking }: { readonly id: string; readonly asking: readonly NodeRun[] }) {
  const canvas = useCanvas();
  const [place, setPlace] = useState(0);
  const [note, setNote] = useState("");
  const [text, setText] = useState<string | null>(null);
  const [sending, setSending] = useState(false);
  const items = openItems(asking);
  const open = items[Math.min(place, items.length - 1)];
  if (!open) return null;
  const { question, nodeRun, at, item } = open;
  const isPick = question.kind === "pick";
  const editable = question.mayEdit && typeof item === "string";

  const turn = (by: number) => {
    setPlace((items.indexOf(open) + by + items.length) % items.length);
    setText(null);
  };
  const answer = async (body: Wire["DecisionInput"]) => {
    const run = runShownOn(canvas.runs.get(), id);
    if (run === null || sending) return;
    setSending(true);
    try {
      await canvas.api.decide(run.id, nodeRun.nodeId, { ...body, ...(note === "" ? {} : { note }) });
      setNote("");
      setText(null);
    } catch (error) {
      explain(canvas, error);
    } finally {
      setSending(false);
    }
  };
  const here = { itemPath: nodeRun.itemPath };
  const approve = () => {
    if (isPick) return answer({ decision: "approve", ...here, pick: at });
    return answer({ decision: "approve", ...here, item: at, ...(text === null || text === item ? {} : { value: text }) });
  };

  return (
    <section className="decision nodrag" aria-label={t("Your decision")}>
      {question.message !== "" && <p>{question.message}</p>}
      {editable ? (
        <div className="field wide"><textarea value={text ?? item} onChange={(event) => setText(event.target.value)} aria-label={t("You may correct it")} /></div>
      ) : (
        <Item item={item} />
      )}
      {items.length > 1 && (
        <div className="decision-pager">
          <button type="button" onClick={() => turn(-1)} aria-label={t("The one before")}><Icon name="back" size={14} /></button>
          <span>{isPick ? t("{place} of {count}", { place: items.indexOf(open) + 1, count: items.length }) : t("{place} of {count} open", { place: items.indexOf(open) + 1, count: items.length })}</span>
          <button type="button" onClick={() => turn(1)} aria-label={t("The next one")}><Icon name="next" size={14} /></button>
        </div>
      )}
      {!canvas.mayRun ? (
        <p className="decision-who">{t("{who} decides this.", { who: question.approvers || t("A runner") })}</p>
      ) : (
        <>
          {!isPick && <div className="field wide"><input value={note} maxLength={2000} onChange={(event) => setNote(event.target.value)} placeholder={t("Note (optional)")} aria-label={t("Note (optional)")} /></div>}
          <div className="decision-buttons">
            <button type="button" className="yes" disabled={sending} onClick={() => void approve()}><Icon name="check" size={14} />{isPick ? t("Choose this") : t("Approve")}</button>
            {!isPick && <button type="button" className="no" disabled={sending} onClick={() => void answer({ decision: "reject", ...here, item: at })}><Icon name="close" size={14} />{t("Reject")}</button>}
          </div>
          {!isPick && items.length > 1 && (
            <div className="decision-buttons">
              <button type="button" disabled={sending} onClick={() => void answer({ decision: "approve" })}>{t("Approve all {count}", { count: items.length })}</button>
              <button type="button" disabled={sending} onClick={() => void answer({ decision: "reject" })}>{t("Reject all")}</button>
            </div>
          )}
        </>
      )}
    </section>
  );
}

function Item({ item }: { readonly item: Json }) {
  const [first] = show(item, true);
  if (!first) return <pre>{t("(empty)")}</pre>;
  if (first.kind === "text") return <pre>{first.text}</pre>;
  if (first.kind === "json") return <pre>{JSON.stringify(first.value, null, 2)}</pre>;
  const { media } = first;
  if (media.kind === "image") return <img src={media.thumbnail} alt={t("What is to be decided")} draggable={false} />;
  if (media.kind === "video") return <video src={media.url} controls preload="metadata" playsInline muted />;
  if (media.kind === "audio") return <audio src={media.url} controls preload="metadata" />;
  return <a href={media.url} download>{fileLabel(media)}</a>;
}
