"""Nodes on texts, lists and data."""

from __future__ import annotations

import time

import pytest

from providers.errors import InvalidInput, TooManyItems
from providers.local.limits import TooLarge
from providers.local.values import text_of
from tests.providers.local_work import work

CONCAT, TEMPLATE = "utility:prompt_concat", "utility:prompt_template"
REPLACE, SPLIT = "utility:text_replace", "utility:text_split"
ASSET = {"assetId": "as_1", "url": "/media/a.png", "contentType": "image/png"}


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), ("a", "a"), (12.0, "12"), (0.5, "0.5"), (7, "7"), (True, "true"), (False, "false"),
     ({"a": [1, "é"]}, '{"a":[1,"é"]}'), (ASSET, "/media/a.png")],
)  # fmt: skip
def test_values_become_text_as_the_catalog_says(value, text):
    assert text_of(value) == text


@pytest.mark.parametrize(
    ("inputs", "params", "prompt"),
    [
        ({"prompt1": "a", "prompt3": "c"}, {}, "a, c"),
        ({"prompt1": "a"}, {"prompt1": "own", "prompt2": "b"}, "a, b"),
        ({"prompt1": "a", "prompt2": "", "prompt3": "c"}, {"skip_empty": False}, "a, , c"),
        ({"prompt1": "a"}, {"skip_empty": False}, "a"),
        ({"prompt1": "a", "prompt2": "b"}, {"separator": "\n", "prefix": "<", "suffix": ">"}, "<a\nb>"),
        ({"prompt1": "a"}, {"template": "{{prompt1}}-{{ prompt2 }}-{{no}}", "prefix": "x"}, "a--{{no}}"),
        ({"prompt1": "{{prompt2}}", "prompt2": "b"}, {"template": "{{prompt1}}"}, "{{prompt2}}"),
        ({}, {}, ""),
    ],
)  # fmt: skip
def test_prompts_are_joined_or_put_into_a_template(inputs, params, prompt):
    assert work(CONCAT, inputs=inputs, **params) == {"prompt": prompt}


@pytest.mark.parametrize(
    ("template", "prompt"),
    [
        ("{{var1}} and {{title}}", "12 and T"),
        ("{{scenes[1].motion}} {{scenes.0.motion}}", "zoom pan"),
        ("{{{title}}}", "{T}"),
        ("{{}} {{ }} }} {{", "{{}} {{ }} }} {{"),
        ("{{none}}|{{deep}}", '|{"a":1}'),
    ],
)
def test_a_template_takes_wires_and_json_keys(template, prompt):
    data = {"title": "T", "scenes": [{"motion": "pan"}, {"motion": "zoom"}], "none": None, "deep": {"a": 1}}
    assert work(TEMPLATE, inputs={"var1": 12.0, "json": data}, template=template) == {"prompt": prompt}


def test_a_missing_name_fails_empties_or_stays():
    with pytest.raises(InvalidInput, match=r"asks for \{\{gone\}\}"):
        work(TEMPLATE, template="a {{gone}}")
    assert work(TEMPLATE, template="a {{gone}}", missing="empty") == {"prompt": "a "}
    assert work(TEMPLATE, template="a {{ gone }}", missing="keep") == {"prompt": "a {{ gone }}"}


@pytest.mark.parametrize("name", ["var1.__class__", "var1.__init__.__globals__", "0", "json", "a|upper"])
def test_templates_reach_keys_and_nothing_else(name):
    assert work(TEMPLATE, inputs={"var1": "x", "json": {}}, template="{{" + name + "}}", missing="empty") == {
        "prompt": ""
    }


