"""The way from other pages to what waits for people."""

from __future__ import annotations

from typing import Any

from django import template

from accounts.actor import find_actor
from executions.decision_pages import waiting_for_people

register = template.Library()

#: More questions than this are not counted.
MOST_COUNTED = 99


@register.inclusion_tag("executions/_approvals_link.html", takes_context=True)
def approvals_link(context: dict[str, Any]) -> dict[str, Any]:
    """A button that says how many questions of the team are open; nothing when there is none, or no team."""
    actor = find_actor(context["request"])
    number = waiting_for_people(actor.team)[: MOST_COUNTED + 1].count() if actor else 0
    return {"number": number, "count": f"{MOST_COUNTED}+" if number > MOST_COUNTED else number}
