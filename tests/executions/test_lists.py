"""What a list opens and what a collect closes: the catalog's list_semantics."""

from __future__ import annotations

import pytest

from executions.board import UPSTREAM_FAILED
from executions.states import ExecutionStatus
from tests.executions.boards import LIST, Table, collect, each, fan, lines, llm, preview, text
from tests.workflows.graphs import node

COMPLETED, FAILED = ExecutionStatus.COMPLETED, ExecutionStatus.FAILED


@pytest.mark.parametrize("last_first", [False, True])
def test_collect_gathers_the_items_in_their_order_whatever_finished_first(last_first):
    table = fan("a,b,c,d,e,f")
    assert table.run(last_first=last_first).status == COMPLETED
    assert table.output("all", "list") == [f"<{one}>" for one in "abcdef"]
    assert table.output("all", "count") == 6
    assert table.statuses("make") == {(i,): "COMPLETED" for i in range(6)}
    assert table.statuses("all") == {(): "COMPLETED"}


@pytest.mark.parametrize("concurrency", [1, 2, 4])
def test_no_more_items_are_worked_on_at_a_time_than_the_list_says(concurrency):
    table = fan("a,b,c,d,e", each_params={"concurrency": concurrency})
    assert table.run().status == COMPLETED
    assert table.most["make"] == concurrency


def test_items_that_are_computed_on_the_spot_need_no_turn():
    table = Table(
        [
            text("words", "a,b,c"),
            lines(),
            each(concurrency=1),
            node("p", "utility:prompt_concat", suffix="!"),
            collect(),
        ],
        *LIST,
        "each.item p.prompt1",
        "p.prompt all.item",
    )
    table.advance()
    assert table.output("all", "list") == ["a!", "b!", "c!"]


def test_limit_takes_the_first_items():
    table = fan("a,b,c", each_params={"limit": 2})
    table.run()
    assert table.output("all", "list") == ["<a>", "<b>"]


def test_values_from_outside_are_the_same_for_every_item_and_the_index_counts():
    table = Table(
        [
            text("words", "a,b"),
            text("style", "S"),
            lines(),
            each(),
            node("p", "utility:prompt_concat", separator=" "),
            collect(),
        ],
        *LIST,
        "each.item p.prompt1",
        "style.prompt p.prompt2",
        "each.index p.prompt3",
        "p.prompt all.item",
    )
    assert table.run().status == COMPLETED
    assert table.output("all", "list") == ["a S 0", "b S 1"]


def test_an_open_end_shows_one_result_per_item():
    table = Table(
        [text("words", "a,b"), lines(), each(), llm("make"), preview()],
        *LIST,
        "each.item make.prompt",
        "make.text out.value",
    )
    assert table.run().status == COMPLETED
    assert [table.output("out", "value", (i,)) for i in range(2)] == [["<a>"], ["<b>"]]


def test_a_failed_item_ends_there_and_the_others_go_on():
    table = fan("a,bad,c")
    end = table.run()
    assert end.status == COMPLETED
    assert len(end.warnings) == 1
    assert "(item 2): bad is refused." in end.warnings[0]
    assert table.output("all", "list") == ["<a>", "<c>"]


def test_what_follows_a_failed_item_is_skipped_for_this_item():
    table = Table(
        [text("words", "a,bad"), lines(), each(), llm("make"), llm("then"), collect()],
        *LIST,
        "each.item make.prompt",
        "make.text then.prompt",
        "then.text all.item",
    )
    assert table.run().status == COMPLETED
    assert table.statuses("then") == {(0,): "COMPLETED", (1,): "SKIPPED"}
    assert table.board.cells["then", (1,)].skip_reason == UPSTREAM_FAILED


def test_a_list_that_stops_lets_no_further_item_begin_after_a_failure():
    table = fan("bad,b,c", each_params={"on_item_error": "stop", "concurrency": 1})
    end = table.run()
    assert end.status == FAILED
    assert table.statuses("make") == {(0,): "FAILED", (1,): "PENDING", (2,): "PENDING"}
    assert table.statuses("all") == {(): "PENDING"}


