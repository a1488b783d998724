"""Texts, JSON, latency and the words that order failures."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from providers.base import Media, Request
from providers.catalog import load_catalog
from providers.errors import ContentBlocked, InvalidInput, NoOutput, RateLimited, ServerFault
from providers.sandbox import faults
from providers.sandbox.latency import read_latency
from providers.sandbox.shapes import smallest
from providers.sandbox.wire import order_of
from providers.sandbox.words import first_words, speak

CATALOG = load_catalog()


def words_of(name, *, inputs=None, item_path=(), **params):
    kind = CATALOG[name]
    settings = {param.id: param.default for param in kind.params} | params
    return speak(order_of(Request(kind, inputs or {}, settings, Path("unused"), item_path=item_path)))


def test_an_answer_holds_the_first_words_of_the_prompt_and_the_word_sandbox():
    text = words_of("llm:gemini", inputs={"prompt": "A fox in fresh snow"})["text"]
    assert text.startswith("A fox in fresh snow, ")
    assert "SANDBOX" in text


def test_the_same_prompt_gives_the_same_answer_and_another_item_another():
    first = words_of("llm:gemini", inputs={"prompt": "A fox"})
    assert words_of("llm:gemini", inputs={"prompt": "A fox"}) == first
    others = {words_of("llm:gemini", inputs={"prompt": "A fox"}, item_path=(i,))["text"] for i in range(8)}
    assert len(others) > 1


def test_an_enhanced_prompt_grows_with_the_length_asked_for():
    lengths = [
        len(words_of("llm:prompt_enhancer", inputs={"prompt": "A fox"}, length=length)["text"])
        for length in ("short", "medium", "long")
    ]
    assert lengths == sorted(lengths) and len(set(lengths)) == 3


def test_first_words_leaves_out_what_would_order_a_failure():
    assert first_words("[500x2] a fox [429] in snow.") == "a fox in snow"
    assert first_words(" ".join("abcdefghijklmnop"), 3) == "a b c …"


def test_words_of_a_transcript_are_spread_over_the_clip():
    sound = Media(Path(__file__), "audio/wav", seconds=12.0)
    answer = words_of("audio:whisper", inputs={"audio_url": sound})
    stamps = answer["word_timestamps"]
    assert " ".join(stamp["text"] for stamp in stamps) == answer["text"]
    assert (stamps[0]["start"], stamps[-1]["end"]) == (0.0, 12.0)
    assert all(a["end"] == b["start"] for a, b in pairwise(stamps))


@pytest.mark.parametrize("least", [0, 5, 7.3, 9.97, 10])
def test_a_score_reaches_the_least_score(least):
    answer = words_of("llm:score", inputs={"criteria": "sharp"}, min_score=least)
    assert least <= answer["score"] <= 10
    assert answer["passed"] is True


def test_low_in_the_criteria_scores_nothing():
    answer = words_of("llm:score", inputs={"criteria": "[low] sharp"})
    assert (answer["score"], answer["passed"]) == (0, False)


def test_a_json_schema_gives_the_smallest_value_and_the_same_as_text():
    schema = {
        "type": "object",
        "required": ["shots", "n"],
        "properties": {
            "shots": {"type": "array", "minItems": 2, "items": {"type": "string"}},
            "n": {"type": "integer", "minimum": 3},
            "left_out": {"type": "string"},
        },
    }
    answer = words_of("llm:gemini", inputs={"prompt": "A fox"}, json_schema=schema)
    assert answer["json"] == {"shots": ["A fox, shots 1", "A fox, shots 2"], "n": 3}
    assert json.loads(answer["text"]) == answer["json"]


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "array", "items": {"type": "string"}}, ["text 1", "text 2", "text 3", "text 4"]),
        ({"type": "array", "maxItems": 1, "items": {"type": "boolean"}}, [True]),
        ({"type": "ARRAY", "items": {"enum": ["a", "b"]}}, ["a", "b", "a", "b"]),
        ({"type": ["null", "number"], "minimum": 0.5}, 0.5 + 0.5),
        ({"type": "integer", "exclusiveMinimum": 4}, 5),
        ({"type": "integer", "minimum": 5, "multipleOf": 4}, 8),
        ({"type": "number", "minimum": 0, "maximum": 0.5}, 0.0),
        ({"type": "integer", "maximum": -2}, -2),
        ({"type": "string", "minLength": 8}, "text 1.."),
        ({"type": "string", "maxLength": 3}, "tex"),
        ({"const": 7}, 7),
        ({"properties": {"a": {"type": "null"}}}, {"a": None}),
        ({"$ref": "#/$defs/x", "$defs": {"x": {"const": 1}}}, 1),
        ({"allOf": [{"required": ["a"]}, {"properties": {"a": {"const": 1}}}]}, {"a": 1}),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, 1),
    ],
)
def test_smallest_values(schema, value):
    assert smallest(schema) == value


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "minItems": 10**9},
        {"$ref": "#"},
        {"$ref": "https://example.com/schema"},
        {"$ref": "#/$defs/none"},
        {"type": "string", "minLength": 10**9},
        ["object"],
    ],
)
def test_schemas_that_cannot_be_satisfied_are_refused(schema):
    with pytest.raises(InvalidInput):
        smallest(schema)


def test_arrays_within_arrays_are_bounded():
    schema = {"type": "string"}
    for _ in range(12):
        schema = {"type": "array", "items": schema}
    with pytest.raises(InvalidInput):
        smallest(schema)


@pytest.mark.parametrize(
    ("word", "error"),
    [("[429]", RateLimited), ("[500]", ServerFault), ("[block]", ContentBlocked), ("[EMPTY]", NoOutput)],
)
def test_words_order_failures(word, error):
    assert type(faults.refusal(f"a fox {word}", 1)) is error
    assert type(faults.refusal(f"a fox {word}", 9)) is error


def test_a_failure_can_be_ordered_for_the_first_calls_only():
    assert [type(faults.refusal("[500x2] a fox", calls)) for calls in (1, 2, 3)] == [
        ServerFault,
        ServerFault,
        type(None),
    ]


def test_a_plain_prompt_orders_nothing():
    assert faults.refusal("a fox in 429 [colours]", 1) is None
    assert not faults.never_ready("a fox")


@pytest.mark.parametrize(("setting", "seconds"), [("0", 0.0), ("2.5", 2.5), (" 0 ", 0.0)])
def test_a_latency_in_seconds_holds_for_every_node_type(setting, seconds):
    assert read_latency(setting).seconds(CATALOG["video:veo_3_1_t2v"], "seed") == seconds


def test_real_latency_lies_within_what_is_typical_and_unset_is_a_tenth_of_it():
    for kind in CATALOG.kinds.values():
        low, high = kind.typical_seconds
        real = read_latency("real").seconds(kind, "seed")
        assert low <= real <= high
        assert read_latency(None).seconds(kind, "seed") == min(max(real * 0.1, 0.3), 8.0)
        assert read_latency("").seconds(kind, "seed") == read_latency(None).seconds(kind, "seed")


@pytest.mark.parametrize("setting", ["soon", "-1", "nan", "inf"])
def test_a_latency_that_cannot_be_read_is_refused(setting):
    with pytest.raises(ValueError, match="sandbox latency"):
        read_latency(setting)
