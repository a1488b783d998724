"""Notes executions for the history: once while they go on, and for good at their end.

Nothing of this is done when a run is accepted or ends. Whoever begins or ends a run leaves `Noted.NOT_YET` behind;
the clerk finds it, locks the execution, writes its listing, marks and tallies, and says that it is noted: all in one
transaction, so that each is counted once.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import BooleanField, F
from django.db.models.expressions import RawSQL

from accounts.actor import Actor
from accounts.statements import select
from executions.captions import captions_of
from executions.guests import runs_shown
from executions.models import Execution, NodeRun, Noted
from executions.pages import thumbs_of
from executions.runs import graph_of
from history import tallies, words
from history.models import Listing, Mark, MarkKind, Vocabulary
from history.steps import cost_step, duration_step
from providers.catalog import load_catalog
from workflows.graph import Graph

#: So many in one transaction: on SQLite it holds up every other writer.
AT_ONCE = 10
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: The number stands in the statement: SQLite takes the index of what is not noted for no number that comes beside it.
_NOT_YET = RawSQL("executions_execution.noted = 0", [], output_field=BooleanField())


def place_of(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment - _EPOCH) // datetime.resolution


def moment_of(place: int) -> datetime:
    """Not before the beginning of what has this place."""
    return _EPOCH + place * datetime.resolution


def keep_up(*, seconds: float = 1.0) -> int:
    """Note what is not noted yet, the oldest first, for so long. How many."""
    end, count = time.monotonic() + seconds, 0
    while (done := note_some()) and time.monotonic() < end:
        count += done
    return count + done


def keep_up_for(actor: Actor, *, most: int = 5) -> None:
    """Note what the actor's team has not noted yet, before it is looked through; a bounded number."""
    for _ in range(most):
        if note_some(team_id=actor.team.pk) < AT_ONCE:
            break


def note_some(*, team_id: int | None = None) -> int:
    """Note a few executions. How many: 0 when there are none that nobody else is at."""
    waiting = Execution.objects.filter(_NOT_YET)
    if team_id is not None:
        waiting = waiting.annotate(owner=F("team_id") + 0).filter(
            owner=team_id
        )  # or the index of teams is taken
    if not waiting.exists():
        return 0
    with transaction.atomic(durable=not settings.TESTING):
        chosen = list(waiting.select_for_update(skip_locked=True).order_by("created_at")[:AT_ONCE])
        if not chosen:
            return 0
        by_execution: dict[UUID, list[NodeRun]] = defaultdict(list)
        for run in select(NodeRun, {"execution": [one.pk for one in chosen]}, order=("position", "pk")):
            by_execution[run.execution_id].append(run)
        places = _places(chosen)
        _list(chosen, by_execution, places)
        _mark(chosen, by_execution)
        over = [one for one in chosen if one.is_over]
        tallies.count(over, by_execution)
        Execution.objects.filter(pk__in=[one.pk for one in over]).update(noted=Noted.AT_ITS_END)
        Execution.objects.filter(pk__in=[one.pk for one in chosen if not one.is_over]).update(
            noted=Noted.WHILE_OPEN
        )
    return len(chosen)


def _places(executions: Sequence[Execution]) -> dict[UUID, int]:
    """The place of each: its own from before, else the first free one from its beginning on."""
    found = dict(Listing.objects.filter(execution__in=executions).values_list("execution_id", "place"))
    wanted = {one.pk: place_of(one.created_at) for one in executions if one.pk not in found}
    taken = {*found.values(), *_taken(wanted.values())}
    for pk, place in wanted.items():
        while place in taken:
            place += 1
            taken |= _taken([place])
        taken.add(place)
        found[pk] = place
    return found


def _taken(places: Collection[int]) -> set[int]:
    """Those of them that are somebody's."""
    return set(Listing.objects.filter(place__in=places).values_list("place", flat=True)) if places else set()


