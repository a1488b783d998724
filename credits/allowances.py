"""Monthly allowances: every team with members on a plan that has one gets it once in each calendar month of UTC.

What is left of it at the month's end stays with the team. The entry's reference names team and month, so that two that
grant at once, or one that was killed and begins anew, give it once.
"""

from __future__ import annotations

from datetime import UTC

from django.conf import settings
from django.db.models import CharField, Exists, OuterRef, Value
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
    month = timezone.now().astimezone(UTC)
    reference = Concat(
        Value("allowance:"),
        Cast(OuterRef("pk"), CharField()),
        Value(f":{month:%Y-%m}"),
        output_field=CharField(),
    )
    got = Entry.objects.filter(kind=EntryKind.ALLOWANCE, reference=reference)
    somebody = Member.objects.filter(team=OuterRef("pk"))
    due = Team.objects.filter(Exists(somebody), ~Exists(got), plan__in=settings.ALLOWANCES).order_by("pk")
    count = 0
    for team in due[:AT_ONCE]:
        try:
            grant(
                team=team,
                amount=settings.ALLOWANCES[team.plan],
                reason=f"{month:%B %Y}, plan {team.limits.title}",
                reference=f"allowance:{team.pk}:{month:%Y-%m}",
                kind=EntryKind.ALLOWANCE,
            )
        except GrantedBefore:
            continue  # another process was first
        count += 1
    return count
