"""Making, changing and checking workflows."""

from __future__ import annotations

from typing import Any

from reference.call import JSON, Answer, Call, Calls
from reference.schemas import many, ref

_GROUP = "Workflows"
GRAPH: dict[str, Any] = {
    "nodes": [
        {"id": "text-1", "data": {"nodeType": "input:text", "params": {"prompt": "A lighthouse in fog"}}},
        {"id": "gen-1", "data": {"nodeType": "generate:nano_banana_2", "params": {"resolution": "1K"}}},
    ],
    "edges": [
        {"source": "text-1", "target": "gen-1", "sourceHandle": "out-prompt", "targetHandle": "in-prompt"}
    ],
}
_STRICT = {
    "name": "strict",
    "schema": {"type": "string", "default": "true"},
    "description": "`false` keeps a graph that has errors.",
}

WORKFLOWS: Calls = {
    ("workflows.api.Workflows", "GET"): Call(
        name="listWorkflows",
        group=_GROUP,
        summary="List the workflows",
        text="Newest change first. Without `limit` and `offset` all are sent. `limit` is 1 to 200; more counts as 200.",
        query="workflows.serializers.ListInput",
        answers={
            200: Answer(
                text="The team's workflows, without their graphs.",
                shape=many(ref("WorkflowItem")),
                headers=("X-Total-Count", "Link"),
            )
        },
    ),
    ("workflows.api.Workflows", "POST"): Call(
        name="createWorkflow",
        group=_GROUP,
        summary="Create a workflow",
        text="With the `id` of a workflow that exists, that one is replaced and the answer is 200.",
        more_query=(_STRICT,),
        body={JSON: "workflows.serializers.WorkflowInput"},
        example={"name": "Lighthouse", **GRAPH},
        answers={
            201: Answer(text="The workflow as it was saved.", shape="SavedWorkflow"),
            200: Answer(text="The workflow that was replaced.", shape="SavedWorkflow"),
        },
        errors=(404, 409, 422),
    ),
    ("workflows.api.OneWorkflow", "GET"): Call(
        name="getWorkflow",
        group=_GROUP,
        summary="Read a workflow",
        answers={200: Answer(text="The workflow with its current graph.", shape="Workflow")},
    ),
    ("workflows.api.OneWorkflow", "PUT"): Call(
        name="replaceWorkflow",
        group=_GROUP,
        summary="Replace a workflow",
        text="With `baseUpdatedAt` the write is refused (409) when somebody saved since then.",
        more_query=(_STRICT,),
        body={JSON: "workflows.serializers.WorkflowInput"},
        example={"name": "Lighthouse", **GRAPH},
        answers={200: Answer(text="The workflow as it was saved.", shape="SavedWorkflow")},
        errors=(409, 422),
    ),
    ("workflows.api.OneWorkflow", "DELETE"): Call(
        name="deleteWorkflow",
        group=_GROUP,
        summary="Delete a workflow",
        text="For owners of the team, and for editors who made it themselves. Executions and their results stay.",
        answers={200: Answer(text="It is gone.", shape="Deleted")},
    ),
    ("workflows.api.OneNode", "PATCH"): Call(
        name="patchNode",
        group=_GROUP,
        summary="Change one node",
        text="Send at least one of `config`, `params`, `label` and `position`. Settings merge key by key and `null` "
        "deletes one; `label` and `position` replace. The body may have 256 KB.",
        body={JSON: "workflows.serializers.NodePatchInput"},
        example={"params": {"resolution": "2K"}},
        answers={200: Answer(text="The node as it is now.", shape="PatchedNode")},
        errors=(409,),
    ),
    ("workflows.api.Duplicate", "POST"): Call(
        name="duplicateWorkflow",
        group=_GROUP,
        summary="Duplicate a workflow",
        body={JSON: "workflows.serializers.NameInput"},
        needs_body=False,
        example={"name": "Lighthouse at night"},
        answers={201: Answer(text="The copy, private and without history.", shape="Copy")},
    ),
    ("workflows.api.Layout", "POST"): Call(
        name="arrangeWorkflow",
        group=_GROUP,
        summary="Arrange the nodes",
        text="Moves nodes into columns, from left to right by what depends on what. `scope` is `all` or a list of "
        "node ids.",
        body={JSON: "workflows.serializers.LayoutInput"},
        needs_body=False,
        example={"scope": "all"},
        answers={200: Answer(text="Where the nodes are now.", shape="Arranged")},
        errors=(409,),
    ),
    ("workflows.api.Visibility", "POST"): Call(
        name="setVisibility",
        group=_GROUP,
        summary="Share by link, or stop sharing",
        text="`view` lets everybody with the link look, `edit` lets signed-in people change it, `private` ends both. "
        "What looks like a secret in the settings of nodes is wiped before it can be seen.",
        body={JSON: "workflows.serializers.VisibilityInput"},
        example={"visibility": "view"},
        answers={200: Answer(text="Who may see it now.", shape="Visibility")},
        errors=(409,),
    ),
    ("workflows.api.Lint", "POST"): Call(
        name="lintGraph",
        group=_GROUP,
        summary="Check a graph",
        text="Nothing is kept and nothing runs.",
        body={JSON: "GraphInput"},
        example=GRAPH,
        answers={200: Answer(text="What is wrong with it.", shape="Lint")},
    ),
}
