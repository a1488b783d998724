"""The pieces between two graphs, and graphs with some of them."""

from __future__ import annotations

from tests.workflows.graphs import chain, node
from workflows.differences import ADDED, CHANGED, REMOVED, pieces, with_pieces

ASK = node("ask", "input:text", text="a fox")
MAKE = node("make", "text:llm", prompt="x", model="one")
BEFORE = ([ASK, MAKE], chain("ask.prompt make.prompt"))


def told(before, after):
    return [(one.fate, one.title, one.name) for one in pieces(before, after)]


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
