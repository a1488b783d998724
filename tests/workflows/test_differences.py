"""The pieces between two graphs, and graphs with some of them."""

from __future__ import annotations

import re
from pathlib import Path

from tests.workflows.graphs import chain, node
from workflows.change_words import NAMING
from workflows.differences import ADDED, CHANGED, REMOVED, pieces
from workflows.differences import with_pieces as with_pieces_of

ASK = node("ask", "input:text", text="a fox")
MAKE = node("make", "text:llm", prompt="x", model="one")
BEFORE = ([ASK, MAKE], chain("ask.prompt make.prompt"))


def told(before, after):
    return [(one.fate, one.title, one.name) for one in pieces(before, after)]


def with_pieces(before, after, chosen):
    return with_pieces_of(before, after, pieces(before, after), chosen)


def of(found, **facts):
    [one] = [one for one in found if all(getattr(one, name) == value for name, value in facts.items())]
    return one


def test_each_setting_is_a_piece_with_what_it_was_and_is():
    after = (
        [node("ask", "input:text", text="a bear"), node("make", "text:llm", prompt="y", model="one")],
        BEFORE[1],
    )
    found = pieces(BEFORE, after)
    assert [(one.name, one.was, one.now) for one in found] == [
        ("Text", "a fox", "a bear"),
        ("Prompt", "x", "y"),
    ]
    nodes, edges = with_pieces(BEFORE, after, {of(found, name="Prompt").key})
    assert [one["data"]["params"] for one in nodes] == [{"text": "a fox"}, {"prompt": "y", "model": "one"}]
    assert edges == BEFORE[1]


def test_all_pieces_make_the_later_graph_and_none_the_earlier():
    after = ([MAKE, node("more", "text:llm", prompt="z")], chain("make.text more.prompt"))
    found = pieces(BEFORE, after)
    assert with_pieces(BEFORE, after, {one.key for one in found}) == after
    nodes, edges = with_pieces(BEFORE, after, set())
    assert ({one["id"] for one in nodes}, edges) == ({"ask", "make"}, BEFORE[1])


def test_a_wire_needs_the_nodes_that_are_new_and_the_place_it_takes():
    more = node("more", "input:text", text="z")
    after = ([ASK, MAKE, more], chain("more.prompt make.prompt"))
    found = pieces(BEFORE, after)
    new, wired, gone = (
        of(found, fate=ADDED, is_wire=False),
        of(found, fate=ADDED, is_wire=True),
        of(found, fate=REMOVED),
    )
    assert set(wired.needs) == {new.key, gone.key}
    assert with_pieces(BEFORE, after, {new.key})[1] == BEFORE[1]
    assert with_pieces(BEFORE, after, {new.key, wired.key, gone.key}) == after
    swapped = ([MAKE, more], after[1])
    found = pieces(BEFORE, swapped)
    assert set(of(found, is_wire=True).needs) == {
        of(found, fate=REMOVED).key,
        of(found, fate=ADDED, is_wire=False).key,
    }


A, B, C = ({"id": name, "data": {"nodeType": "input:text", "label": name.upper()}} for name in "abc")
LISTED = [A, B, C, node("all", "utility:merge_list")]


def listed(*names):
    return LISTED, chain(*(f"{name}.prompt all.a" for name in names))


def into(edges):
    return "".join(edge["source"] for edge in edges)


def test_another_order_of_wires_is_a_piece_where_they_come_in_order():
    before, after = listed("a", "b", "c"), listed("b", "c", "a")
    [order] = pieces(before, after)
    assert (order.fate, order.is_order, order.title) == (CHANGED, True, "Merge Lists · A")
    assert [name for name, _ in order.earlier] == ["A", "B", "C"]
    assert order.later == (("B", "Prompt"), ("C", "Prompt"), ("A", "Prompt"))
    [other] = pieces(before, listed("c", "b", "a"))
    assert (other.key == order.key, other.token == order.token) == (True, False)
    more = [*LISTED, node("d", "input:text")]
    after = (more, after[1])
    assert into(with_pieces(before, after, set())[1]) == "abc"
    assert into(with_pieces(before, after, {order.key})[1]) == "bca"


def test_wires_into_an_input_that_takes_many_go_live_one_without_another():
    before, after = listed("a", "b"), listed("c", "b")
    found = pieces(before, after)
    assert [(one.fate, one.needs) for one in found] == [(ADDED, ()), (REMOVED, ())]
    assert into(with_pieces(before, after, {of(found, fate=ADDED).key})[1]) == "acb"
    assert into(with_pieces(before, after, {of(found, fate=REMOVED).key})[1]) == "b"
    last = of(pieces(before, listed("b", "c")), fate=ADDED)
    assert (last.key, last.token == of(found, fate=ADDED).token) == (of(found, fate=ADDED).key, False)


def test_the_order_of_before_stays_beside_a_wire_that_is_new():
    before, after = listed("a", "b"), listed("b", "c", "a")
    found = pieces(before, after)
    order, new = of(found, is_order=True), of(found, fate=ADDED)
    assert into(with_pieces(before, after, {new.key})[1]) == "abc"
    assert into(with_pieces(before, after, {order.key})[1]) == "ba"
    assert into(with_pieces(before, after, {order.key, new.key})[1]) == "bca"


