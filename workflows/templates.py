"""Ready-made workflows, kept in `templates.json`."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("templates.json")


@lru_cache(maxsize=1)
def _file() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    for template in found["templates"]:
        ends = (raw["data"] for raw in template["nodes"] if raw["data"]["category"] == "output")
        template["results"] = list(dict.fromkeys(data["label"] for data in ends))
    return found


def all_templates(category: str = "") -> list[dict[str, Any]]:
    """The templates, simple ones first.

    Each has slug, title, summary, audience, category, keyless, nodes, edges, expected (what a run costs) and
    results (the names of what comes out).
    """
    return [entry for entry in _file()["templates"] if category in ("", entry["category"])]


def categories() -> list[str]:
    """The categories in which there is a template."""
    return list(_file()["categories"])


def find_template(slug: str) -> dict[str, Any] | None:
    """The template with this slug, or None."""
    return next((entry for entry in all_templates() if entry["slug"] == slug), None)
