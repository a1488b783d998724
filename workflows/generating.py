"""A workflow from a description in words, without a language model: the template whose words fit best."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from providers.catalog import load_catalog
from workflows.templates import all_templates

Json = dict[str, Any]

#: Words that say nothing about which template is wanted.
_FILLERS = frozenset(
    [
        "a", "all", "an", "and", "any", "as", "at", "be", "by", "can", "create", "every", "for", "from", "generate",
        "get", "give", "have", "in", "into", "is", "it", "make", "me", "my", "new", "of", "on", "one", "or", "our",
        "picture", "please", "put", "show", "some", "that", "the", "their", "them", "then", "this", "to", "want", "we",
        "with", "workflow", "you", "your",
    ]
)  # fmt: skip
#: What people say for what the templates say.
_SAME = {
    "ad": "advert", "ads": "advert", "banner": "advert", "campaign": "advert", "csv": "table", "spreadsheet": "table",
    "rows": "table", "photo": "picture", "image": "picture", "img": "picture", "pic": "picture", "drawing": "picture",
    "grid": "contact", "overview": "contact", "crop": "crops", "instagram": "social",
    "resize": "crops", "logo": "watermark", "caption": "headline", "hero": "character", "mascot": "character",
    "film": "script", "movie": "script", "scene": "scenes", "shop": "product", "packshot": "product",
    "compare": "before", "brighten": "before", "cutout": "background",
}  # fmt: skip
#: Where a word counts how much.
_WEIGHTS = (("title", 5), ("slug", 5), ("summary", 3), ("category", 2), ("audience", 1))


def best_template(prompt: str) -> Json:
    """The template that shares most with the prompt; the shortest complete one when none does."""
    wanted = _words(prompt)
    templates = all_templates()
    scores = [
        sum(weight * len(wanted & _words(str(one[key]))) for key, weight in _WEIGHTS) for one in templates
    ]
    best = max(scores)
    if best:
        return templates[scores.index(best)]
    return next(one for one in templates if one["slug"] == "text-to-image")


def _words(text: str) -> set[str]:
    found = set()
    for word in re.findall(r"[a-z0-9]+", text.lower()):
        plain = word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
        found.add(_SAME.get(word) or _SAME.get(plain) or plain)
    return found - _FILLERS


def draft_of(
    template: Mapping[str, Any], prompt: str, images: Sequence[str]
) -> tuple[list[Json], list[Json]]:
    """The template's graph with the pictures in its picture inputs, and the prompt in the first text a model reads."""
    nodes: list[Json] = [
        {**node, "data": {**node["data"], "params": dict(node["data"].get("params") or {})}}
        for node in template["nodes"]
    ]
    edges = [dict(edge) for edge in template["edges"]]
    read_by_models = _before_models(nodes, edges)
    left = list(images)
    for node in nodes:
        name, params = node["data"]["nodeType"], node["data"]["params"]
        if name == "input:text" and prompt and node["id"] in read_by_models:
            params["prompt"], prompt = prompt, ""
        elif name == "input:image" and left:
            params["image"] = left.pop(0)
        elif name == "input:image_list" and left:
            params["images"], left = left, []
    return nodes, edges


def _before_models(nodes: Sequence[Json], edges: Sequence[Json]) -> set[str]:
    """The ids of the nodes whose output reaches one that calls a provider."""
    catalog = load_catalog()
    found = {node["id"] for node in nodes if catalog[node["data"]["nodeType"]].is_remote}
    models = set(found)
    while more := {edge["source"] for edge in edges if edge["target"] in found} - found:
        found |= more
    return found - models
