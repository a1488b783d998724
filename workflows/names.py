"""What people may call a workflow."""

from __future__ import annotations

import unicodedata

#: Line and paragraph ends, and whatever else is no character to look at.
_BREAKS = frozenset(["Cc", "Zl", "Zp"])
#: Marks that turn the direction of all that follows, also of what stands after the name on a page.
_TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def tidy_name(text: str) -> str:
    """The name on one line; "" when nothing of it could be seen."""
    plain = text.translate(_TURNS)
    line = "".join(" " if unicodedata.category(letter) in _BREAKS else letter for letter in plain)
    name = " ".join(line.split())
    return name if any(letter.isprintable() and letter != " " for letter in name) else ""
