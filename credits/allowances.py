"""Monthly allowances of plans, in each calendar month of UTC, to teams with members.

A person gets one, however many teams they made: it goes to one of those, the plan with the most first, then a team
that they are still in, then the oldest. Of a plan that the operator says it of, each team gets its own.

What is left of it at the month's end stays with the team. The entry's reference names the month, and who it is for, so
that two that grant at once, or one that was killed and begins anew, give it once.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.models import Case, CharField, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from accounts.models import Member, Team
from credits.actions import GrantedBefore, grant
from credits.models import Entry, EntryKind

AT_ONCE = 50


def grant_due() -> int:
    """Give this month's allowance to some of those who have not got it yet. How many got it."""
    if not settings.ALLOWANCES:
        return 0
    now = _now()
    order = (F("credits").desc(), F("stays").desc(), "pk")
    count = 0
    for team in _due(now).annotate(**_rank()).order_by(*order)[:AT_ONCE]:
        try:
            grant(
                team=team,
                amount=settings.ALLOWANCES[team.plan].credits,
                reason=f"{now:%B %Y}, plan {team.limits.title}",
                reference=f"allowance:{_receiver(team)}:{now:%Y-%m}",
                kind=EntryKind.ALLOWANCE,
            )
        except GrantedBefore:
            continue  # another process was first, or another team of the same person
        count += 1
    return count


def goes_elsewhere(team: Team) -> bool:
    """Whether another team that the same person made got this month's allowance."""
    now = _now()
    if team.plan not in settings.ALLOWANCES or _of_this_month(now).filter(team=team).exists():
        return False
    return not _due(now).filter(pk=team.pk).exists() and team.members.exists()


def _now() -> datetime:
    return timezone.now().astimezone(UTC)


def _receiver(team: Team) -> str:
    if team.maker is None or settings.ALLOWANCES[team.plan].of_each_team:
        return str(team.pk)
    return f"person:{team.maker}"


def _of_this_month(now: datetime) -> QuerySet[Entry]:
    return Entry.objects.filter(kind=EntryKind.ALLOWANCE, reference__endswith=f":{now:%Y-%m}")


def _due(now: datetime) -> QuerySet[Team]:
    of_persons = [plan for plan, given in settings.ALLOWANCES.items() if not given.of_each_team]
    given = _of_this_month(now)
    others = Team.objects.filter(maker=OuterRef("maker"), plan__in=of_persons)
    person_has = Exists(given.filter(reference=_reference("allowance:person:", "maker", now))) | Exists(
        # Before it went by persons, one of their teams got it.
        others.filter(
            Exists(
                Entry.objects.filter(kind=EntryKind.ALLOWANCE, reference=_reference("allowance:", "pk", now))
            )
        )
    )
    return Team.objects.filter(
        ~(Q(maker__isnull=False, plan__in=of_persons) & person_has),
        ~Exists(given.filter(team=OuterRef("pk"))),
        Exists(Member.objects.filter(team=OuterRef("pk"))),
        plan__in=settings.ALLOWANCES,
    )


def _reference(begin: str, name: str, now: datetime) -> Concat:
    """The reference of this month's entry, put together by the database from a column of the row outside."""
    return Concat(
        Value(begin), Cast(OuterRef(name), CharField()), Value(f":{now:%Y-%m}"), output_field=CharField()
    )


def _rank() -> dict[str, Any]:
    amounts = [When(plan=plan, then=Value(given.credits)) for plan, given in settings.ALLOWANCES.items()]
    return {
        "credits": Case(*amounts, default=Value(0), output_field=IntegerField()),
        "stays": Exists(Member.objects.filter(team=OuterRef("pk"), user=OuterRef("maker"))),
    }