def _list(
    executions: Sequence[Execution], runs: Mapping[UUID, list[NodeRun]], places: Mapping[UUID, int]
) -> None:
    listings = []
    captions = captions_of(executions, runs)
    for one in executions:
        own = runs[one.pk]
        shown = runs_shown(one, own) if one.is_guest else own
        listings.append(
            Listing(
                execution=one,
                place=places[one.pk],
                thumbs=[dict(thumb) for thumb in thumbs_of(one, shown)],
                is_sandbox=any(run.provider == "sandbox" for run in own),
                caption=captions[one.pk],
            )
        )
    Listing.objects.bulk_create(
        listings,
        update_conflicts=True,
        unique_fields=["execution"],
        update_fields=["thumbs", "is_sandbox", "caption"],
    )
    labels = defaultdict(list)
    for pk, label in Mark.objects.filter(execution__in=executions, kind=MarkKind.LABEL).values_list(
        "execution", "value"
    ):
        labels[pk].append(label)
    words.store(
        [
            (places[one.pk], one.pk, words.words_of([*labels[one.pk], *texts_of(one, runs[one.pk])]))
            for one in executions
        ]
    )


def relist(execution: Execution) -> None:
    """Have the words of an execution written anew, for its labels were changed. In the caller's transaction."""
    listing = Listing.objects.filter(execution=execution).first()
    if listing is not None:
        labels = Mark.objects.filter(execution=execution, kind=MarkKind.LABEL).values_list("value", flat=True)
        runs = list(execution.node_runs.order_by("position", "id"))
        found = words.words_of([*labels, *texts_of(execution, runs)])
        words.store([(listing.place, execution.pk, found)])


def texts_of(execution: Execution, runs: Sequence[NodeRun]) -> Iterable[str]:
    """All that an execution may be found by: its names and errors first, then its prompts and texts.

    Of another team's app the name alone: what its author wrote is not to be guessed by searching for it.
    """
    yield execution.workflow_name
    yield str(execution.pk)[:8]
    if execution.is_guest:
        return
    yield execution.error
    for run in runs:
        yield run.label
        yield run.error
    yield from _strings(execution.inputs)
    yield from _prompts(graph_of(execution))
    for run in runs:
        yield from _strings(run.output)


def _prompts(graph: Graph) -> Iterable[str]:
    """What people wrote into the nodes: texts, not choices."""
    for node in graph.nodes.values():
        for name, value in node.params.items():
            param = node.kind.param(name)
            if isinstance(value, str) and param is not None and not param.values:
                yield value
        for given in node.given.values():
            yield from _strings(list(given))


def _strings(value: Any) -> Iterable[str]:
    """The texts in a value; addresses and names of files are none."""
    if isinstance(value, str):
        if not value.startswith(("http://", "https://", "/media/", "data:")):
            yield value
    elif isinstance(value, Mapping):
        if "assetId" not in value:
            for one in value.values():
                yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)


def _mark(executions: Sequence[Execution], runs: Mapping[UUID, list[NodeRun]]) -> None:
    wanted: dict[tuple[UUID, str, str], Mark] = {}
    for one in executions:
        for kind, value in marks_of(one, runs[one.pk]):
            wanted[one.pk, kind.value, value] = Mark(
                execution=one, team_id=one.team_id, kind=kind, value=value, created_at=one.created_at
            )
    before = Mark.objects.filter(execution__in=executions).exclude(kind=MarkKind.LABEL)
    for mark in before:
        if wanted.pop((mark.execution_id, mark.kind, mark.value), None) is None:
            mark.delete()
    Mark.objects.bulk_create(wanted.values())
    learn(wanted.values())


def learn(marks: Iterable[Mark]) -> None:
    """Keep the values of marks among those that can be chosen."""
    newest: dict[tuple[int, str, str], datetime] = {}
    for mark in marks:
        if mark.kind in (MarkKind.LABEL, MarkKind.MODEL):
            key = (mark.team_id, mark.kind, mark.value)
            newest[key] = max(mark.created_at, newest.get(key, mark.created_at))
    Vocabulary.objects.bulk_create(
        [
            Vocabulary(team_id=team, kind=kind, value=value, last_at=at)
            for (team, kind, value), at in sorted(newest.items())
        ],
        update_conflicts=True,
        unique_fields=["team", "kind", "value"],
        update_fields=["last_at"],
    )


def marks_of(execution: Execution, runs: Sequence[NodeRun]) -> Iterable[tuple[MarkKind, str]]:
    """The marks of an execution but its labels. How another team's app is made is not told by any."""
    if not execution.is_guest:
        catalog = load_catalog()
        for kind in {run.node_type for run in runs}:
            known = catalog.find(kind)
            if known is not None and known.is_remote:
                yield MarkKind.MODEL, kind
    if execution.ended_at is not None:
        yield MarkKind.COST, cost_step(execution.credits_used)
        yield MarkKind.DURATION, duration_step(execution.ended_at - execution.created_at)
