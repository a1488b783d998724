"""What is said about a call beyond what its code says by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

#: A schema written out, the name of a component, or with dots the serializer that reads it.
Shape: TypeAlias = "str | dict[str, Any]"
JSON = "application/json"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A success: what it means, its body (None: none) and the headers beyond those of every answer."""

    text: str
    shape: Shape | None = None
    headers: tuple[str, ...] = ()
    media: str = JSON
    example: Any = None


@dataclass(frozen=True, kw_only=True)
class Call:
    """One method of one address. ``errors`` are the statuses that do not follow from the view itself.

    ``name_of_one``: its name where the same view also stands below one workflow. ``body`` maps media types to shapes.
    ``repeatable``: it takes an Idempotency-Key.
    """

    name: str
    name_of_one: str = ""
    group: str
    summary: str
    text: str = ""
    query: str = ""
    more_query: tuple[dict[str, Any], ...] = ()
    body: Mapping[str, Shape] = field(default_factory=dict)
    needs_body: bool = True
    example: Any = None
    answers: Mapping[int, Answer]
    errors: tuple[int, ...] = ()
    repeatable: bool = False


#: (view with its dots, method) → call. Views and serializers are named, not imported: nothing here runs them.
Calls: TypeAlias = Mapping[tuple[str, str], Call]
