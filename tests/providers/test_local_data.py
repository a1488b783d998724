"""Nodes that choose, pick and read JSON."""

from __future__ import annotations

from json import loads

import pytest

from providers.catalog import load_catalog
from providers.errors import InvalidInput, TooManyItems
from providers.local import INSTANT, MEDIA, SUPPORTED
from providers.local.json_paths import MissingPath, parse_path
from tests.providers.local_work import work

EXTRACT, MULTI, SELECT = "utility:json_extract", "utility:json_multi_extract", "utility:select_item"
ASSET = {"assetId": "as_1", "url": "/media/a.png", "contentType": "image/png"}
SHOTS = {"shots": [{"n": 1, "title": "A"}, {"n": 2, "title": "B"}], "a.b": {"c d": 5}, "none": None}
DONE_ELSEWHERE = {"utility:iterate", "utility:collect", "utility:sticky_note"}


def test_every_local_type_of_the_catalog_is_served_or_done_elsewhere():
    wanted = {
        kind.name
        for kind in load_catalog().kinds.values()
        if kind.is_local and set(kind.requires) <= {"ffmpeg"} and kind.status != "unsupported"
    }
    assert wanted - DONE_ELSEWHERE == SUPPORTED
    assert not set(INSTANT) & set(MEDIA)


@pytest.mark.parametrize(
    ("value", "operator", "compare_to", "holds"),
    [
        ("x", "truthy", "", True), ("No", "truthy", "", False), (" off ", "truthy", "", False),
        (0, "truthy", "", False), (0.0, "truthy", "", False), ("0", "truthy", "", False),
        ([], "truthy", "", False),
        (False, "truthy", "", False), (ASSET, "truthy", "", True), ([0], "truthy", "", True),
        ("", "empty", "", True), ([], "empty", "", True), (0, "empty", "", False), ("a", "empty", "", False),
        ("7.0", "equals", "7", True), ("Yes", "equals", "yes", True), (True, "equals", "true", True),
        ("7", "not_equals", "8", True), ("a", "not_equals", "A", False),
        ("A red fox", "contains", "RED", True), (["x", 7], "contains", "7", True),
        ("ab", "contains", "c", False),
        ("10", "greater_than", "9", True), ("abc", "greater_than", "abd", False),
        (9, "greater_than", "9", False),
        (7, "at_least", "7", True), ("6.9", "at_least", "7", False),
        ("9", "less_than", "10", True), ("1e3", "less_than", "999", False),
        (3, "at_most", "3", True), (3, ">", "2", True), (3, "<=", "2", False),
    ],
)  # fmt: skip
def test_a_condition_holds_as_the_catalog_says(value, operator, compare_to, holds):
    side = "true" if holds else "false"
    params = {"operator": operator, "compare_to": compare_to}
    assert work("logic:if", inputs={"value": value}, **params) == {side: value}
    inputs = {"condition": value, "when_true": 1, "when_false": [2]}
    assert work("utility:switch", inputs=inputs, **params) == {"value": 1 if holds else [2]}


def test_if_tests_the_condition_and_passes_the_value():
    inputs = {"value": [ASSET, ASSET], "condition": 8}
    assert work("logic:if", inputs=inputs, operator="at_least", compare_to="7") == {"true": [ASSET, ASSET]}


def test_the_rest_of_the_logic_passes_values_through_untouched():
    assert work("logic:router", inputs={"value": [ASSET]}) == {"value": [ASSET]}
    assert work("logic:merge", inputs={"b": 0, "d": 2}) == {"value": 0}
    assert work("logic:merge") == {}
    assert work("utility:switch", inputs={"condition": "no", "when_true": 1}) == {}
    assert work("output:preview", inputs={"value": ASSET}, name="x") == {"value": [ASSET]}


@pytest.mark.parametrize(
    ("mode", "index", "picked"),
    [
        ("first", 1, 0),
        ("last", 0, 2),
        ("index", 1, 1),
        ("index", -1, 2),
        ("best_score", 0, 1),
        ("score", 0, 1),
    ],
)
def test_an_item_is_selected(mode, index, picked):
    inputs = {"items": ["a", "b", "c"], "scores": [1, "7.5", 7]}
    assert work(SELECT, inputs=inputs, mode=mode, index=index) == {"item": "abc"[picked], "index": picked}


def test_a_random_item_is_one_of_the_list():
    picked = {work(SELECT, inputs={"items": ["a", "b"]}, mode="random")["item"] for _ in range(60)}
    assert picked == {"a", "b"}


@pytest.mark.parametrize(
    ("inputs", "params", "words"),
    [
        ({"items": ["a"]}, {"index": 1}, "Index is 1, but the list has 1 items"),
        ({"items": ["a"]}, {"index": -2}, "Index is -2"),
        ({"items": []}, {}, "the list is empty"),
        ({"items": ["a", "b"], "scores": [1]}, {"mode": "best_score"}, "2 items but 1 scores"),
        ({"items": ["a"], "scores": ["good"]}, {"mode": "best_score"}, "Score 1 is “good”"),
        ({"items": ["a"]}, {"mode": "worst"}, "choose one of index, first"),
    ],
)
def test_a_selection_that_cannot_be_made_is_refused(inputs, params, words):
    with pytest.raises(InvalidInput, match=words):
        work(SELECT, inputs=inputs, **params)


