"""Pieces of graphs that a team uses in several workflows."""

from __future__ import annotations

from reference.call import JSON, Answer, Call, Calls

_GROUP = "Components"
_CONTENT = {
    "nodes": [{"id": "gen", "data": {"nodeType": "generate:nano_banana_2", "params": {"resolution": "1K"}}}],
    "edges": [],
    "inputs": [
        {"id": "prompt", "label": "Prompt", "type": "TEXT", "to": [{"node": "gen", "handle": "in-prompt"}]}
    ],
    "outputs": [{"id": "images", "label": "Images", "type": "IMAGE", "node": "gen", "handle": "out-images"}],
    "settings": [{"id": "resolution", "label": "Resolution", "node": "gen", "param": "resolution"}],
}

COMPONENTS: Calls = {
    ("workflows.components_api.Components", "GET"): Call(
        name="listComponents",
        group=_GROUP,
        summary="List the components",
        answers={200: Answer(text="The team's components, by name.", shape="Components")},
    ),
    ("workflows.components_api.Components", "POST"): Call(
        name="createComponent",
        group=_GROUP,
        summary="Create a component",
        text="`inputs` lead to handles inside, `outputs` come from handles inside, and `settings` are those of inner "
        "nodes that every node of the component has of its own.",
        body={JSON: "workflows.components_api.ComponentInput"},
        example={"name": "Portrait", **_CONTENT},
        answers={201: Answer(text="The component in its first version.", shape="Component")},
        errors=(409, 422),
    ),
    ("workflows.components_api.OneComponent", "GET"): Call(
        name="getComponent",
        group=_GROUP,
        summary="Read a component",
        query="workflows.components_api.NumberInput",
        answers={200: Answer(text="One version of it, with what is inside.", shape="Component")},
    ),
    ("workflows.components_api.OneComponent", "PUT"): Call(
        name="changeComponent",
        group=_GROUP,
        summary="Make a new version of a component",
        text="Workflows keep the version that their nodes name. Refused (409) when `baseVersion` is not the newest.",
        body={JSON: "workflows.components_api.VersionInput"},
        example={"baseVersion": 1, **_CONTENT},
        answers={200: Answer(text="The component in its new version.", shape="Component")},
        errors=(409, 422),
    ),
    ("workflows.components_api.OneComponent", "DELETE"): Call(
        name="deleteComponent",
        group=_GROUP,
        summary="Delete a component",
        text="Nodes of it stay as they are, and run: each carries what it stands for.",
        answers={200: Answer(text="It is gone from the library.", shape="Deleted")},
    ),
}
