"""Limits of spending: so many credits in a day or a month, for the team, a person, a key, a workflow or a webhook.

A hold counts against every limit that it falls under, in the transaction that takes it and by an update that names the
amount: of two runs that come at once, the one that would pass a hard limit finds no room. What is given back when
the hold is closed is given back to the same counts. The order of locks: docs/how-a-run-survives-a-crash.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from accounts import audit, notices
from accounts.actor import Actor
from accounts.limits import LimitReached
from accounts.models import Team
from credits.models import Hold, LimitNotice, SpendingCount, SpendingLimit, SpendingPeriod
from wireflow_ui.errors import Forbidden, NotFound, WireflowError

#: At so many percent the team is told.
STEPS = (50, 80, 100)
MOST_LIMITS = 100
MOST_CREDITS = 1_000_000_000
TEAM = "team"


class SpendingLimitReached(LimitReached):
    """A hard limit has no room for this run. Nothing was held."""

    code = "spending_limit_reached"
    link = "/usage/limits"

    def __init__(self, limit: SpendingLimit, *, required: int, left: int, ends_at: datetime) -> None:
        each = "day" if limit.period == SpendingPeriod.DAY else "month"
        when = "midnight UTC" if limit.period == SpendingPeriod.DAY else f"{ends_at:%-d %B}, 00:00 UTC"
        super().__init__(
            f"This run may cost {required:,} credit{'' if required == 1 else 's'}, but of the {limit.credits:,} "
            f"credits a {each} for {limit.name} {left:,} {'is' if left == 1 else 'are'} left. "
            f"The limit resets at {when}; an owner of the team can raise it.",
            limit=limit.credits,
            ends_at=ends_at.timestamp(),
            cap=f"of the {limit.credits:,} credits a {each} for {limit.name} too few are left until {when}. "
            "An owner changes that under Usage → Limits.",
        )
        self.ends_at = ends_at.timestamp()
        self.context |= {
            "requiredCredits": required,
            "leftCredits": left,
            "limitCredits": limit.credits,
            "resetsAt": ends_at.isoformat().replace("+00:00", "Z"),
        }


def begins_on(period: str, at: datetime) -> date:
    """The first day, of UTC, of the day or month that a moment is in."""
    day = at.astimezone(UTC).date()
    return day.replace(day=1) if period == SpendingPeriod.MONTH else day


def ends_at(period: str, first: date) -> datetime:
    """When the next day or month begins."""
    after = first + timedelta(days=1)
    if period == SpendingPeriod.MONTH:
        after = (first + timedelta(days=31)).replace(day=1)
    return datetime.combine(after, time(), tzinfo=UTC)


def take(*, team_id: int, subjects: Collection[str], amount: int) -> str:
    """Count an amount against every limit of these subjects. Returns the counts, for the holds to remember.

    Raises `SpendingLimitReached`; the caller undoes what was counted before it. In the caller's transaction.
    """
    taken = []
    for pk, limit, first in _counts_of({team_id: subjects}):
        room = SpendingCount.objects.filter(pk=pk)
        if limit.is_hard:
            room = room.filter(used__lte=limit.credits - amount)
        if not room.update(used=F("used") + amount):
            used = SpendingCount.objects.values_list("used", flat=True).filter(pk=pk).first()
            if used is None:
                continue  # the limit has just been deleted
            left = max(0, limit.credits - used)
            end = ends_at(limit.period, first)
            raise SpendingLimitReached(limit, required=amount, left=left, ends_at=end)
        taken.append(pk)
        _note(pk, limit)
    return ",".join(map(str, taken))


def _counts_of(subjects: Mapping[int, Collection[str]]) -> list[tuple[int, SpendingLimit, date]]:
    """The counts of now of these subjects of teams, by their numbers, each with its limit and first day.

    Those that are missing are made, in the order of their limits: two who make the same ones at once wait for each
    other, so whoever is to hold other counts calls this first.
    """
    now = timezone.now()
    theirs = [
        limit
        for team_id in sorted(subjects)
        for limit in SpendingLimit.objects.filter(team=team_id, subject__in=subjects[team_id])
    ]
    firsts = {limit.pk: begins_on(limit.period, now) for limit in theirs}
    limits = {limit.pk: limit for limit in theirs}
    found = _there(firsts)
    if missing := sorted(firsts.keys() - found.keys()):
        new = [SpendingCount(limit=limits[pk], starts_on=firsts[pk]) for pk in missing]
        SpendingCount.objects.bulk_create(new, ignore_conflicts=True)
        found = _there(firsts)
    return sorted(((count, limits[pk], firsts[pk]) for pk, count in found.items()), key=lambda one: one[0])


def _there(firsts: Mapping[int, date]) -> dict[int, int]:
    """Limit → its count that begins on its day, of those that there are."""
    if not firsts:
        return {}
    named = SpendingCount.objects.filter(limit__in=firsts, starts_on__in=set(firsts.values()))
    counts = named.values_list("limit", "starts_on", "pk")
    return {limit: pk for limit, starts_on, pk in counts if firsts[limit] == starts_on}


def lock(*, subjects: Mapping[int, Collection[str]], references: Collection[str] = ()) -> None:
    """Take the counts of these subjects of teams, and those that the holds of these references were counted in, all in
    one order. For who changes several at different times, or any after a wallet: whoever holds one and then wants an
    earlier one stands against all who take them in their order.

    On SQLite every transaction holds the one write lock from its start, so there is nothing to lock.
    """
    if not connection.features.has_select_for_update:
        return
    wanted = {pk for pk, _, _ in _counts_of(subjects)}
    if references:
        named = Hold.objects.filter(reference__in=references).exclude(counts="")
        for counts in named.values_list("counts", flat=True).distinct():
            wanted.update(map(int, counts.split(",")))
    if wanted:
        rows = SpendingCount.objects.filter(pk__in=wanted).order_by("pk")
        list(rows.select_for_update(no_key=True).values_list("pk", flat=True))


def take_again(counts: str, amount: int) -> None:
    """Count an amount in these counts, whatever their limits say: it was there before, and has just been given back."""
    for count_id in sorted(map(int, counts.split(","))) if counts else ():
        SpendingCount.objects.filter(pk=count_id).update(used=F("used") + amount)


def _note(count_id: int, limit: SpendingLimit) -> None:
    """Write down which steps a count has reached, each once."""
    used = SpendingCount.objects.values_list("used", flat=True).get(pk=count_id)
    reached = [step for step in STEPS if used * 100 >= limit.credits * step]
    if not reached:
        return
    told = LimitNotice.objects.filter(count_id=count_id).values_list("percent", flat=True)
    new = sorted(set(reached) - set(told))
    if not new:
        return
    # The count's row is locked by the update before: nobody else reaches a step meanwhile.
    LimitNotice.objects.bulk_create(
        [LimitNotice(count_id=count_id, percent=step) for step in new], ignore_conflicts=True
    )
    each = "day" if limit.period == SpendingPeriod.DAY else "month"
    then = " Runs beyond it are refused until it resets." if limit.is_hard and new[-1] == STEPS[-1] else ""
    notices.tell(
        team_id=limit.team_id,
        kind="limit",
        key=f"limit:{count_id}:{limit.credits}:{new[-1]}",
        text=f"{new[-1]} % of the {limit.credits:,} credits a {each} for {limit.name} are used or set aside.{then}",
        link="/usage/limits",
        users=notices.members_of(limit.team_id),
    )


def give_back(holds: Iterable[tuple[Hold, int]]) -> None:
    """Give what of holds was not spent back to the counts that they were taken from."""
    back: Counter[int] = Counter()
    for hold, amount in holds:
        for number in hold.counts.split(",") if hold.counts and amount else ():
            back[int(number)] += amount
    for count_id in sorted(back):
        SpendingCount.objects.filter(pk=count_id).update(used=F("used") - back[count_id])


def set_limit(
    *, actor: Actor, subject: str, name: str, period: str, credits: int, is_hard: bool
) -> SpendingLimit:
    """Set the limit of a subject for a day or a month, in the place of an earlier one.

    What was spent before there was a limit is not counted.
    """
    _need_owner(actor)
    if period not in SpendingPeriod.values:
        raise WireflowError("Choose whether the limit is for a day or for a month.")
    if not 1 <= credits <= MOST_CREDITS:
        raise WireflowError(f"A limit is from 1 to {MOST_CREDITS:,} credits.")
    with transaction.atomic():
        Team.objects.select_for_update(no_key=True).get(pk=actor.team.pk)
        if SpendingLimit.objects.filter(team=actor.team).count() >= MOST_LIMITS:
            raise WireflowError(f"A team has {MOST_LIMITS} limits at most. Delete one first.")
        earlier = SpendingLimit.objects.filter(team=actor.team, subject=subject, period=period).first()
        limit, _ = SpendingLimit.objects.update_or_create(
            team=actor.team,
            subject=subject,
            period=period,
            defaults={"credits": credits, "is_hard": is_hard, "name": name[:200], "created_by": actor.user},
        )
        # Of a limit that was raised the steps are still to come, and to be told of.
        ahead = LimitNotice.objects.filter(count__limit=limit, percent__gt=F("count__used") * 100 / credits)
        ahead.delete()
        Team.objects.filter(pk=actor.team.pk).update(limits_spending=True)
        before = _facts(earlier) if earlier else {}
        audit.record(
            team=actor.team,
            change="limit.set",
            subject=limit.name,
            before=before,
            after=_facts(limit),
            by=actor,
        )
    return limit


def delete_limit(*, actor: Actor, limit_id: int) -> None:
    _need_owner(actor)
    with transaction.atomic():
        Team.objects.select_for_update(no_key=True).get(pk=actor.team.pk)
        limit = SpendingLimit.objects.visible_to(actor).filter(pk=limit_id).first()
        if limit is None:
            raise NotFound("Limit not found")
        SpendingLimit.objects.filter(pk=limit_id).delete()
        audit.record(
            team=actor.team, change="limit.deleted", subject=limit.name, before=_facts(limit), by=actor
        )
        left = SpendingLimit.objects.filter(team=actor.team).exists()
        Team.objects.filter(pk=actor.team.pk).update(limits_spending=left)


def _facts(limit: SpendingLimit) -> dict[str, int | str | bool]:
    """What the audit log tells of a limit."""
    return {f"credits a {limit.period}": limit.credits, "refuses runs": limit.is_hard}


def _need_owner(actor: Actor) -> None:
    if not actor.may("manage"):
        raise Forbidden("Only an owner of the team may set limits of spending.")
