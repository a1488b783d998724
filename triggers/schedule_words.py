"""Schedules in the words of their pages."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import dateformat
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _

from triggers.models import Outcome, Schedule
from triggers.timetable import DAYS, LAST_DAY
from workflows.templatetags.figures import FORMS

OUTCOMES = {
    Outcome.STARTED: "started",
    Outcome.SKIPPED: "skipped",
    Outcome.MISSED: "missed",
    Outcome.REFUSED: "refused",
}
#: The look of the badge of each.
LOOKS = {
    Outcome.STARTED: "completed",
    Outcome.SKIPPED: "skipped",
    Outcome.MISSED: "timeout",
    Outcome.REFUSED: "failed",
}


def times_said(schedule: Schedule) -> str:
    """When it runs."""
    when = schedule.when
    match when["every"]:
        case "minutes":
            return _("every {minutes} minutes").format(minutes=when["minutes"])
        case "hour":
            return _("every hour at minute {minute}").format(minute=when["minute"])
        case "day":
            return _("every day at {at}").format(at=when["at"])
        case "week":
            days = ", ".join(str(WEEKDAYS_ABBR[DAYS.index(day)]) for day in when["days"])
            return _("{days} at {at}").format(days=days, at=when["at"])
        case "month" if when["day"] == LAST_DAY:
            return _("on the last day of each month at {at}").format(at=when["at"])
        case "month":
            return _("on day {day} of each month at {at}").format(day=when["day"], at=when["at"])
    return _("cron {expression}").format(expression=when["cron"])


def moment_said(at: datetime, zone: str) -> str:
    """A moment as clocks of the zone show it."""
    return dateformat.format(at.astimezone(ZoneInfo(zone)), f"D, {FORMS['minute']} T")
