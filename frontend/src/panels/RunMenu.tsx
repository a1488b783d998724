import { useEffect, useState } from "react";

import { action } from "../actions";
import { starterOf } from "../actions/running";
import type { Starter } from "../actions/running";
import { ApiError } from "../api/http";
import type { Plan } from "../graph/plan";
import { t } from "../language/speak";
import { credits, seconds } from "../nodes/status";
import { useCanvas } from "../store/canvas";
import { ActionMenu } from "./ActionMenu";
import { Icon } from "./icons";

const STARTERS: readonly Starter[] = ["run", "run-node", "run-from", "run-anew"];

/** The ways to run, each with what it costs at most; the cards show what the one that is looked at would do. */
export function RunMenu({ onClose }: { readonly onClose: () => void }) {
  const canvas = useCanvas();
  const { api, money, saver } = canvas;
  const [plans, setPlans] = useState<ReadonlyMap<string, Plan>>(new Map());
  useEffect(() => {
    let open = true;
    const asked = STARTERS.flatMap((name) => {
      const start = starterOf(canvas, name);
      return start ? [{ name, start }] : [];
    });
    const ask = async () => {
      await saver.flush();
      const answers = await api.plans(asked.map(({ start }) => start));
      if (open) setPlans(new Map(asked.flatMap(({ name }, i) => (answers[i] ? [[name, answers[i]] as const] : []))));
    };
    ask().catch((error: unknown) => {
      if (!(error instanceof ApiError)) throw error; // without prices the menu works as well
    });
    return () => {
      open = false;
      money.set((now) => ({ ...now, looked: null }));
    };
  }, [api, canvas, money, saver]);
  return (
    <ActionMenu
      groups={[STARTERS.map(action), [action("stop")]]} onClose={onClose}
      note={({ name }) => said(plans.get(name))}
      onLook={({ name }) => money.set((now) => ({ ...now, looked: plans.get(name) ?? null }))}
    >
      <a className="button" role="menuitem" href={`/workflows/${encodeURIComponent(canvas.workflowId)}/table`}><Icon name="play" size={15} /><span>{t("Run a table…")}</span></a>
      <a className="button" role="menuitem" href={`/workflows/${encodeURIComponent(canvas.workflowId)}/settings?tab=schedules`}><Icon name="clock" size={15} /><span>{t("Schedules…")}</span></a>
    </ActionMenu>
  );
}

function said(plan: Plan | undefined): string {
  if (!plan) return "";
  const open = [...plan.nodes.values()].some((node) => node.open);
  const price = plan.credits === 0 && !open ? t("free") : `${open ? "≥" : "≤"} ${credits(plan.credits)}`;
  return [price, plan.seconds >= 1 ? seconds(plan.seconds * 1000) : ""].filter(Boolean).join(" · ");
}
