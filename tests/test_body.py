"""Which JSON bodies are taken, and what is said about the others."""

from __future__ import annotations

import json
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wireflow_ui.body import BadBody, parse_json


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"[" * 5_000 + b"]" * 5_000, "The body is nested too deep: 32 levels are allowed."),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "The body is nested too deep: 32 levels are allowed."),
        (b"\xff{}", "The body is not UTF-8: byte 0 cannot be read."),
        (b'{"a": "\\ud800"}', "a holds half of a surrogate pair, which cannot be stored."),
        (b'{"\\udfff": 1}', "\ufffd holds half of a surrogate pair, which cannot be stored."),
        (b'{"a": ["x", "\\u0000"]}', "a[1] holds a NUL character, which cannot be stored."),
        (b'{"a": {"\\u0000": 1}}', "a.\ufffd holds a NUL character, which cannot be stored."),
        (b'{"a": {"b": 1e999}}', "a.b is a number too large to be kept."),
        (b'{"a": -1e999}', "a is a number too large to be kept."),
        (b'{"a": NaN}', "a is NaN, which JSON does not know."),
        (b"[Infinity]", "[0] is Infinity, which JSON does not know."),
        (b'{"a": 100000000000000000000}', "a is a number of more than 20 digits; send it as a text."),
        (b'{"a": ' + b"9" * 9_000 + b"}", "a is a number of more than 20 digits; send it as a text."),
        (b'{"a": {"b": 1, "b": 2}}', 'a has the key "b" twice.'),
        (b'{"a": 1, "a": 1}', 'The body has the key "a" twice.'),
        (b'{"a": "' + b"x" * 100_001 + b'"}', "a has 100,001 characters; 100,000 are allowed."),
        (
            b"{",
            "The body is not valid JSON: "
            "Expecting property name enclosed in double quotes at line 1, column 2.",
        ),
        (b'{"a": "b', "The body is not valid JSON: a text has no closing quote."),
        (b"", "The body is not valid JSON: Expecting value at line 1, column 1."),
        (b'{"a": "\x01"}', "The body is not valid JSON: Invalid control character at line 1, column 8."),
        (b'{"a": 1}}', "The body is not valid JSON: Extra data at line 1, column 9."),
    ],
)
def test_a_body_that_cannot_be_kept_is_refused_with_its_place(body, sentence):
    with pytest.raises(BadBody) as refused:
        parse_json(body)
    assert (refused.value.message, refused.value.status) == (sentence, 400)
    json.dumps(refused.value.as_body(), ensure_ascii=False).encode()


def test_an_object_has_so_many_keys_and_no_more():
    def body(count: int) -> bytes:
        return json.dumps({"data": {str(number): 0 for number in range(count)}}).encode()

    assert len(parse_json(body(2_000))["data"]) == 2_000
    with pytest.raises(BadBody, match=r"data has 2001 keys; 2000 are allowed\."):
        parse_json(body(2_001))


def test_what_stands_at_the_limits_is_taken():
    assert parse_json(b"[" * 32 + b"]" * 32)
    assert parse_json(b"99999999999999999999") == 10**20 - 1
    assert parse_json(b"-99999999999999999999") == -(10**20) + 1
    assert parse_json(b'"' + b"x" * 100_000 + b'"') == "x" * 100_000
    assert parse_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}
    assert parse_json(b'"\\ud83d\\ude00 [[[{{{ \\" ]"') == '\U0001f600 [[[{{{ " ]'


def test_a_door_may_ask_for_shorter_texts():
    with pytest.raises(BadBody, match="20,001 characters; 20,000 are allowed"):
        parse_json(b'"' + b"x" * 20_001 + b'"', max_text=20_000)


@pytest.mark.parametrize(
    "body",
    [
        b'"' + b'\\"' * 2_000_000,
        b'{"' + b"k" * 90_000 + b'": [' + b"0," * 1_000_000 + b"0]}",
        b'"' * 4_000_000,
        b"[" * 4_000_000,
    ],
    ids=["no closing quote", "long key over many values", "only quotes", "only brackets"],
)
def test_no_body_of_the_largest_size_takes_long(body):
    started = time.process_time()
    with suppress(BadBody):
        parse_json(body)
    assert time.process_time() - started < 5


KEYS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=8)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**19), 10**19)
    | st.floats(allow_nan=False, allow_infinity=False)
    | KEYS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_everything_ordinary_is_read_as_it_was_written(value):
    assert parse_json(json.dumps(value).encode()) == value
    assert parse_json(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary(max_size=60))
def test_any_bytes_give_a_value_or_a_refusal(body):
    try:
        value = parse_json(body)
    except BadBody:
        return
    assert value == json.loads(body)
