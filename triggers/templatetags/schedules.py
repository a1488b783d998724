"""``{% schedule_of run actor %}``: the schedule that started an execution, where there is one still."""

from __future__ import annotations

from uuid import UUID

from django import template
from django.utils.html import format_html
from django.utils.translation import gettext

from accounts.actor import Actor
from executions.models import Execution
from executions.pages import EXECUTION_WORDS
from executions.states import ExecutionStatus
from triggers.firing import TRIGGER
from triggers.models import Schedule

register = template.Library()


@register.simple_tag
def schedule_of(run: Execution, actor: Actor) -> str:
    """Its name as it was then, and the way to it."""
    if run.trigger != TRIGGER:
        return ""
    name = str(run.trigger_data.get("schedule", ""))
    try:
        number = UUID(str(run.trigger_data.get("scheduleId", "")))
    except ValueError:
        return name
    if Schedule.objects.visible_to(actor).filter(pk=number).exists():
        return format_html('<a href="/schedules/{}">{}</a>', number, name)
    return name


@register.simple_tag
def run_word(run: Execution) -> str:
    """How a run stands, in a word."""
    return gettext(EXECUTION_WORDS[ExecutionStatus(run.status)])