def test_lists_are_joined_up_to_500_items():
    assert work("utility:merge_list", inputs={"a": [1], "c": 3}) == {"items": [1, 3]}
    with pytest.raises(TooManyItems, match="501 items"):
        work("utility:merge_list", inputs={"a": [1] * 250, "b": [1] * 251})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("shots[1].title", "B"), ("$.shots[0].n", 1), ("shots.1.n", 2), ("shots[-1].n", 2),
        ('["a.b"]["c d"]', 5), ("$['a.b'].c d", 5), ("$", SHOTS),
    ],
)  # fmt: skip
def test_json_is_read_by_path(path, value):
    assert work(EXTRACT, inputs={"json": SHOTS}, path=path) == {"value": value, "items": [value]}


def test_the_elements_of_an_array_become_items():
    shots = SHOTS["shots"]
    assert work(EXTRACT, inputs={"json": SHOTS}, path="shots") == {"value": shots, "items": shots}
    assert work(EXTRACT, inputs={"json": '```json\n{"a": [1, 2]}\n```'}, path="a") == {
        "value": [1, 2],
        "items": [1, 2],
    }
    assert work(EXTRACT, inputs={"json": SHOTS}, path="none") == {}
    with pytest.raises(TooManyItems, match="501 items"):
        work(EXTRACT, inputs={"json": [0] * 501}, path="$")


@pytest.mark.parametrize(
    "path", ["a[", "a[x]", "a[1.5]", "a..b", "a.", "[1]b", "a[*]", "a[?(@.b)]", "a[1:2]", ".", "['a"]
)
def test_a_path_is_keys_and_indexes_only(path):
    with pytest.raises(InvalidInput, match="cannot be read"):
        parse_path(path)


@pytest.mark.parametrize(
    "path", ["shot", "shots[2]", "shots[-3]", "shots.title", "shots[0].title.x", "shots[0].__class__"]
)
def test_a_path_that_leads_nowhere_says_what_is_there(path):
    with pytest.raises(MissingPath, match="does not exist: there is no"):
        work(EXTRACT, inputs={"json": SHOTS}, path=path)
    with pytest.raises(InvalidInput, match="Path is empty"):
        work(EXTRACT, inputs={"json": SHOTS}, path=" ")
    with pytest.raises(InvalidInput, match="This is not JSON"):
        work(EXTRACT, inputs={"json": "once upon"}, path="$")


@pytest.mark.parametrize(
    ("json", "words"),
    [
        ('"a\\u0000b"', "holds a NUL"),
        ('{"\\ud800": 1}', "half of a letter"),
        ('["\\udfff"]', "half of a letter"),
        ("[1e999]", "holds a NUL"),
        ("[NaN]", "holds a NUL"),
        ("9" * 21, "more than 20 digits"),
        ("[" * 32 + "]" * 32, "nested too deep: 32 levels"),
    ],
)
def test_data_that_could_not_be_stored_or_shown_is_refused(json, words):
    with pytest.raises(InvalidInput, match=words):
        work(EXTRACT, inputs={"json": json}, path="$")


def test_data_at_the_limits_is_given_as_it_is():
    for json in ("[" * 29 + "]" * 29, "9" * 20, '"\\ud83d\\ude00"', "1e308"):
        value = loads(json)
        assert work(EXTRACT, inputs={"json": json}, path="$")["value"] == value


def test_several_values_are_read_at_once():
    inputs = {"json": SHOTS}
    paths = {"first": "shots[0].title", "all": "shots", "none": "none", "n": "shots[1].n"}
    wrap = {"keys": ["first", "n"], "prefix": "<", "suffix": ">"}
    assert work(MULTI, inputs=inputs, paths=paths, wrap=wrap) == {
        "first": "<A>",
        "all": SHOTS["shots"],
        "n": "<2>",
    }
    assert work(MULTI, inputs=inputs, paths='{"t": "shots[1].title"}') == {"t": "B"}
    for paths, words in (
        ({}, "Paths is empty"),
        ([1], "must be an object"),
        ("x", "not JSON"),
        ({"a": "b"}, "no b"),
    ):
        with pytest.raises(InvalidInput, match=words):
            work(MULTI, inputs=inputs, paths=paths)


def test_rows_get_their_pictures():
    records = [[{"t": 1}, {"t": 2}], {"t": 3}]
    made = work("utility:build_data", inputs={"records": records, "images": [ASSET, "x"]}, imageKey="bg")
    assert made == {"data": [{"t": 1, "bg": ASSET}, {"t": 2, "bg": "x"}, {"t": 3}]}
    assert records == [[{"t": 1}, {"t": 2}], {"t": 3}]
    with pytest.raises(InvalidInput, match="2 pictures for 1 records"):
        work("utility:build_data", inputs={"records": [{}], "images": [ASSET, ASSET]})
    with pytest.raises(InvalidInput, match="Record 1 is not an object"):
        work("utility:build_data", inputs={"records": ["x"]})
    with pytest.raises(InvalidInput, match="ImageKey is empty"):
        work("utility:build_data", inputs={"records": [{}], "images": [ASSET]}, imageKey="")
