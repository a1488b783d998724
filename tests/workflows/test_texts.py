"""What becomes of a text that two write in at once."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wireflow_ui.body import MAX_TEXT
from workflows.texts import STEPS, Steps, merge_text, splices

VECTORS = json.loads((Path(__file__).parent / "texts.json").read_text(encoding="utf-8"))

#: Few signs, so that the same comes again and again.
SOME = st.text(st.sampled_from("ab \n,é😀日"), max_size=30)
#: Words of which each stands once, and what becomes of them: None is left as it is.
EDITS = st.lists(st.sampled_from([None, None, None, "x", "x-y", "x,y:z"]), min_size=1, max_size=40)


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["fact"] for vector in VECTORS])
def test_two_texts_become_one(vector):
    assert (
        merge_text(vector["was"], vector["mine"], vector["theirs"], Steps(vector.get("steps", STEPS)))
        == vector["both"]
    )


@given(SOME, SOME, st.integers(0, 300))
def test_the_splices_make_the_one_text_of_the_other(was, now, left):
    made = was
    for one in reversed(splices(was, now, Steps(left))):
        made = made[: one.at] + one.put + made[one.end :]
    assert made == now


@given(SOME, SOME)
def test_over_what_nobody_else_changed_a_change_is_itself(was, now):
    assert merge_text(was, now, was, Steps(0)) == now
    assert merge_text(was, was, now, Steps(0)) == now
    assert merge_text(was, now, now, Steps(0)) == now


@given(EDITS, EDITS)
def test_of_two_who_change_different_words_both_are_kept_and_of_one_word_mine(mine, theirs):
    count = min(len(mine), len(theirs))

    def text(put):
        """Each word as it was, or what somebody made of it, whose words nobody else wrote."""
        return " ".join(f"w{i}" if word is None else word for i, word in enumerate(put))

    ours = [word and word.replace("x", f"m{i}") for i, word in enumerate(mine[:count])]
    others = [word and word.replace("x", f"t{i}") for i, word in enumerate(theirs[:count])]
    both = [one if one is not None else other for one, other in zip(ours, others, strict=True)]
    assert merge_text(text([None] * count), text(ours), text(others), Steps()) == text(both)


@given(SOME, SOME, SOME)
def test_whatever_the_other_did_what_i_put_in_is_there(was, mine, theirs):
    merged = merge_text(was, mine, theirs, Steps())
    if {was, mine, theirs} == {was} or theirs in (was, mine):
        return
    here = 0
    for one in splices(was, mine, Steps()):
        at = merged.find(one.put, here)
        assert at >= 0
        here = at + len(one.put)


def test_texts_as_long_as_there_may_be_are_merged_in_little_time():
    dice = random.Random(1)
    words = [f"word{dice.randrange(3_000)}" for _ in range(11_000)]

    def changed(name):
        """Every tenth word by this one, none of which the other changes."""
        return " ".join(f"{name}{i}" if i % 10 == int(name == "t") else word for i, word in enumerate(words))

    signs = ["".join(dice.choice("ab ,日") for _ in range(MAX_TEXT)) for _ in range(3)]
    started = time.process_time()
    merged = merge_text(" ".join(words), changed("m"), changed("t"), Steps()).split(" ")
    merge_text(signs[0], signs[1], signs[2], Steps())
    assert time.process_time() - started < 5  # a second; compared in full, hours
    assert [word for i, word in enumerate(merged) if i % 10 > 1] == [
        word for i, word in enumerate(words) if i % 10 > 1
    ]
    assert merged[:2] + merged[10:12] == ["m0", "t1", "m10", "t11"]
