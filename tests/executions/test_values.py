"""How values change their type on a wire: the catalog's handle_compat."""

from __future__ import annotations

import pytest

from executions.values import BadValue, as_text, convert, fit_param, is_medium
from tests.workflows.graphs import CATALOG, Json

PICTURE: Json = {"assetId": "as_1", "url": "/media/as_1.png", "contentType": "image/png"}
CLIP: Json = {"assetId": "as_2", "url": "/media/as_2.mp4", "contentType": "video/mp4"}
ADDRESS = "https://example.org/a.png"


@pytest.mark.parametrize(
    ("value", "to", "becomes"),
    [
        (12.0, "TEXT", "12"),
        (1.5, "TEXT", "1.5"),
        (True, "TEXT", "true"),
        (False, "TEXT", "false"),
        ("ä", "TEXT", "ä"),
        ({"a": [1, None]}, "TEXT", '{"a":[1,null]}'),
        (" 7 ", "NUMBER", 7),
        ("1e2", "NUMBER", 100),
        ("0.5", "NUMBER", 0.5),
        (True, "NUMBER", 1),
        (2.0, "NUMBER", 2),
        (0, "BOOLEAN", False),
        (0.1, "BOOLEAN", True),
        ("Yes", "BOOLEAN", True),
        ("", "BOOLEAN", False),
        (" off ", "BOOLEAN", False),
        ('{"a": 1}', "JSON", {"a": 1}),
        ('```json\n{"a": 1}\n```', "JSON", {"a": 1}),
        ("[1, 2]", "JSON", [1, 2]),
        (5, "JSON", 5),
        ({"a": 1}, "JSON", {"a": 1}),
        (PICTURE, "IMAGE", PICTURE),
        (PICTURE, "FILE", PICTURE),
        (CLIP, "VIDEO", CLIP),
        (ADDRESS, "IMAGE", ADDRESS),
        (PICTURE, "ANY", PICTURE),
        (None, "ANY", None),
    ],
)
def test_a_value_becomes(value, to, becomes):
    got = convert(value, to, "here")
    assert (got, type(got)) == (becomes, type(becomes))


@pytest.mark.parametrize(
    ("value", "to"),
    [
        ("seven", "NUMBER"),
        ("7 apples", "NUMBER"),
        ("nan", "NUMBER"),
        ("1e999", "NUMBER"),
        ([1], "NUMBER"),
        ({}, "NUMBER"),
        ("maybe", "BOOLEAN"),
        ([], "BOOLEAN"),
        ("{", "JSON"),
        ("NaN", "JSON"),
        ("1e999", "JSON"),
        ('"\\ud800"', "JSON"),
        ("[" * 100_000, "JSON"),
        (PICTURE, "TEXT"),
        (PICTURE, "NUMBER"),
        (PICTURE, "JSON"),
        (CLIP, "IMAGE"),
        (PICTURE, "AUDIO"),
        ("no address", "IMAGE"),
        ("ftp://example.org/a.png", "IMAGE"),
        ("no address", "FILE"),
        (5, "IMAGE"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_naming_the_place(value, to):
    with pytest.raises(BadValue) as refusal:
        convert(value, to, "“Node”: port")
    assert refusal.value.code == "bad_value"
    assert refusal.value.message.startswith("“Node”: port needs ")
    assert len(refusal.value.message) < 120


def test_a_long_text_is_cut_in_the_sentence():
    with pytest.raises(BadValue, match=f"“{'x' * 40}…”"):
        convert("x" * 500, "NUMBER", "here")


@pytest.mark.parametrize("value", [0.1, -3, 2**53 + 1, "x", [], {"a": "b"}, None])
def test_text_that_was_made_of_json_reads_back_as_the_same(value):
    assert convert(as_text(value), "JSON", "here") == value if not isinstance(value, str) else True


def test_a_wired_parameter_is_held_to_its_bounds_and_choices():
    number = CATALOG["llm:gemini"].param("max_tokens")
    choice = CATALOG["generate:nano_banana_2"].param("resolution")
    assert number is not None
    assert choice is not None
    assert fit_param(number, "77", "here") == 77
    assert fit_param(choice, "2K", "here") == "2K"
    for param, value in ((number, -5), (number, "many"), (choice, "9K")):
        with pytest.raises(BadValue, match="here "):
            fit_param(param, value, "here")


@pytest.mark.parametrize(
    "made_up",
    [
        {"assetId": "as_a", "url": "/media/../x", "contentType": "image/png"},
        {"assetId": "as_a", "url": "//evil.example/a.png", "contentType": "image/png"},
        {"assetId": "as_a", "url": "/media/a.png"},
        {"assetId": ["as_a"], "url": "/media/a.png", "contentType": "image/png"},
        {
            "assetId": "as_a",
            "url": "/media/a.png",
            "contentType": "image/png",
            "thumbnailUrl": "@evil.example",
        },
    ],
)
def test_json_that_resembles_a_file_is_json(made_up):
    assert not is_medium(made_up)
    assert convert(made_up, "JSON", "Data") == made_up
