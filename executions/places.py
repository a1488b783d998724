"""Places at providers: how many calls may be under way at one at a time, and for how many of them one team.

Nothing is counted up and down. A place is held by a node run that is at its provider, for as long as its lease lasts:
RUNNING until ``lease_until``, WAITING for a result as long as that is asked for in time. So a place cannot be lost with
a process, and whoever moves a node run on has given its place back.

A team that calls with a key of its own has places of its own there, as many as this server has with its key.

A node run that finds no place stays READY and waits (`WaitFor.PLACE`, `WaitFor.SHARE`) until it is called. Whose team
holds the fewest places at the provider is called first, then who has waited longest; who comes later goes behind them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, Window
from django.db.models.functions import Now, RowNumber

from accounts.models import ProviderKey, Team
from accounts.plans import PLANS
from accounts.statements import exists
from executions import dispatch
from executions.clock import in_seconds
from executions.models import NodeRun, WaitFor
from executions.providers import has_own_key
from executions.states import ExecutionStatus, NodeStatus

#: A result that nobody asked for this long after it was due holds no place any more.
KEPT_SECONDS = 30
WAITS = (WaitFor.PLACE, WaitFor.SHARE)
#: So many of a team's waiting node runs are looked at for one provider: far more than are ever called at once.
MOST_OF_A_TEAM = 100
#: The number of the lock under which places are taken; any number that nothing else uses.
_LOCK = 7_414_001
#: A provider, a team, and whether that calls there with a key of its own.
Holder = tuple[str, int, bool]


@dataclass(frozen=True, slots=True)
class Waiter:
    """A node run that waits for a place; ``rank`` is its place among those of its team at this provider, from 1."""

    node_run_id: int
    provider: str
    team_id: int
    plan: str
    rank: int
    own_key: bool


def is_limited(provider: str, team: Team) -> bool:
    """Do places at this provider run out, for all or for this team?"""
    return provider in settings.PROVIDER_CONCURRENCY or team.limits.concurrent_calls is not None


class Places:
    """The places as one transaction finds them; other transactions that take some wait for its end.

    Make it when the first place is asked for: it takes the lock. Before what costs credits is changed:
    docs/how-a-run-survives-a-crash.md has the order of locks.
    """

    def __init__(self) -> None:
        if connection.vendor == "postgresql":  # SQLite writes one transaction after another anyway
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        waiters = _waiters()
        self._left = _Left(places_held())
        self._called = set(self._left.call(waiters))

    def take(self, row: NodeRun, provider: str, team: Team) -> str:
        """Let a node run go to the provider (""), or say what it has to wait for."""
        if row.wait_for in WAITS and row.provider == provider and row.pk in self._called:
            return ""
        return self._left.take(provider, team.pk, team.plan, has_own_key(provider, team))


class _Left:
    """What is left of the places, while they are given away."""

    def __init__(self, held: Counter[Holder]) -> None:
        self._held: Counter[tuple[str, int]] = Counter()
        self._at: Counter[tuple[str, int]] = Counter()
        self._of: Counter[int] = Counter()
        for (provider, team_id, own_key), count in held.items():
            self._held[provider, team_id] += count
            self._at[_account(provider, team_id, own_key)] += count
            self._of[team_id] += count

    def take(self, provider: str, team_id: int, plan: str, own_key: bool) -> str:
        account = _account(provider, team_id, own_key)
        most = settings.PROVIDER_CONCURRENCY.get(provider)
        if most is not None and self._at[account] >= most:
            return WaitFor.PLACE
        share = PLANS[plan].concurrent_calls
        if share is not None and self._of[team_id] >= share:
            return WaitFor.SHARE
        self._at[account] += 1
        self._of[team_id] += 1
        return ""

    def in_turn(self, waiters: Sequence[Waiter]) -> list[Waiter]:
        """The waiters, the longest-waiting first, in fair turns."""
        return sorted(waiters, key=lambda one: self._held[one.provider, one.team_id] + one.rank)

    def call(self, waiters: Sequence[Waiter]) -> list[int]:
        """Those of the waiters, the longest-waiting first, who may go now, in fair turns."""
        return [
            one.node_run_id
            for one in self.in_turn(waiters)
            if not self.take(one.provider, one.team_id, one.plan, one.own_key)
        ]


def _account(provider: str, team_id: int, own_key: bool) -> tuple[str, int]:
    """The account at a provider that a call counts for: the team's own, or 0, that of this server."""
    return provider, team_id if own_key else 0


#: Is a node run's provider called with the key of its team?
_OWN_KEY = Exists(ProviderKey.objects.filter(team=OuterRef("execution__team"), provider=OuterRef("provider")))


def places_held() -> Counter[Holder]:
    """(provider, team, with its own key) → how many places it holds there now."""
    at_work = Q(status=NodeStatus.RUNNING, lease_until__gt=Now())
    asked_for = Q(status=NodeStatus.WAITING, wait_for=WaitFor.RESULT, due_at__gt=in_seconds(-KEPT_SECONDS))
    rows = NodeRun.objects.filter(at_work | asked_for).exclude(provider__in=["", "local"]).order_by()
    marked = rows.annotate(own_key=_OWN_KEY)
    counts = marked.values_list("provider", "execution__team", "own_key").annotate(Count("pk"))
    return Counter({(provider, team_id, own): count for provider, team_id, own, count in counts})


def calls_of(team: Team) -> int:
    """How many places a team holds, wherever they are."""
    return sum(count for (_, team_id, _), count in places_held().items() if team_id == team.pk)


def places_wanted() -> Counter[str]:
    """Provider → how many node runs wait for a place there."""
    rows = NodeRun.objects.filter(status=NodeStatus.READY, wait_for__in=WAITS)
    return Counter(dict(rows.order_by().values_list("provider").annotate(Count("pk"))))


def _waiters() -> list[Waiter]:
    """Those who wait, the longest first."""
    rank = Window(RowNumber(), [F("provider"), F("execution__team")], [F("ready_at"), F("pk")])
    rows = (
        NodeRun.objects.filter(
            status=NodeStatus.READY, wait_for__in=WAITS, execution__status=ExecutionStatus.RUNNING
        )
        .annotate(rank=rank, own_key=_OWN_KEY)
        .filter(rank__lte=MOST_OF_A_TEAM)
        .order_by("ready_at", "pk")
    )
    return [
        Waiter(*row)
        for row in rows.values_list(
            "pk", "provider", "execution__team", "execution__team__plan", "rank", "own_key"
        )
    ]


def next_in_line() -> list[int]:
    """The node runs that wait and may go now."""
    if not exists(NodeRun, {"status": NodeStatus.READY, "wait_for": WAITS}):
        return []
    return _Left(places_held()).call(_waiters())


def lines() -> Mapping[str, Sequence[int]]:
    """Provider → the node runs that wait for a place there, as they would be called now."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for one in _Left(places_held()).in_turn(_waiters()):
        found[one.provider].append(one.node_run_id)
    return found


def call_next() -> None:
    """Ring for those who may go now. A bell that is lost is rung again by the sweeper."""
    dispatch.ring(next_in_line())
