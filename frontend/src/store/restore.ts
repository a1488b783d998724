import { carry, changesBetween, holds, isNothing, merge } from "../graph/merge";
import type { Doc } from "../graph/types";
import { t } from "../language/speak";
import { KNOWN } from "./buffer";
import type { Buffer, Left } from "./buffer";
import type { DocumentStore } from "./document";
import type { Saver } from "./saver";
import type { UiStore } from "./ui";

interface Around {
  readonly document: DocumentStore;
  readonly saver: Pick<Saver, "resend">;
  readonly ui: Pick<UiStore, "toast">;
}

/** Bring back what pages that are gone could not save, over whatever is stored by now. */
export async function restore(around: Around, buffer: Pick<Buffer, "left">): Promise<void> {
  for (const left of await buffer.left()) await bring(around, left);
}

async function bring({ document, saver, ui }: Around, left: Left): Promise<void> {
  const { changes, forget } = left;
  const isOld = Date.now() - (left.sent ?? left).at > KNOWN;
  const sent = left.sent && isOld && holds(document.doc(), left.sent.changes) ? null : left.sent;
  const all = (doc: Doc) => merge(sent ? merge(doc, sent.changes) : doc, changes);
  const isDone = (from: Doc, to: Doc) => isNothing(changesBetween(from, to));
  const before = document.doc();
  if (isDone(before, all(before))) {
    forget();
    return;
  }
  if (isOld && document.get().base > (sent ?? left).base) {
    // Whether it was stored is not known any more, and others have worked on: let a person decide.
    ui.toast(t("This browser kept changes of yours that may not have been saved. The workflow has changed since."), {
      action: { label: t("Put them in"), perform: () => document.edit(t("Restore unsaved changes"), all) }, answered: forget,
    });
    return;
  }
  const isStored = sent !== null && !isOld && await saver.resend(sent);
  document.edit(t("Restore unsaved changes"), isStored ? (doc) => merge(doc, changes) : all);
  forget();
  if (isDone(before, document.doc())) return;
  const undo = () => document.edit(t("Take back what was restored"), (doc) => carry(doc, all(before), before, "theirs"));
  ui.toast(t("Unsaved changes were restored from this browser."), { action: { label: t("Undo"), perform: undo } });
}
