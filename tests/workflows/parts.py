"""A component to try things with: a text into a picture, made smaller."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from tests.factories import actor_for
from tests.workflows.graphs import Json, chain, node
from workflows.component_actions import make_component
from workflows.models import Component

CONTENT: dict[str, Any] = {
    "nodes": [
        {**node("gen", "generate:nano_banana_2", resolution="1K"), "position": {"x": 10, "y": 20}},
        node("small", "utility:image_resize", width=96, height=64, fit="cover"),
    ],
    "edges": chain("gen.images small.image"),
    "inputs": [
        {"id": "prompt", "label": "Prompt", "type": "TEXT", "to": [{"node": "gen", "handle": "in-prompt"}]}
    ],
    "outputs": [{"id": "image", "label": "Image", "type": "IMAGE", "node": "small", "handle": "out-image"}],
    "settings": [{"id": "width", "label": "Width", "node": "small", "param": "width"}],
}


def portrait(user: User, **changes: Any) -> Component:
    made = make_component(actor=actor_for(user), name="Portrait", content={**CONTENT, **changes})
    return made.component


def placed(component_id: str, node_id: str = "part", **params: Any) -> Json:
    """A node of a component as a client may send it."""
    return node(node_id, f"component:{component_id}", **params)


def with_text(part: Json) -> dict[str, Any]:
    """A text, the component, and what it gives shown."""
    nodes = [node("text", "input:text", prompt="a lighthouse"), part, node("out", "output:preview")]
    return {
        "nodes": nodes,
        "edges": chain(f"text.prompt {part['id']}.prompt", f"{part['id']}.image out.value"),
    }
