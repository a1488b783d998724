"""Counts of limits are taken before wallets, by everybody: else two transactions wait for each other."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import connections, transaction

from credits import wallets
from credits.actions import Ask, hold
from credits.limits import set_limit
from credits.models import SpendingCount
from executions.actions import Start, start_execution
from executions.audit import faults
from executions.engine.results import complete
from executions.models import NodeRun
from executions.states import NodeStatus
from tests.executions.boards import collect, each, lines, llm, text
from tests.executions.runs import Hand, make_workflow, result_of, until
from tests.factories import actor_for, team_of
from tests.other_hands import process_of_database, waits_for_a_lock
from tests.processes import PATIENCE

LIST = [text("ask", "x"), llm("list_maker"), lines("list"), each(), llm("make"), collect()]
STEPS = (
    "ask.prompt list_maker.prompt",
    "list_maker.text list.text",
    "list.items each.list",
    "each.item make.prompt",
    "make.text all.item",
)


def test_lists_that_grow_together_take_all_counts_before_the_wallet(transactional_db, alice, monkeypatch):
    """Beside them a run is accepted that has its count and wants the wallet."""
    actor = actor_for(alice)
    workflows = [make_workflow(alice, LIST, *STEPS) for _ in range(2)]
    for one in workflows:
        set_limit(actor=actor, subject=f"workflow:{one.pk}", name="", period="day", credits=100, is_hard=True)
    team = team_of(alice)
    for one in workflows:
        start_execution(workflow=one, team=team, start=Start(), user=alice)
    ready = NodeRun.objects.filter(node_id="list_maker", status=NodeStatus.READY)
    claims = sorted(Hand().claim(list(ready)), key=lambda one: one.execution_id)
    results = [result_of(one, "a,b") for one in claims]
    later = NodeRun.objects.get(pk=claims[-1].node_run_id).execution.workflow_id

    has_wallet, has_count, carry_out = threading.Event(), threading.Event(), wallets._carry_out
    process: list[int] = []

    def note(team_id: int, by: wallets.Move) -> None:
        carry_out(team_id, by)
        if threading.current_thread().name.startswith("growing"):
            has_wallet.set()

    monkeypatch.setattr(wallets, "_carry_out", note)

    def grow() -> list[int]:
        assert has_count.wait(PATIENCE)
        try:
            process.append(process_of_database())
            return complete(results)
        finally:
            connections.close_all()

    def accept() -> None:
        try:
            with transaction.atomic(), wallets.wallets_last():
                asks = [Ask(reference="node-run:0", amount=1)]
                hold(team_id=team.pk, asks=asks, subjects=[f"workflow:{later}"], at_once=False)
                has_count.set()
                until(lambda: has_wallet.is_set() or (process and waits_for_a_lock(process[0])))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1, "growing") as growing, ThreadPoolExecutor(1) as accepting:
        done, accepted = growing.submit(grow), accepting.submit(accept)
        accepted.result(PATIENCE)
        assert len(done.result(PATIENCE)) == 4
    assert sorted(SpendingCount.objects.values_list("used", flat=True)) == [3, 4]
    assert faults() == ["node-run:0 has an open hold but is over."]
