"""The catalog's paths into JSON: ``a.b``, ``list[]`` (append, or all), ``list[0]``, ``list[key=value]``."""

from __future__ import annotations

import re
from typing import Any

_STEP = re.compile(r"([^.\[\]]*)(?:\[([^\]]*)\])?")


def steps(path: str) -> list[tuple[str, str | None]]:
    """``a.b[0]`` as (name, what stands in its brackets or None). Raises ValueError for what is no path."""
    found = []
    for part in path.split("."):
        match = _STEP.fullmatch(part)
        if match is None or not part:
            raise ValueError(f"{path!r} is no path.")
        found.append((match[1], match[2]))
    return found


def write(body: dict[str, Any], path: str, value: Any) -> None:
    """Set ``value`` at ``path``; ``[]`` at the end appends it, or all its items when it is a list."""
    *way, (name, bracket) = steps(path)
    for step, index in way:
        body = body.setdefault(step, {}) if index is None else _item(body.setdefault(step, []), index)
    if bracket is None:
        body[name] = value
    elif bracket == "":
        body.setdefault(name, []).extend(value if isinstance(value, list) else [value])
    else:
        raise ValueError(f"{path!r} cannot be written to.")


def _item(items: list[Any], index: str) -> Any:
    place = int(index) if index else len(items)
    while len(items) <= place:
        items.append({})
    return items[place]


def read(value: Any, path: str) -> list[Any]:
    """All that ``path`` leads to, in order; what is not there or null is left out."""
    found = [value]
    for name, bracket in steps(path):
        found = [one[name] for one in found if isinstance(one, dict) and one.get(name) is not None]
        if bracket is not None:
            found = [item for one in found if isinstance(one, list) for item in _chosen(one, bracket)]
    return found


def _chosen(items: list[Any], bracket: str) -> list[Any]:
    if bracket == "":
        return items
    if bracket.isdecimal():
        return items[int(bracket) : int(bracket) + 1]
    key, _, wanted = bracket.partition("=")
    return [item for item in items if isinstance(item, dict) and item.get(key) == wanted]
