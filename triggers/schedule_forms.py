"""What people type about a schedule."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from triggers.models import Overlap, Schedule
from triggers.timetable import DAYS, LAST_DAY, LEAST_MINUTES, MOST_MINUTES, BadTimes, Timetable, read_times

_BOUNDS = {"minutes": (LEAST_MINUTES, MOST_MINUTES), "minute": (0, 59), "day": (1, LAST_DAY)}
#: Where on the form stands what a timetable refuses.
_PLACES = {"timeZone": "time_zone", "when": "every"}
RUNS = (
    ("minutes", _("every so many minutes")),
    ("hour", _("every hour")),
    ("day", _("every day")),
    ("week", _("on days of the week")),
    ("month", _("on a day of the month")),
    ("cron", _("by a cron expression")),
)
OVERLAPS = ((Overlap.SKIP, _("Skip this one")), (Overlap.RUN, _("Run beside it")))
LATE = (
    (0, _("Never")),
    (15, _("15 minutes late")),
    (60, _("1 hour late")),
    (360, _("6 hours late")),
    (1440, _("1 day late")),
)


def _said(refused: BadTimes) -> str:
    """A refusal in the reader's language."""
    if refused.part in _BOUNDS:
        least, most = _BOUNDS[refused.part]
        return gettext("A whole number from {least} to {most}.").format(least=least, most=most)
    return gettext(refused.message)


class TimesForm(forms.Form):
    """When. Of the fields below ``every`` those count that belong to it."""

    every = forms.ChoiceField(
        label="It runs",
        initial="day",
        choices=RUNS,
    )
    minutes = forms.IntegerField(label="Minutes between", initial=30, required=False)
    minute = forms.IntegerField(label="Minute of the hour", initial=0, required=False)
    days = forms.MultipleChoiceField(
        label="Days",
        required=False,
        initial=DAYS[:5],
        choices=list(zip(DAYS, WEEKDAYS.values(), strict=True)),
        widget=forms.CheckboxSelectMultiple,
    )
    day = forms.IntegerField(label="Day of the month", initial=1, required=False)
    at = forms.CharField(
        label="Time of day", initial="09:00", required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )
    cron = forms.CharField(
        label="Cron expression",
        required=False,
        initial="30 9 * * 1-5",
        widget=forms.TextInput(attrs={"spellcheck": "false"}),
    )
    time_zone = forms.CharField(
        label="Time zone",
        max_length=64,
        initial="UTC",
        widget=forms.TextInput(attrs={"list": "time-zones", "spellcheck": "false", "autocomplete": "off"}),
    )

    #: What was read, once it is valid.
    table: Timetable

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        parts = {
            "minutes": ("minutes",),
            "hour": ("minute",),
            "day": ("at",),
            "week": ("days", "at"),
            "month": ("day", "at"),
            "cron": ("cron",),
        }[cleaned["every"]]
        when = {"every": cleaned["every"]} | {name: cleaned[name] for name in parts}
        try:
            self.table = read_times(when, zone=cleaned["time_zone"].strip(), since=timezone.now())
        except BadTimes as refused:
            self.add_error(_PLACES.get(refused.part, refused.part), _said(refused))
        return cleaned

    def next_moments(self, count: int) -> list[datetime]:
        moments = self.table.after(timezone.now())
        return [next(moments) for _ in range(count)]


class ScheduleForm(TimesForm):
    """All but the values for the workflow's inputs."""

    name = forms.CharField(label="Name", max_length=100)
    overlap = forms.ChoiceField(
        label="While the run before still goes on", choices=OVERLAPS, initial=Overlap.SKIP
    )
    late_minutes = forms.TypedChoiceField(
        label="Make up for a run that was missed, at most", coerce=int, choices=LATE, initial=60
    )

    def settings(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        return {
            "name": cleaned["name"],
            "when": self.table.stored(),
            "time_zone": self.table.zone.key,
            "overlap": cleaned["overlap"],
            "late_minutes": cleaned["late_minutes"],
        }


def form_of(schedule: Schedule) -> ScheduleForm:
    """As it is now."""
    names = ("name", "time_zone", "overlap", "late_minutes")
    initial = {**schedule.when, **{name: getattr(schedule, name) for name in names}}
    form = ScheduleForm(initial=initial, label_suffix="")
    if all(schedule.late_minutes != minutes for minutes, _ in LATE):  # as programs may have set it
        late = form.fields["late_minutes"]
        assert isinstance(late, forms.TypedChoiceField)
        late.choices = [*LATE, (schedule.late_minutes, f"{schedule.late_minutes} min")]
    return form
