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
    ("workflows.components_api.Uses", "GET"): Call(
        name="listComponentUses",
        group=_GROUP,
        summary="List the workflows with a component",
        text="Those that nobody deleted, the last changed first. What stands in other components is not counted.",
        answers={200: Answer(text="The workflows with nodes of it.", shape="ComponentUses")},
    ),
    ("workflows.components_api.Workbench", "POST"): Call(
        name="openWorkbench",
        group=_GROUP,
        summary="Open a component to change it",
        text="Gives the workflow that holds what is inside, with the newest version unless it holds changes that no "
        "version has yet. Edit it as any workflow, then send its graph as a new version.",
        answers={200: Answer(text="Where the component is changed.", shape="Workbench")},
    ),
    ("workflows.components_api.Workbench", "DELETE"): Call(
        name="clearWorkbench",
        group=_GROUP,
        summary="Take the workbench back to the newest version",
        text="What it held is kept among its versions.",
        answers={200: Answer(text="The workbench as it is now.", shape="Workbench")},
    ),
}
