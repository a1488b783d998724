"""Whole runs through a real engine: its thread, its loop, SQLite and the sandbox."""

from __future__ import annotations

import pytest

from executions.models import NodeRun, Submission
from tests.executions.boards import LIST, collect, each, lines, llm, preview, text
from tests.executions.runs import end_of, prompt, start, statuses, wallet

pytestmark = pytest.mark.usefixtures("engine")


def test_a_chain_runs_from_its_text_to_its_end_and_is_paid_once(alice):
    execution = end_of(start(alice, *prompt("a lighthouse")))
    assert (execution.status, execution.error) == ("COMPLETED", "")
    assert statuses(execution) == {"ask": "COMPLETED", "make": "COMPLETED", "out": "COMPLETED"}
    assert wallet(alice) == (999, 0, 1)
    assert execution.credits_used == 1


def test_a_fan_out_makes_every_item_once(alice):
    nodes = [text("words", ",".join("abcdefgh")), lines(), each(), llm("make"), collect(), preview()]
    steps = (*LIST, "each.item make.prompt", "make.text all.item", "all.list out.value")
    execution = end_of(start(alice, nodes, *steps))
    assert execution.status == "COMPLETED"
    assert NodeRun.objects.filter(node_id="make", status="COMPLETED").count() == 8
    assert Submission.objects.filter(state="done", calls=1).count() == 8
    assert execution.credits_used == 8
