"""Lists beside and inside other lists, and how many items there may be."""

from __future__ import annotations

import pytest

from executions.planner import MAX_NODE_RUNS
from executions.states import ExecutionStatus
from tests.executions.boards import LIST, Table, collect, each, lines, llm, preview, text
from tests.workflows.graphs import Json, node

COMPLETED, FAILED = ExecutionStatus.COMPLETED, ExecutionStatus.FAILED


def product(*, group: str = "", first: str = "a,b", second: str = "x,y", **collect_params: object) -> Table:
    return Table(
        [
            text("one", first),
            text("two", second),
            lines("l1"),
            lines("l2"),
            each("e1", group=group),
            each("e2", group=group),
            node("p", "utility:prompt_concat", separator="-"),
            collect(**collect_params),
        ],
        "one.prompt l1.text",
        "two.prompt l2.text",
        "l1.items e1.list",
        "l2.items e2.list",
        "e1.item p.prompt1",
        "e2.item p.prompt2",
        "p.prompt all.item",
    )


def test_two_lists_side_by_side_make_every_combination_the_first_node_being_the_outer_loop():
    table = product()
    assert table.run().status == COMPLETED
    assert table.output("all", "list") == ["a-x", "a-y", "b-x", "b-y"]


def test_lists_of_one_group_advance_together():
    table = product(group="g")
    assert table.run().status == COMPLETED
    assert table.output("all", "list") == ["a-x", "b-y"]


def test_a_list_of_one_is_repeated_beside_a_longer_one():
    table = product(group="g", first="a,b,c", second="x")
    assert table.run().status == COMPLETED
    assert table.output("all", "list") == ["a-x", "b-x", "c-x"]


def test_lists_of_one_group_and_unequal_lengths_fail():
    end = product(group="g", first="a,b,c", second="x,y").run()
    assert (end.status, end.error_code) == (FAILED, "list_length_mismatch")


def test_a_list_of_one_beside_an_empty_one_has_no_items():
    table = product(group="g", first="a", second=",")
    assert table.run().status == COMPLETED
    assert table.status("all") == "SKIPPED"


def test_collect_inner_closes_only_the_innermost_list():
    table = product(level="inner")
    assert table.run().status == COMPLETED
    assert [table.output("all", "list", (i,)) for i in range(2)] == [["a-x", "a-y"], ["b-x", "b-y"]]


def nested(words: str, *, outer: Json | None = None, inner: Json | None = None, level: str = "all") -> Table:
    """ "a b,c" → outer items "a b" and "c" → inner items a, b | c"""
    return Table(
        [
            text("words", words),
            lines(),
            each("outer", **(outer or {})),
            node("split", "utility:text_split", separator=" "),
            each("inner", **(inner or {})),
            llm("make"),
            collect("in", level=level),
            collect("all"),
            preview(),
        ],
        "words.prompt list.text",
        "list.items outer.list",
        "outer.item split.text",
        "split.items inner.list",
        "inner.item make.prompt",
        "make.text in.item",
        "in.list all.item",
        "all.list out.value",
    )


def test_a_list_inside_a_list_may_differ_per_outer_item():
    table = nested("a b,c,d e f")
    assert table.run().status == COMPLETED
    assert list(table.statuses("make")) == [(0, 0), (0, 1), (1, 0), (2, 0), (2, 1), (2, 2)]
    assert table.output("out", "value") == [f"<{one}>" for one in "abcdef"]


@pytest.mark.parametrize("last_first", [False, True])
def test_inner_and_outer_collect_join_in_item_order(last_first):
    table = nested("a b,c", level="inner", outer={"concurrency": 2})
    assert table.run(last_first=last_first).status == COMPLETED
    assert table.output("in", "list", (0,)) == ["<a>", "<b>"]
    assert table.output("in", "list", (1,)) == ["<c>"]
    assert table.output("out", "value") == ["<a>", "<b>", "<c>"]


