"""What differs between executions, and where it began."""

from __future__ import annotations

from typing import Any

import pytest

from executions.comparing import MOST_WORDS, Piece, Side, Why, compare, word_pieces
from executions.models import NodeRun
from tests.workflows.graphs import Json, graph_of, node

STEPS = ("ask.prompt make.prompt", "make.text out.value")


def nodes(words: str = "a fox", **settings: Any) -> list[Json]:
    return [
        node("ask", "input:text", prompt=words),
        node("make", "llm:prompt_enhancer", **settings),
        node("out", "output:preview"),
    ]


def run(node_id: str, position: int, *, digest: str = "", text: str = "", **fields: Any) -> NodeRun:
    values = {"status": "COMPLETED", "output": {"text": text}, "provider": "local", **fields}
    return NodeRun(node_id=node_id, position=position, content_hash=digest, **values)


def side(
    *,
    graph: list[Json] | None = None,
    steps: tuple[str, ...] = STEPS,
    digest: str = "1",
    text: str = "A",
    **fields: Any,
):
    runs = [run("ask", 0), run("make", 1, digest=digest, text=text, **fields), run("out", 2, text=text)]
    return Side(graph_of(nodes() if graph is None else graph, *steps), runs, {})


def found(*sides: Side) -> list[tuple[str, Why]]:
    return [(one.node_id, one.why) for one in compare(sides).differences]


def test_executions_that_did_the_same_have_no_difference():
    comparison = compare([side(), side(), side()])
    assert (comparison.differences, comparison.cause) == ((), None)


def test_the_first_difference_is_the_cause_and_the_others_follow_from_it():
    one, other = side(), side(graph=nodes("a hen"), digest="2", text="B")
    comparison = compare([one, other])
    assert [(each.node_id, each.why) for each in comparison.differences] == [
        ("ask", Why.SETTINGS), ("make", Why.CAME_IN), ("out", Why.CAME_IN),
    ]  # fmt: skip
    assert comparison.cause is comparison.differences[0]
    (setting,) = comparison.cause.settings
    assert (setting.name, setting.values) == ("prompt", ("a fox", "a hen"))
    assert setting.pieces == ((), (Piece("", "a "), Piece("-", "fox"), Piece("+", "hen")))


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"digest": "2", "text": "B"}, Why.RESULT),
        ({"provider": "fal", "digest": "2", "text": "B"}, Why.PROVIDER),
        ({"status": "FAILED", "digest": "", "text": ""}, Why.OUTCOME),
        ({"text": "B"}, Why.RESULT),
    ],
)
def test_why_a_node_that_is_the_same_did_not_do_the_same(fields, why):
    assert found(side(), side(**fields))[0] == ("make", why)


def test_wires_types_and_nodes_that_only_some_graphs_have():
    assert found(side(), side(steps=STEPS[1:]))[0] == ("make", Why.WIRES)
    other = nodes()
    other[1]["data"]["nodeType"] = "llm:gemini"
    assert found(side(), side(graph=other))[0] == ("make", Why.TYPE)
    more = [*nodes(), node("note", "input:text", prompt="more")]
    assert found(side(), side(graph=more)) == [("note", Why.ONLY_SOME)]
    assert found(side(graph=more), side()) == [("note", Why.ONLY_SOME)]


def test_a_difference_of_any_of_the_executions_counts():
    assert found(side(), side(), side(text="B"))[0] == ("make", Why.RESULT)


def test_files_are_told_apart_by_what_they_hold_and_not_by_their_addresses():
    def picture(asset: str, name: str) -> dict[str, Any]:
        medium = {"assetId": asset, "contentType": "image/png", "url": f"/media/{name}.png"}
        return {"status": "COMPLETED", "output": {"images": [medium]}}

    def pictured(asset: str, name: str) -> Side:
        made = NodeRun(node_id="make", position=1, content_hash=asset, **picture(asset, name))
        return Side(graph_of(nodes(), *STEPS), [made], {"a": "1", "b": "2", "c": "1"})

    assert found(pictured("a", "x"), pictured("a", "y")) == []
    assert found(pictured("a", "x"), pictured("c", "x")) == []
    assert found(pictured("a", "x"), pictured("b", "x")) == [("make", Why.RESULT)]


def test_what_started_the_run_gave_a_source_its_value():
    def told(words: str) -> Side:
        return Side(graph_of(nodes(), *STEPS), [run("ask", 0, text=words)], {})

    assert found(told("a fox"), told("a hen")) == [("ask", Why.CAME_IN)]


def test_another_chosen_result_is_a_setting():
    chosen = nodes()
    chosen[1]["data"]["selectedIndex"] = 1
    (one,) = compare([side(), side(graph=chosen)]).differences
    assert [(setting.name, setting.values) for setting in one.settings] == [("selectedIndex", ("0", "1"))]


def test_texts_are_compared_by_words_and_long_ones_as_a_whole():
    assert word_pieces("one two, three", "one 2, three!") == (
        Piece("", "one "), Piece("-", "two"), Piece("+", "2"), Piece("", ", three"), Piece("+", "!"),
    )  # fmt: skip
    assert word_pieces("", "new") == (Piece("+", "new"),)
    long = "word " * MOST_WORDS
    assert word_pieces(long, long + "x") == (Piece("-", long), Piece("+", long + "x"))