def test_items_at_work_are_finished_when_another_one_stops_the_list():
    table = fan("bad,b,c", each_params={"on_item_error": "stop", "concurrency": 2})
    assert table.run().status == FAILED
    assert table.statuses("make") == {(0,): "FAILED", (1,): "COMPLETED", (2,): "PENDING"}


def test_fewer_items_than_collect_needs_fail_it():
    table = fan("bad,b", collect_params={"min_items": 2})
    end = table.run()
    assert (end.status, end.error_code) == (FAILED, "too_few_items")
    assert end.error == "Collect: 1 of 2 items succeeded; at least 2 are needed."


def test_a_list_of_which_every_item_failed_fails_the_run():
    assert fan("bad,bad").run().status == FAILED


def test_a_list_without_collect_of_which_every_item_failed_fails_the_run():
    table = Table([text("words", "bad,bad"), lines(), each(), llm("make")], *LIST, "each.item make.prompt")
    assert table.run().status == FAILED


def test_an_empty_list_skips_collect_and_what_follows():
    table = fan(",")
    assert table.run().status == COMPLETED
    assert (table.statuses("make"), table.status("all"), table.status("out")) == ({}, "SKIPPED", "SKIPPED")


def test_an_empty_list_is_an_empty_list_where_collect_needs_none():
    table = fan(",", collect_params={"min_items": 0})
    assert table.run().status == COMPLETED
    assert (table.output("all", "list"), table.output("all", "count")) == ([], 0)


def test_skipped_items_are_left_out():
    table = Table(
        [
            text("words", "cat,dog,catfish"),
            lines(),
            each(),
            node("if", "logic:if", operator="contains", compare_to="cat"),
            llm("make"),
            collect(),
        ],
        *LIST,
        "each.item if.value",
        "if.true make.prompt",
        "make.text all.item",
    )
    assert table.run().status == COMPLETED
    assert table.output("all", "list") == ["<cat>", "<catfish>"]
    assert table.statuses("make")[1,] == "SKIPPED"


def test_a_fan_out_inside_a_branch_that_is_not_taken_has_no_items():
    table = Table(
        [
            text("words", "a,b"),
            node("if", "logic:if", operator="contains", compare_to="zebra"),
            lines(),
            each(),
            llm("make"),
            collect(),
            preview(),
        ],
        "words.prompt if.value",
        "if.true list.text",
        "list.items each.list",
        "each.item make.prompt",
        "make.text all.item",
        "all.list out.value",
    )
    assert table.run().status == COMPLETED
    assert (table.status("each"), table.statuses("make"), table.status("all")) == ("SKIPPED", {}, "SKIPPED")


def test_what_depends_on_a_list_that_failed_to_open_never_starts():
    table = Table(
        [text("a", "bad"), llm("source"), lines(), each(), llm("make"), collect(), preview()],
        "a.prompt source.prompt",
        "source.text list.text",
        "list.items each.list",
        "each.item make.prompt",
        "make.text all.item",
        "all.list out.value",
    )
    assert table.run().status == FAILED
    assert (table.statuses("make"), table.status("all"), table.status("out")) == ({}, "PENDING", "PENDING")


def test_a_json_list_is_a_list_of_its_items():
    table = Table(
        [
            node("j", "input:json", json=["x", None, "y"]),
            each(),
            llm("make"),
            collect(),
        ],
        "j.json each.list",
        "each.item make.prompt",
        "make.text all.item",
    )
    assert table.run().status == COMPLETED
    assert table.output("all", "list") == ["<x>", "<y>"]


def test_lists_that_arrive_per_item_are_joined():
    table = Table(
        [
            text("words", "a b,c"),
            lines(),
            each(),
            node("split", "utility:text_split", separator=" "),
            collect(),
        ],
        *LIST,
        "each.item split.text",
        "split.items all.item",
    )
    assert table.run().status == COMPLETED
    assert table.output("all", "list") == ["a", "b", "c"]
