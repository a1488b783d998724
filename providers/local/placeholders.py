"""Plain ``{{name}}`` substitution: no attributes, no filters, no loops."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from providers.local.limits import join_within_limit


def fill(template: str, value_of: Callable[[str], str | None]) -> str:
    """The template with every ``{{name}}`` replaced by ``value_of(name)``; None leaves it as it stands.

    What is put in is not read again. The length is checked before the text is made: raises `TooLarge`.
    """
    pieces: list[str] = []
    for text, name in _parts(template):
        pieces.append(text)
        if name is not None:
            value = value_of(name.strip())
            pieces.append("{{" + name + "}}" if value is None else value)
    return join_within_limit("", pieces)


def _parts(template: str) -> Iterator[tuple[str, str | None]]:
    """Pairs of literal text and the name that follows it; the last name is None."""
    rest = 0
    while (closing := template.find("}}", rest)) >= 0:
        opening = template.rfind("{{", rest, closing)
        if opening < 0 or not template[opening + 2 : closing].strip():
            yield template[rest : closing + 2], None
        else:
            yield template[rest:opening], template[opening + 2 : closing]
        rest = closing + 2
    yield template[rest:], None
