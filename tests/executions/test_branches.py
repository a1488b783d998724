"""What may start, what is skipped, and how a run ends: the catalog's branch_semantics."""

from __future__ import annotations

import pytest

from executions.states import ExecutionStatus
from tests.executions.boards import Table, collect, each, lines, llm, preview, text
from tests.workflows.graphs import node

COMPLETED, FAILED = ExecutionStatus.COMPLETED, ExecutionStatus.FAILED


def test_sources_and_texts_are_there_at_once_and_other_work_lies_ready():
    table = Table([text("a", "hello"), llm("b"), llm("c")], "a.prompt b.prompt", "b.text c.prompt")
    changed = table.advance()
    assert {key[0]: cell.status.value for key, cell in changed.items()} == {
        "a": "COMPLETED",
        "b": "READY",
        "c": "PENDING",
    }
    assert table.advance() == {}


def test_independent_branches_lie_ready_together():
    table = Table(
        [text("a", "hello"), llm("b"), llm("c"), llm("d")],
        "a.prompt b.prompt",
        "a.prompt c.prompt",
        "b.text d.prompt",
    )
    table.advance()
    assert [table.status(one) for one in "bcd"] == ["READY", "READY", "PENDING"]


def test_a_failure_stops_what_depends_on_it_and_nothing_else():
    table = Table(
        [text("a", "bad"), text("x", "good"), llm("b"), llm("c"), llm("d"), llm("e")],
        "a.prompt b.prompt",
        "b.text c.prompt",
        "x.prompt d.prompt",
        "d.text e.prompt",
    )
    end = table.run()
    assert end.status == FAILED
    assert end.error == "Gemini Text: bad is refused."
    assert end.error_code == "content_blocked"
    assert [table.status(one) for one in "bcde"] == ["FAILED", "PENDING", "COMPLETED", "COMPLETED"]


def test_a_node_that_fails_on_the_spot_fails_the_run():
    table = Table(
        [text("a", "{"), node("j", "utility:json_extract", path="x"), preview()],
        "a.prompt j.json",
        "j.value out.value",
    )
    end = table.run()
    assert (end.status, end.error_code) == (FAILED, "bad_value")
    assert table.status("out") == "PENDING"


def branch(value: str) -> Table:
    """if value contains "cat": left, else right; merged."""
    return Table(
        [
            text("a", value),
            node("if", "logic:if", operator="contains", compare_to="cat"),
            llm("left"),
            llm("right"),
            node("merge", "logic:merge"),
            preview(),
        ],
        "a.prompt if.value",
        "if.true left.prompt",
        "if.false right.prompt",
        "left.text merge.a",
        "right.text merge.b",
        "merge.value out.value",
    )


@pytest.mark.parametrize(
    ("value", "taken", "other"), [("a cat", "left", "right"), ("a dog", "right", "left")]
)
def test_only_the_branch_that_is_taken_runs(value, taken, other):
    table = branch(value)
    assert table.run().status == COMPLETED
    assert (table.status(taken), table.status(other)) == ("COMPLETED", "SKIPPED")
    assert table.board.cells[other, ()].skip_reason == "branch"
    assert table.output("out", "value") == [f"<{value}>"]


def test_a_skipped_source_empties_what_follows_and_the_run_is_completed():
    table = Table(
        [
            text("a", "dog"),
            node("if", "logic:if", operator="contains", compare_to="cat"),
            llm("b"),
            llm("c"),
            preview(),
        ],
        "a.prompt if.value",
        "if.true b.prompt",
        "b.text c.prompt",
        "c.text out.value",
    )
    assert table.run().status == COMPLETED
    assert [table.status(one) for one in ("b", "c", "out")] == ["SKIPPED"] * 3


def test_an_empty_optional_input_counts_as_not_wired():
    table = Table(
        [
            text("a", "dog"),
            node("if", "logic:if", operator="contains", compare_to="cat"),
            node("j", "utility:prompt_concat"),
            preview(),
        ],
        "a.prompt if.value",
        "if.true j.prompt1",
        "a.prompt j.prompt2",
        "j.prompt out.value",
    )
    assert table.run().status == COMPLETED
    assert table.output("out", "value") == ["dog"]


def test_a_node_whose_wired_inputs_are_all_empty_is_skipped():
    table = Table(
        [
            text("a", "dog"),
            node("if", "logic:if", operator="contains", compare_to="cat"),
            node("j", "utility:prompt_concat", prompt2="written"),
        ],
        "a.prompt if.value",
        "if.true j.prompt1",
    )
    assert table.run().status == COMPLETED
    assert table.status("j") == "SKIPPED"


def test_merge_waits_for_every_wire_and_prefers_the_first_letter():
    table = Table(
        [text("x", "x"), llm("slow"), llm("fast"), node("merge", "logic:merge")],
        "x.prompt slow.prompt",
        "x.prompt fast.prompt",
        "slow.text merge.a",
        "fast.text merge.b",
    )
    table.advance()
    table.work(last_first=True)
    table.advance()
    assert table.status("merge") == "PENDING"
    assert table.run().status == COMPLETED
    assert table.output("merge", "value") == "<x>"


def test_merge_with_nothing_is_skipped():
    table = Table(
        [
            text("a", "dog"),
            node("if", "logic:if", operator="contains", compare_to="cat"),
            llm("b"),
            llm("c"),
            node("merge", "logic:merge"),
        ],
        "a.prompt if.value",
        "if.true b.prompt",
        "if.true c.prompt",
        "b.text merge.a",
        "c.text merge.b",
    )
    assert table.run().status == COMPLETED
    assert table.status("merge") == "SKIPPED"


def test_a_router_passes_lists_through_as_lists():
    table = Table(
        [text("words", "a,b"), lines(), node("r", "logic:router"), each(), llm("make"), collect()],
        "words.prompt list.text",
        "list.items r.value",
        "r.value each.list",
        "each.item make.prompt",
        "make.text all.item",
    )
    assert table.run().status == COMPLETED
    assert table.output("all", "list") == ["<a>", "<b>"]
