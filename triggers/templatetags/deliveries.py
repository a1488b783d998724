"""``{% deliveries_of run actor %}``: what an execution has delivered, or is delivering."""

from __future__ import annotations

from typing import Any

from django import template

from accounts.actor import Actor
from executions.models import Execution
from triggers.delivery_views import shown
from triggers.models import Delivery

register = template.Library()


@register.inclusion_tag("triggers/_deliveries.html", takes_context=True)
def deliveries_of(context: template.Context, run: Execution, actor: Actor) -> dict[str, Any]:
    own = Delivery.objects.visible_to(actor).filter(execution=run)
    return {
        "csrf_token": context.get("csrf_token"),
        "deliveries": shown(own),
        "may_run": actor.may("run"),
        "is_on_run": True,
    }
