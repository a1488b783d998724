"""Ready-made workflows, kept in `templates.json`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from providers.catalog import load_catalog
from workflows.nodes import DRAWN_ONLY

#: More nodes than this are too small to tell apart on a card.
DRAWN = 60
_FILE = Path(__file__).with_name("templates.json")


@lru_cache(maxsize=1)
def _file() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    for template in found["templates"]:
        ends = (raw["data"] for raw in template["nodes"] if raw["data"]["category"] == "output")
        template["results"] = list(dict.fromkeys(data["label"] for data in ends))
        template["words"] = words_of(
            template["nodes"], template["title"], template["summary"], template["audience"]
        )
    return found


def all_templates(category: str = "", search: str = "") -> list[dict[str, Any]]:
    """The templates of a category in which every word of ``search`` is found, simple ones first.

    Each has slug, title, summary, audience, category, keyless, nodes, edges, expected (what a run costs), results
    (the names of what comes out) and words (what a search reads).
    """
    return [
        entry
        for entry in _file()["templates"]
        if category in ("", entry["category"]) and has_words(entry["words"], search)
    ]


def words_of(nodes: Iterable[Mapping[str, Any]], *texts: str) -> str:
    """What a search for a template reads: what is told of it, the labels of its nodes and the names of their types."""
    catalog = load_catalog()
    words = list(texts)
    for raw in nodes:
        kind = catalog.find(str(raw["data"].get("nodeType", "")))
        words += [str(raw["data"].get("label", "")), kind.title if kind else ""]
    return "\n".join(words).casefold()


def outline_of(
    nodes: Sequence[Mapping[str, Any]], edges: Sequence[Mapping[str, Any]]
) -> list[list[dict[str, Any]]]:
    """Nodes and edges of a graph as `rows.outlines` gives them: the first of each, and what a small drawing shows."""
    drawn = [
        {
            "id": raw["id"],
            "position": raw["position"],
            "data": {key: raw["data"].get(key) for key in ("nodeType", "label")},
        }
        for raw in nodes[:DRAWN]
        if raw["type"] not in DRAWN_ONLY
    ]
    wires = [{key: raw.get(key) for key in ("source", "target", "sourceHandle")} for raw in edges[:DRAWN]]
    return [drawn, wires]


def has_words(text: str, search: str) -> bool:
    """Whether each word of a search is in a text of `words_of`."""
    return all(word in text for word in search.casefold().split())


def categories() -> list[str]:
    """The categories in which there is a template."""
    return list(_file()["categories"])


def find_template(slug: str) -> dict[str, Any] | None:
    """The template with this slug, or None."""
    return next((entry for entry in all_templates() if entry["slug"] == slug), None)
