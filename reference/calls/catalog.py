"""What this server can do, and what was used of it."""

from __future__ import annotations

from reference.call import JSON, Answer, Call, Calls
from reference.schemas import ANY_OBJECT, in_data, many

_GROUP = "Catalog and usage"
_NOT_HERE = "This server has no video renderer, so there are none."

CATALOG: Calls = {
    ("reference.api.OpenApi", "GET"): Call(
        name="getDocument",
        group=_GROUP,
        summary="Read this document",
        text="OpenAPI 3.1, for programs that make clients. No key is needed.",
        answers={
            200: Answer(text="The document.", shape=ANY_OBJECT, headers=("Access-Control-Allow-Origin",)),
        },
    ),
    ("workflows.api.NodeTypes", "GET"): Call(
        name="listNodeTypes",
        group=_GROUP,
        summary="List the node types",
        text="With If-None-Match an unchanged catalog is answered with 304.",
        answers={
            200: Answer(text="The catalog.", shape="NodeTypes", headers=("ETag",)),
            304: Answer(text="Nothing has changed.", headers=("ETag",)),
        },
    ),
    ("workflows.catalog_api.Models", "GET"): Call(
        name="listModels",
        group=_GROUP,
        summary="List the models and their prices",
        answers={
            200: Answer(text="What can be generated with, and the credits for one unit.", shape="Models")
        },
    ),
    ("executions.usage_api.UsageView", "GET"): Call(
        name="getUsage",
        group=_GROUP,
        summary="Read credits, limits and what was used",
        answers={200: Answer(text="The team's balance and plan; a limit of null is none.", shape="Usage")},
    ),
    ("workflows.generate_api.Generate", "POST"): Call(
        name="generateWorkflow",
        group=_GROUP,
        summary="Make a workflow from a description",
        text="Picks the template that fits best and tells it node by node; the last event has `done` true and the "
        "whole workflow.",
        body={JSON: "workflows.generate_api.GenerateInput"},
        example={"prompt": "product photos on a beach"},
        answers={
            200: Answer(
                text="Server-sent events, each a `data:` line of JSON.",
                shape="Progress",
                media="text/event-stream",
            )
        },
        errors=(422,),
    ),
    ("workflows.catalog_api.VideoTemplates", "GET"): Call(
        name="listVideoTemplates",
        group=_GROUP,
        summary="List video templates",
        text=_NOT_HERE,
        answers={200: Answer(text="None.", shape=in_data(many(ANY_OBJECT)))},
    ),
    ("workflows.catalog_api.VideoTemplate", "GET"): Call(
        name="getVideoTemplate",
        group=_GROUP,
        summary="Read a video template",
        text=_NOT_HERE,
        answers={200: Answer(text="A video template.", shape=in_data(ANY_OBJECT))},
    ),
    ("workflows.catalog_api.Blocks", "GET"): Call(
        name="listBlocks",
        group=_GROUP,
        summary="List video blocks",
        text=_NOT_HERE,
        answers={200: Answer(text="None.", shape=ANY_OBJECT)},
    ),
    ("workflows.catalog_api.Blocks", "POST"): Call(
        name="createBlock",
        group=_GROUP,
        summary="Keep a video block",
        text="This server has no video renderer and keeps no blocks: always 400, `no_video_renderer`.",
        body={JSON: ANY_OBJECT},
        answers={},
    ),
    ("workflows.catalog_api.VideoPreview", "POST"): Call(
        name="previewVideo",
        group=_GROUP,
        summary="Preview a video",
        text="Says that nothing can be rendered here, and costs nothing.",
        body={JSON: ANY_OBJECT},
        needs_body=False,
        answers={200: Answer(text="`renderable` is false.", shape=ANY_OBJECT)},
    ),
}
