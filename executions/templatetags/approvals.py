"""The way from other pages to what waits for people."""

from __future__ import annotations

from typing import Any

from django import template

from accounts.actor import find_actor
from executions.decision_pages import waiting_for_people

register = template.Library()


@register.inclusion_tag("executions/_approvals_link.html", takes_context=True)
def approvals_link(context: dict[str, Any]) -> dict[str, int]:
    """A button that says how many questions of the team are open; nothing when there is none, or no team."""
    actor = find_actor(context["request"])
    return {"count": waiting_for_people(actor.team).count() if actor else 0}