def test_both_gates_of_nested_lists_hold():
    table = nested("a b c,d e f", outer={"concurrency": 1}, inner={"concurrency": 2}, level="inner")
    assert table.run().status == COMPLETED
    assert table.most["make"] == 2
    assert [key[1][0] for key in table.order] == [0, 0, 0, 1, 1, 1]


def test_an_inner_failure_that_the_inner_list_bears_does_not_stop_the_outer_one():
    table = nested("bad b,c,d", outer={"on_item_error": "stop", "concurrency": 1}, level="inner")
    end = table.run()
    assert end.status == COMPLETED
    assert table.output("out", "value") == ["<b>", "<c>", "<d>"]
    assert len(end.warnings) == 1


def test_an_inner_list_that_stops_fails_the_run():
    table = nested("bad b,c", inner={"on_item_error": "stop", "concurrency": 1}, level="inner")
    assert table.run().status == FAILED
    assert table.statuses("make")[0, 1] == "PENDING"


def test_an_empty_inner_list_leaves_its_outer_item_out():
    table = nested("a, ,c", level="inner")
    assert table.run().status == COMPLETED
    assert table.output("out", "value") == ["<a>", "<c>"]


def test_a_value_from_outside_goes_into_every_inner_collect():
    table = Table(
        [
            text("words", "a b,c"),
            text("extra", "E"),
            lines(),
            each("outer"),
            node("split", "utility:text_split", separator=" "),
            each("inner"),
            collect("in", level="inner"),
            collect("all"),
        ],
        "words.prompt list.text",
        "list.items outer.list",
        "outer.item split.text",
        "split.items inner.list",
        "inner.item in.item",
        "extra.prompt in.item",
        "in.list all.item",
    )
    assert table.run().status == COMPLETED
    assert table.output("in", "list", (1,)) == ["c", "E"]
    assert table.output("all", "list") == ["a", "b", "E", "c", "E"]


@pytest.mark.parametrize("concurrency", [1, 2])
def test_items_may_be_worked_on_again_with_what_was_collected_of_them(concurrency):
    table = Table(
        [
            text("words", "a,b,c"),
            lines(),
            each(concurrency=concurrency),
            llm("make"),
            collect(),
            node("join", "utility:prompt_concat", separator=" of "),
            llm("again"),
            collect("second"),
        ],
        *LIST,
        "each.item make.prompt",
        "make.text all.item",
        "each.item join.prompt1",
        "all.count join.prompt2",
        "join.prompt again.prompt",
        "again.text second.item",
    )
    assert table.run().status == COMPLETED
    assert table.output("second", "list") == ["<a of 3>", "<b of 3>", "<c of 3>"]
    assert (table.most["make"], table.most["again"]) == (concurrency, concurrency)


def test_more_items_than_a_list_may_have_fail_the_step():
    table = Table([text("words", ",".join("a" * 501)), lines(), each()], *LIST)
    end = table.run()
    assert (end.status, end.error_code) == (FAILED, "too_many_items")


def test_lists_that_would_make_more_node_runs_than_a_run_may_have_fail_and_the_others_go_on():
    table = Table(
        [
            text("words", ",".join(["x " * 49 + "x"] * 40)),
            lines(),
            each("outer"),
            node("split", "utility:text_split", separator=" "),
            each("inner"),
            node("make", "utility:prompt_concat", suffix="!"),
            collect("in", level="inner"),
            collect("all"),
        ],
        "words.prompt list.text",
        "list.items outer.list",
        "outer.item split.text",
        "split.items inner.list",
        "inner.item make.prompt1",
        "make.prompt in.item",
        "in.list all.item",
    )
    end = table.run()
    assert (end.status, len(end.warnings)) == (COMPLETED, 3)
    assert table.board.cells["inner", (37,)].error_code == "too_many_items"
    assert table.output("all", "list") == ["x!"] * 37 * 50
    assert len(table.board.cells) == 4 + 40 * 3 + 37 * 50 <= MAX_NODE_RUNS