def test_a_wire_drawn_twice_is_a_piece():
    [again] = pieces(listed("a"), listed("a", "a"))
    assert (again.fate, again.is_wire) == (ADDED, True)


def test_a_node_that_goes_takes_its_wires_along():
    after = ([MAKE], [])
    [gone] = pieces(BEFORE, after)
    assert gone.fate == REMOVED
    later = ([MAKE, node("more", "input:text")], [])
    assert with_pieces(BEFORE, later, {gone.key}) == ([MAKE], [])


def test_a_node_of_another_type_is_one_piece():
    other = node("make", "text:other", prompt="y")
    [piece] = pieces(BEFORE, ([ASK, other], BEFORE[1]))
    assert (piece.fate, piece.setting) == (CHANGED, "nodeType")
    assert other in with_pieces(BEFORE, ([ASK, other, node("n", "input:text")], BEFORE[1]), {piece.key})[0]


def test_a_token_tells_what_was_shown():
    def token(text):
        [one] = pieces(BEFORE, ([node("ask", "input:text", text=text), MAKE], BEFORE[1]))
        return one.key, one.token

    (key, first), (same, second) = token("a bear"), token("a hare")
    assert key == same
    assert first != second


def test_a_token_tells_values_apart_that_look_like_a_node():
    def token(before, after):
        [one] = pieces(([before], []), ([after], []))
        return one.token

    empty, plain = node("n", "input:json"), node("n", "input:text")
    first, second = (node("n", "input:json", value={"data": [n], "x": n}) for n in (1, 2))
    assert token(empty, first) != token(empty, second)
    one, other = (node("n", "output:webhook", data={}, url=url) for url in "ab")
    assert token(plain, one) != token(plain, other)


def test_notes_groups_and_places_are_no_pieces_and_come_along():
    note = {"id": "note", "type": "stickyNote", "position": {"x": 1, "y": 2}, "data": {"text": "!"}}
    group = {"id": "group", "type": "custom_group", "position": {"x": 1, "y": 2}, "data": {"label": "All"}}
    moved = {**ASK, "position": {"x": 9, "y": 9}, "parentId": "group"}
    new = {**node("new", "input:text"), "parentId": "new-group"}
    assert pieces(BEFORE, ([note, group, moved, MAKE], BEFORE[1])) == []
    nodes, _ = with_pieces(BEFORE, ([note, group, moved, MAKE, new], BEFORE[1]), set())
    assert nodes == [note, group, moved, MAKE]


def test_places_are_called_as_on_the_canvas():
    draw = node("draw", "generate:nano_banana_2", aspect_ratio="1:1", num_images=1, thinking_level="minimal")
    after = node("draw", "generate:nano_banana_2", aspect_ratio="4:3", num_images=2, thinking_level="high")
    found = pieces(([ASK, draw], []), ([ASK, after], chain("ask.prompt draw.image2")))
    assert [(one.name, one.now, one.now.is_ours) for one in found[:-1]] == [
        ("Aspect ratio", "4:3", False),
        ("Images", "2", False),
        ("Thinking level", "high", True),
    ]
    wired = found[-1]
    assert wired.title == "Text Input · Prompt → Nano Banana 2 · Reference images"
    assert [word.is_ours for word in wired.words] == [True] * 4
    named = {"id": "ask", "data": {"nodeType": "input:text", "label": "Idea", "params": {"text": "b"}}}
    assert [(word, word.is_ours) for word in pieces(([ASK], []), ([named], []))[0].words] == [("Idea", False)]
    part = {
        "nodes": [node("n", "input:text")],
        "inputs": [{"id": "in1", "label": "Words", "type": "TEXT"}],
        "settings": [{"id": "tone", "label": "Tone of it", "node": "n", "param": "text"}],
    }
    own = {"nodeType": "component:c1", "label": "Part", "component": part}
    before = {"id": "part", "data": own}
    [set_anew, wired] = pieces(
        ([ASK, before], []),
        ([ASK, {"id": "part", "data": own | {"params": {"tone": "warm"}}}], chain("ask.prompt part.in1")),
    )
    assert (set_anew.name, wired.title) == ("Tone of it", "Text Input · Prompt → Part · Words")


def test_choices_that_are_names_are_those_of_the_canvas():
    canvas = (Path(__file__).parents[2] / "frontend/src/api/catalog.ts").read_text("utf-8")
    names = re.search(r"^const NAMES = new Set\(\[(.*?)\]\)", canvas, re.M)
    assert names is not None
    assert set(re.findall(r'"(\w+)"', names[1])) == NAMING


def test_long_texts_files_and_switches_are_shown_in_short():
    after = (
        [
            node("ask", "input:text", text="a" * 6_000, isOn=True, file={"filename": "cat.png", "url": "/x"}),
            MAKE,
        ],
        BEFORE[1],
    )
    shown = {one.name: one.now for one in pieces(BEFORE, after)}
    assert (len(shown["Text"]), shown["Is on"], shown["File"]) == (5_000, "✓", "cat.png")
