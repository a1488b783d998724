"""Every value of a table's columns with every other."""

from __future__ import annotations

import pytest

from triggers.combining import combined


def test_every_value_meets_every_other_once():
    table = "Mug\tScene\tLight\nred\tbeach\t\nblue\tdesk\tsoft\nred\tsnow\n"
    assert combined(table) == (
        "Mug\tScene\tLight\n"
        "red\tbeach\tsoft\nred\tdesk\tsoft\nred\tsnow\tsoft\n"
        "blue\tbeach\tsoft\nblue\tdesk\tsoft\nblue\tsnow\tsoft\n"
    )


def test_a_column_without_a_value_stays_and_cells_keep_their_lines():
    assert combined('A\tB\n"two\nlines"\t\n') == 'A\tB\n"two\nlines"\t\n'


def test_what_would_be_too_many_is_refused_with_its_number():
    rows = "\n".join(f"a{at}\tb{at}" for at in range(32))
    with pytest.raises(ValueError, match=r"Combined, this table has 1,024 rows; 1,000 is the most\."):
        combined(f"A\tB\n{rows}\n")


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_nothing_cannot_be_combined(text):
    with pytest.raises(ValueError, match="no table that can be combined"):
        combined(text)
