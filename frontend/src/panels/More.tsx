import { action } from "../actions";
import type { Point } from "../graph/types";
import { t } from "../language/speak";
import { useCanvas } from "../store/canvas";
import { useSlice } from "../store/store";
import { ActionMenu } from "./ActionMenu";
import { Icon, SharedIcon } from "./icons";
import { Popover } from "./Popover";
import { historyOf, settingsOf } from "./TopBar";

interface Props {
  readonly at: Point;
  readonly onClose: () => void;
}

/** What has no room of its own on a phone. */
export function More({ at, onClose }: Props) {
  const { bench, notices, readOnly, urls, workflowId } = useCanvas();
  const unread = useSlice(notices, (state) => state.unread);
  return (
    <Popover at={at} label={t("More")} onClose={onClose}>
      <ActionMenu groups={[["outline", "share", "publish", "history", "workflows", "assets", "templates", "commands", "find", "problems", "versions", "past", "template", "discard", "tidy", "theme"].map(action)]} onClose={onClose}>
        <a className="button" role="menuitem" href={historyOf(urls, workflowId)}><Icon name="clock" size={15} /><span>{t("History")}</span></a>
        <a className="button" role="menuitem" href="/notices"><SharedIcon name="bell" /><span>{t("Notices")}</span>{unread > 0 && <em>{t("{count} new", { count: unread })}</em>}</a>
        {!readOnly && !bench && <a className="button" role="menuitem" href={settingsOf(workflowId)}><SharedIcon name="settings" /><span>{t("Webhook and app")}</span></a>}
      </ActionMenu>
    </Popover>
  );
}
