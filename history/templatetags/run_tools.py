"""``{% run_tools run actor %}``: labels, version, the way back to the draft and the link to share, of one execution."""

from __future__ import annotations

from typing import Any

from django import template

from accounts.actor import Actor
from executions.models import Execution
from history.models import Share
from history.sharing import address_of
from history.views import labels_of

register = template.Library()


@register.inclusion_tag("executions/_tools.html", takes_context=True)
def run_tools(context: template.Context, run: Execution, actor: Actor) -> dict[str, Any]:
    share = Share.objects.filter(execution=run).first()
    workflow = run.workflow
    return {
        "csrf_token": context.get("csrf_token"),
        "run": run,
        "labels": labels_of([run]).get(run.pk, []),
        "may_label": actor.may("run") and not run.is_guest,
        "may_edit": actor.may("edit") and not run.is_guest,
        "can_load": workflow is not None and workflow.deleted_at is None,
        "share": share,
        "address": address_of(share) if share else "",
    }