def test_a_text_that_would_be_too_long_is_never_made():
    big = "x" * 900_000
    with pytest.raises(TooLarge, match="the limit is 1,000,000"):
        work(CONCAT, inputs={"prompt1": big}, template="{{prompt1}}" * 4_000)
    with pytest.raises(TooLarge):
        work(CONCAT, inputs={"prompt1": big, "prompt2": big})
    with pytest.raises(TooLarge):
        work(REPLACE, inputs={"text": big}, find="x", replace="y" * 100_000)
    with pytest.raises(TooLarge):
        work(REPLACE, inputs={"text": big}, find="(x+)", replace=r"\1" * 50_000, regex=True)


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"find": "b", "replace": "X"}, "aXAXa.c"),
        ({"find": "A", "replace": "-", "ignore_case": True}, "-b-b-.c"),
        ({"find": ".", "replace": "!"}, "abAba!c"),
        ({"find": ".", "replace": "!", "ignore_case": True}, "abAba!c"),
        ({"find": "a(b)", "replace": r"[\1\0]", "regex": True}, "[bab]Aba.c"),
        ({"find": "(?P<x>A)", "replace": r"\g<x>\g<x>\\\n", "regex": True}, "abAA\\\nba.c"),
        ({"find": "a", "replace": r"\1", "ignore_case": True}, r"\1b\1b\1.c"),
        ({"find": "A|c", "replace": "", "regex": True, "ignore_case": True}, "bb."),
        ({"find": "x*", "replace": "-", "regex": True}, "-a-b-A-b-a-.-c-"),
    ],
)
def test_text_is_replaced(params, text):
    assert work(REPLACE, inputs={"text": "abAba.c"}, **params) == {"text": text}


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"find": ""}, "Find is empty"),
        ({"find": "(", "regex": True}, "not a pattern that RE2"),
        ({"find": "(a)\\1", "regex": True}, "not a pattern that RE2"),
        ({"find": "a", "replace": r"\2", "regex": True}, "names the group 2"),
        ({"find": "a", "replace": r"\g<no>", "regex": True}, "names the group no"),
    ],
)
def test_a_pattern_that_cannot_work_is_refused(params, words):
    with pytest.raises(InvalidInput, match=words):
        work(REPLACE, inputs={"text": "aa"}, **params)


def test_a_pattern_that_would_take_for_ever_is_stopped():
    begin = time.monotonic()
    with pytest.raises(InvalidInput, match="takes too long"):
        work(REPLACE, inputs={"text": "a" * 900_000}, find="a(.*b)?", replace="", regex=True)
    assert time.monotonic() - begin < 5


@pytest.mark.parametrize(
    ("params", "items"),
    [
        ({}, ["a", "b", "c"]),
        ({"trim": False, "drop_empty": False}, ["a ", "", " b", "c"]),
        ({"drop_empty": False}, ["a", "", "b", "c"]),
        ({"trim": False}, ["a ", " b", "c"]),
        ({"limit": 2}, ["a", "b"]),
        ({"separator": "b\\n"}, ["a", "c"]),
    ],
)
def test_text_is_split(params, items):
    assert work(SPLIT, inputs={"text": "a \r\n\n b\nc"}, **params) == {"items": items}


def test_a_split_of_more_than_500_items_is_refused_and_not_cut():
    assert len(work(SPLIT, inputs={"text": "x\n" * 500})["items"]) == 500
    with pytest.raises(TooManyItems, match="the limit is 500"):
        work(SPLIT, inputs={"text": "x\n" * 501})
    assert len(work(SPLIT, inputs={"text": "x\n" * 501}, limit=500)["items"]) == 500
    with pytest.raises(InvalidInput, match="Separator is empty"):
        work(SPLIT, inputs={"text": "x"}, separator="")


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"limit": 501}, "Limit is 501; it must be between 0 and 500"),
        ({"limit": 1.5}, "whole number"),
        ({"limit": "many"}, "must be a number"),
        ({"trim": "perhaps"}, "true or false"),
    ],
)
def test_a_parameter_that_a_wire_spoilt_is_named(params, words):
    with pytest.raises(InvalidInput, match=words):
        work(SPLIT, inputs={"text": "x"}, **params)


def test_parameters_from_wires_are_read_in_their_type():
    assert work(SPLIT, inputs={"text": " a,b,c"}, separator=",", limit="2", trim="no") == {
        "items": [" a", "b"]
    }
