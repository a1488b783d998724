"""Going on with a run reads what is new, and gives what reading all of it would."""

from __future__ import annotations

import random
from typing import Any

import pytest
from django.db import transaction

from accounts.statements import select
from executions.actions import cancel_execution
from executions.engine import claims, record
from executions.models import Event, Execution, NodeRun
from executions.runs import Run, _kept, load_run, lock_execution
from tests.executions.boards import LIST, collect, each, lines, llm, preview, text
from tests.executions.runs import Hand, start
from tests.workflows.graphs import Json

pytestmark = pytest.mark.django_db(transaction=True)

NODES: list[Json] = [
    text("words", "a,b [block],c,d,e,f"),
    lines(),
    each(concurrency=3),
    llm("make"),
    collect(),
]
STEPS = (*LIST, "each.item make.prompt", "make.text all.item", "all.list out.value")


def fan_out(alice):
    return start(alice, [*NODES, preview()], *STEPS)


def look(execution) -> Run:
    with transaction.atomic():
        locked = lock_execution(execution.pk)
        assert locked is not None
        return load_run(locked)


def test_a_run_that_nobody_changed_is_not_read_again(alice, django_assert_num_queries):
    execution = fan_out(alice)
    first = look(execution)
    with transaction.atomic(), django_assert_num_queries(1):
        locked = lock_execution(execution.pk)
        assert locked is not None
        assert load_run(locked) is first


def test_what_another_process_changed_is_read_and_nothing_else(alice):
    execution = fan_out(alice)
    before = dict(look(execution).rows)
    kept = _kept.take(execution.pk)
    assert kept is not None
    [claim, *_] = claims.claim([NodeRun.objects.filter(node_id="make", status="READY")[0].pk])
    _kept.take(execution.pk)
    _kept.put(kept)
    after = look(execution).rows
    assert [str(key) for key in after if after[key] is not before[key]] == ["('make', (0,))"]
    assert (after["make", (0,)].status, after["make", (0,)].attempt) == ("RUNNING", claim.attempt)


def test_a_run_whose_transaction_broke_off_is_read_anew(alice):
    execution = fan_out(alice)
    look(execution)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        locked = lock_execution(execution.pk)
        assert locked is not None
        spoilt = load_run(locked)
        spoilt.board.cells.clear()
        raise ZeroDivisionError
    assert len(look(execution).board.cells) == 11


def test_a_run_that_is_over_is_not_kept(alice):
    execution = fan_out(alice)
    look(execution)
    cancel_execution(execution_id=execution.pk)
    assert _kept.take(execution.pk) is None


@pytest.mark.parametrize("seed", range(2))
def test_a_kept_run_is_what_a_fresh_one_would_be(alice, seed):
    print(f"seed {seed}")
    dice = random.Random(seed)
    execution = fan_out(alice)
    hand = Hand()
    claimed: list[claims.Claim] = []
    for _ in range(40):
        ready = list(NodeRun.objects.filter(execution=execution, status="READY"))
        if ready and dice.random() < 0.6:
            claimed += hand.claim(dice.sample(ready, dice.randint(1, len(ready))))
        elif claimed:
            claim = claimed.pop(dice.randrange(len(claimed)))
            if dice.random() < 0.2:
                record.put_back(
                    execution_id=claim.execution_id, node_run_id=claim.node_run_id, attempt=claim.attempt
                )
            else:
                hand.carry(claim)
        kept = look(execution)
        _kept.take(execution.pk)
        fresh = look(execution)
        assert kept.board.cells == fresh.board.cells
        assert [row.attempt for row in kept.rows.values()] == [fresh.rows[key].attempt for key in kept.rows]
        _kept.take(execution.pk)
        _kept.put(kept)
    execution.refresh_from_db()
    assert (execution.status, len(execution.warnings)) == ("COMPLETED", 1)


class Read:
    """Counts the node runs that are read from the database."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows = 0
        whole = NodeRun.from_db

        def from_db(*args: Any, **kwargs: Any) -> NodeRun:
            self.rows += 1
            return whole(*args, **kwargs)

        monkeypatch.setattr(NodeRun, "from_db", from_db)


def test_finishing_one_item_of_many_reads_no_more_than_one_of_few(alice, monkeypatch):
    counts = []
    for items in (6, 60):
        nodes = [text("words", ",".join(f"w{number}" for number in range(items))), *NODES[1:], preview()]
        execution = start(alice, nodes, *STEPS)
        hand = Hand()
        hand.do(execution)
        [claim, *_] = hand.claim(NodeRun.objects.filter(execution=execution, status="READY"))
        read = Read(monkeypatch)
        hand.carry(claim)
        counts.append(read.rows)
        monkeypatch.undo()
    assert counts[0] == counts[1] <= 1


def test_rows_that_fixed_statements_read_refer_by_ids_of_the_same_type_as_djangos(alice):
    execution = fan_out(alice)
    for model, where in ((Execution, {"pk": execution.pk}), (Event, {"execution": execution.pk})):
        for read, theirs in zip(
            select(model, where), model.objects.filter(**where).order_by("pk"), strict=True
        ):
            for field in model._meta.concrete_fields:
                assert getattr(read, field.attname) == getattr(theirs, field.attname)
