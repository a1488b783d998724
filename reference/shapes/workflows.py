"""Graphs, workflows and the catalog: contract §§5, 6 and 9.1. What clients may send in addition is left open."""

from __future__ import annotations

from typing import Any

from reference.schemas import (
    ADDRESS,
    ANY_OBJECT,
    COUNT,
    FLAG,
    NUMBER,
    TEXT,
    TIME,
    Schema,
    a,
    has,
    in_data,
    many,
    maybe,
    of_all,
    one_of,
    ref,
)

POSITION = has(x=NUMBER, y=NUMBER)
POSITIONS: Schema = {"type": "object", "additionalProperties": POSITION}

NODE: Schema = {
    "type": "object",
    "description": "Only `id` and `data.nodeType` are needed; the rest is filled in when the graph is saved.",
    "required": ["id"],
    "properties": {
        "id": {"type": "string", "minLength": 1, "maxLength": 128},
        "type": a("`basedNode`; `stickyNote` and `custom_group` are drawn and never run.", maybe(TEXT)),
        "position": maybe(ANY_OBJECT),
        "data": a(
            "`nodeType` from `GET /nodes`, `label`, and the settings in `params` or `config`.",
            maybe(ANY_OBJECT),
        ),
    },
    "additionalProperties": True,
    "example": {
        "id": "gen-1",
        "data": {"nodeType": "generate:nano_banana_2", "params": {"resolution": "1K"}},
    },
}
EDGE: Schema = {
    "type": "object",
    "description": "From an output to an input. Their types must agree, their names need not.",
    "required": ["source", "target"],
    "properties": {
        "id": maybe(TEXT),
        "source": {"type": "string", "minLength": 1},
        "target": {"type": "string", "minLength": 1},
        "sourceHandle": a("`out-` and the name of the output.", maybe(TEXT)),
        "targetHandle": a("`in-` and the name of the input.", maybe(TEXT)),
    },
    "additionalProperties": True,
    "example": {"source": "text-1", "target": "gen-1", "sourceHandle": "out-prompt", "targetHandle": "in-prompt"},
}  # fmt: skip

_ITEM: dict[str, Any] = {
    "id": TEXT,
    "name": TEXT,
    "description": TEXT,
    "webhookId": a("Null while the webhook is off, and for those who may not run.", maybe(TEXT)),
    "webhookUrl": maybe(ADDRESS),
    "isActive": FLAG,
    "isPublished": FLAG,
    "executionCount": COUNT,
    "lastExecutedAt": maybe(TIME),
    "tags": many(TEXT),
    "createdAt": TIME,
    "updatedAt": a("Send it back as `baseUpdatedAt` to be refused when somebody saved meanwhile.", TIME),
}
_REPORT = has(ok=FLAG, violations=many(ref("Violation")), warnings=many(ref("Violation")))
_ARRANGED = has(
    positions=POSITIONS, moved=many(TEXT), bounds=has(x=NUMBER, y=NUMBER, width=NUMBER, height=NUMBER)
)
WORKFLOWS: dict[str, Schema] = {
    "Node": NODE,
    "Edge": EDGE,
    "GraphInput": {
        "type": "object",
        "required": ["nodes"],
        "properties": {"nodes": many(ref("Node")), "edges": many(ref("Edge"))},
    },
    "WorkflowItem": has("A workflow without its graph.", **_ITEM),
    "Workflow": has(
        "A workflow with its current graph.",
        **_ITEM,
        nodes=many(ref("Node")),
        edges=many(ref("Edge")),
        mediaId=maybe(TEXT),
        teamId=maybe(TEXT),
        userId=maybe(TEXT),
        linkPermission=one_of("PRIVATE", "VIEW", "EDIT"),
        exposedInputs=many(ANY_OBJECT),
    ),
    "SavedWorkflow": of_all(
        "The workflow, once more under `data`, and what was noticed while saving it.",
        "Workflow",
        data=ref("Workflow"),
        meta=has(migrations=many(ref("Migration")), warnings=many(ref("Violation"))),
        diagnostics=ref("Diagnostics"),
    ),
    "PatchedNode": in_data(has(node=has(id=TEXT, data=ANY_OBJECT), updatedAt=TIME)),
    "Copy": in_data(has(id=TEXT, name=TEXT, url=ADDRESS)),
    "Deleted": has(success={"const": True}, id=TEXT),
    "Lint": in_data(_REPORT),
    "Arranged": {"allOf": [_ARRANGED, has(data=_ARRANGED, updatedAt=TIME)]},
    "Visibility": has(
        linkPermission=one_of("PRIVATE", "VIEW", "EDIT"), url=ADDRESS, data=ANY_OBJECT
    ),
    "Port": has(
        "An input or output (`isPort`), or a setting.",
        optional=("label", "required", "isPort", "options", "default"),
        id=TEXT,
        type=TEXT,
        label=TEXT,
        required=FLAG,
        isPort=FLAG,
        options={"type": "array"},
        default={},
    ),
    "NodeTypes": has(
        "The catalog. `nodes` is for clients; `types`, `accepts` and `categories` are what the canvas draws from.",
        nodes=many(
            has(
                nodeType=TEXT,
                label=TEXT,
                category=TEXT,
                description=TEXT,
                inputs=many(ref("Port")),
                outputs=many(ref("Port")),
                credits=NUMBER,
                expandedImageInputs=COUNT,
                dynamicPorts=FLAG,
            )
        ),
        types=many(ANY_OBJECT),
        accepts=ANY_OBJECT,
        categories={"type": "array"},
        limits=has(nodes=COUNT, edges=COUNT),
    ),
    "Components": has(
        components=many(
            has(
                "`inputs` and `outputs` are those of the newest version, and so is `nodes`, how many are inside.",
                id=TEXT,
                name=TEXT,
                nodeType=TEXT,
                version=COUNT,
                nodes=COUNT,
                inputs=many(ANY_OBJECT),
                outputs=many(ANY_OBJECT),
            )
        )
    ),
    "ComponentUses": has(
        workflows=many(
            has(
                "A workflow with nodes of the component, and the versions that they have.",
                id=TEXT,
                name=TEXT,
                versions=many(COUNT),
            )
        )
    ),
    "Workbench": has(
        "The workflow in which a component is changed: no list shows it. `version` is the one that it is about, and "
        "`isChanged` says that it holds what no version does yet.",
        componentId=TEXT,
        workflowId=TEXT,
        version=COUNT,
        updatedAt=TIME,
        isChanged=FLAG,
    ),
    "Component": has(
        "One version. `component` is what a node with this `nodeType` carries in its `data.component`; one that names "
        "only `version`, or nothing, is filled in when the graph is saved or run.",
        id=TEXT,
        name=TEXT,
        nodeType=TEXT,
        version=COUNT,
        createdAt=TIME,
        component=ANY_OBJECT,
    ),
    "Progress": has(
        "One event. The last one has `done` true and the whole workflow.",
        data={**TEXT, "contentMediaType": "application/json"},
    ),
    "Models": in_data(many(has(id=TEXT, label=TEXT, kind=TEXT, credits=NUMBER, unit=TEXT))),
}  # fmt: skip
