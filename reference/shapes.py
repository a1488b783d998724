"""The JSON of answers, as schemas: contract §§3–9. What clients may be sent in addition is left open.

Requests are read by serializers, and the document takes their schemas from these; only graphs are told here.
"""

from __future__ import annotations

from typing import Any

from reference.schemas import (
    ADDRESS,
    ANY_OBJECT,
    COUNT,
    FLAG,
    ID,
    NUMBER,
    TEXT,
    TIME,
    WHOLE,
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

RUN_STATUS = one_of("RUNNING", "COMPLETED", "FAILED", "CANCELLED")
NODE_STATUS = one_of("PENDING", "RUNNING", "WAITING", "COMPLETED", "FAILED", "SKIPPED", "CANCELLED")
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

_PROBLEM_TYPES = one_of(
    "invalid_request_error", "authentication_error", "insufficient_credits_error", "conflict_error",
    "rate_limit_error", "api_error",
)  # fmt: skip
PROBLEMS: dict[str, Schema] = {
    "Problem": has(
        "A refusal. What else there is to know stands beside these three.",
        error=a("A sentence that says what to do.", TEXT),
        code=a("A word for programs.", TEXT),
        type=_PROBLEM_TYPES,
    ),
    "InsufficientCredits": of_all(
        "What the run would cost at most, and what there is.",
        "Problem",
        insufficientCredits={"const": True},
        requiredCredits=COUNT,
        availableCredits=COUNT,
        breakdown=many(has(nodeId=TEXT, nodeLabel=TEXT, credits=COUNT)),
    ),
    "RateLimited": of_all(
        "When to come again.",
        "Problem",
        retryAfter=a("Seconds, as in Retry-After.", {"type": "integer", "minimum": 1}),
    ),
    "InvalidGraph": of_all(
        "What stops this graph.",
        "Problem",
        violations=many(ref("Violation")),
        warnings=many(ref("Violation")),
        migrations=many(ref("Migration")),
        diagnostics=ref("Diagnostics"),
    ),
    "Violation": has(
        "What is wrong with a graph, and where.",
        optional=("fix", "nodeId", "edgeId", "field"),
        rule=TEXT,
        severity=one_of("error", "warning"),
        message=TEXT,
        fix=TEXT,
        nodeId=TEXT,
        edgeId=TEXT,
        field=TEXT,
    ),
    "Migration": {
        "type": "object",
        "description": "An old name that was rewritten.",
        "required": ["nodeId", "from", "to"],
        "properties": {"nodeId": TEXT, "from": TEXT, "to": TEXT},
    },
    "Diagnostics": has(
        "All findings in one envelope.",
        version=WHOLE,
        counts=has(error=COUNT, warning=COUNT, info=COUNT),
        diagnostics=many(
            has(
                code=TEXT,
                severity=one_of("error", "warning", "info"),
                message=TEXT,
                target=ANY_OBJECT,
                hint=maybe(TEXT),
                docs=maybe(TEXT),
            )
        ),
    ),
}

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
    "Progress": has(
        "One event. The last one has `done` true and the whole workflow.",
        data={**TEXT, "contentMediaType": "application/json"},
    ),
    "Models": in_data(many(has(id=TEXT, label=TEXT, kind=TEXT, credits=NUMBER, unit=TEXT))),
}  # fmt: skip

_STATE: dict[str, Any] = {"executionId": ID, "status": RUN_STATUS}
_SUMMARY: dict[str, Any] = {
    "executionId": ID,
    "id": ID,
    "workflowId": maybe(TEXT),
    "workflowName": TEXT,
    "batchId": ID,
    "status": RUN_STATUS,
    "trigger": TEXT,
    "startTime": TIME,
    "endTime": maybe(TIME),
    "durationMs": maybe(COUNT),
    "creditsUsed": COUNT,
    "error": maybe(TEXT),
    "errorCode": maybe(TEXT),
    "warnings": {"type": "array"},
}
_POLLED: dict[str, Any] = {
    **_SUMMARY,
    "nodeResults": has(nodeRuns=many(ref("NodeRun"))),
    "nodeStates": many(ref("NodeState")),
    "finalOutput": a("What the run was made for, once it is over.", maybe(ANY_OBJECT)),
    "seq": a("The number of the last event that is in here.", COUNT),
}
_STARTED_RUN = has(
    id=ID,
    startTime=TIME,
    endTime=maybe(TIME),
    status=RUN_STATUS,
    error=maybe(TEXT),
    nodeRuns=many(has(nodeId=TEXT, status=NODE_STATUS, output=maybe(ANY_OBJECT))),
    batchId=ID,
    runIndexInBatch=COUNT,
    inputIndex=maybe(COUNT),
)
EXECUTIONS: dict[str, Schema] = {
    "Started": has(
        "What was started; of a batch the first run stands at the top.",
        optional=("resumedFrom",),
        workflowId=TEXT,
        batchId=ID,
        **_STATE,
        executionRuns=many(_STARTED_RUN),
        staleDependencies=many(has(nodeId=TEXT, changedKeys=many(TEXT))),
        data=has(**_STATE),
        resumedFrom=ID,
    ),
    "StartedRun": has("What was started.", data=has(**_STATE), **_STATE),
    "ExecutionItem": has("An execution without its node runs.", **_SUMMARY),
    "Execution": has("An execution as it stands: 200 while it runs and at its end.", **_POLLED),
    "GuestExecution": has(
        "What callers of another team are shown of a run of an app that they started.",
        executionId=ID,
        id=ID,
        status=RUN_STATUS,
        startTime=TIME,
        endTime=maybe(TIME),
        durationMs=maybe(COUNT),
        creditsUsed=COUNT,
        errorCode=maybe(TEXT),
        error=maybe(TEXT),
        outputs=many(ref("GuestOutput")),
        nodeResults=has(nodeRuns=many(ref("GuestOutput"))),
        finalOutput=maybe(ANY_OBJECT),
    ),
    "GuestOutput": has(
        "A file or a text that came out.",
        optional=("text",),
        nodeId=TEXT,
        label=TEXT,
        status=NODE_STATUS,
        url=maybe(ADDRESS),
        text=TEXT,
    ),
    "ExecutionDetail": has(
        "The poll, and what was run.",
        **_POLLED,
        inputs=ANY_OBJECT,
        triggerData={},
        logs=many(has(time=TIME, nodeId=maybe(TEXT), level=one_of("info", "error"), message=TEXT)),
        graph=has(nodes=many(ANY_OBJECT), edges=many(ANY_OBJECT)),
    ),
    "NodeRun": has(
        "One node, and where a list fans out one item, in one execution.",
        nodeId=TEXT,
        itemPath=many(WHOLE),
        label=TEXT,
        nodeType=TEXT,
        status=NODE_STATUS,
        statusWord=TEXT,
        output=a("Output → value; beside them `url`, the first file, or `text`.", maybe(ANY_OBJECT)),
        error=maybe(TEXT),
        errorCode=maybe(TEXT),
        startTime=maybe(TIME),
        endTime=maybe(TIME),
        durationMs=maybe(COUNT),
        creditsUsed=COUNT,
        provider=a("`sandbox` where no real provider was asked.", maybe(TEXT)),
        attempt=COUNT,
        progress=maybe(WHOLE),
        cached=FLAG,
        skipReason=maybe(TEXT),
        requestId=maybe(TEXT),
    ),
    "NodeState": has(
        "One node with all its items.",
        nodeId=TEXT,
        label=TEXT,
        status=NODE_STATUS,
        error=maybe(TEXT),
        outputUrl=maybe(ADDRESS),
        outputUrls=many(ADDRESS),
        text=maybe(TEXT),
        progress=a("Percent.", COUNT),
        requestId=maybe(TEXT),
    ),
    "InputOfRun": has(
        "What a run can be given. `key` is the name in an app.",
        optional=("options", "key"),
        nodeId=TEXT,
        label=TEXT,
        type=one_of("text", "image", "url", "number", "boolean", "select"),
        required=FLAG,
        default={},
        description=TEXT,
        options={"type": "array"},
        key=TEXT,
    ),
    "RunInputs": in_data(
        has(
            workflowId=TEXT,
            workflowName=TEXT,
            inputs=many(ref("InputOfRun")),
            endpoint=ADDRESS,
            method={"const": "POST"},
            example=ANY_OBJECT,
        )
    ),
    "Estimate": in_data(
        has(
            "What a run would hold at most; `estimateComplete` false: the length of a list is not known yet.",
            workflowId=TEXT,
            estimatedCredits=COUNT,
            estimatedProviderCostUsd=NUMBER,
            availableCredits=COUNT,
            creditSource=TEXT,
            sufficient=FLAG,
            estimateComplete=FLAG,
            breakdown=many(
                has(
                    nodeId=TEXT, nodeLabel=TEXT, model=TEXT, credits=COUNT, unitCredits=COUNT, iterations=COUNT,
                    unknownIterations=FLAG, fanOutUncertainty=one_of("none", "unknown"), reused=FLAG,
                )
            ),
            warnings={"type": "array"},
        )
    ),
    "Usage": in_data(
        has(
            plan=TEXT,
            credits=has(available=COUNT, held=COUNT, usedThisPeriod=COUNT, periodEnd=TIME),
            limits=has(
                requestsPerMinute=maybe(COUNT),
                executionsPerMinute=maybe(COUNT),
                executionsPerDay=maybe(COUNT),
                concurrent=maybe(COUNT),
            ),
            today=has(executions=COUNT),
            recent=many(has(executionId=ID, workflowName=TEXT, credits=COUNT, at=TIME)),
        )
    ),
}  # fmt: skip

TRIGGERS: dict[str, Schema] = {
    "AppInputs": {
        "type": "object",
        "properties": {"inputs": a("Values by key.", ANY_OBJECT)},
        "additionalProperties": False,
    },
    "Published": in_data(has(slug=TEXT, url=ADDRESS)),
    "App": in_data(
        has(
            slug=TEXT,
            name=TEXT,
            description=TEXT,
            url=ADDRESS,
            branding=ANY_OBJECT,
            inputs=many(ref("InputOfRun")),
            endpoint=ADDRESS,
            method={"const": "POST"},
            example=ANY_OBJECT,
        )
    ),
    "FeedbackKept": has(id={}, message=TEXT),
    "Triggered": has("It runs.", executionId=ID, status={"const": "queued"}, message=TEXT),
    "WebhookState": has("", workflowId=TEXT, name=TEXT, isActive=FLAG, message=TEXT),
    "Webhook": in_data(
        has(
            workflowId=TEXT,
            isOn=FLAG,
            webhookId=maybe(TEXT),
            webhookUrl=a("POST here, without a key.", maybe(ADDRESS)),
            creditsPerDay=maybe(COUNT),
            callsPerMinute=maybe(COUNT),
            takesWorkflowId=a(
                "The workflow's id works in the address too, while it is private.", maybe(FLAG)
            ),
        )
    ),
}

_ASSET = has(
    "A stored file. `url` needs no key: its random name is the secret. `value` is what a graph may hold.",
    id=TEXT,
    url=ADDRESS,
    filename=TEXT,
    contentType=TEXT,
    bytes=COUNT,
    width=maybe(COUNT),
    height=maybe(COUNT),
    seconds=maybe(NUMBER),
    thumbnailUrl=maybe(ADDRESS),
    origin=TEXT,
    sandbox=FLAG,
    createdAt=TIME,
    value=ANY_OBJECT,
)
MEDIA: dict[str, Schema] = {
    "Asset": _ASSET,
    "OneAsset": in_data(ref("Asset")),
    "Assets": has(data=many(ref("Asset")), total=COUNT, nextOffset=maybe(COUNT)),
    "UploadAddress": in_data(
        has(
            uploadUrl=a("Send the bytes here, with `headers` and without your key.", ADDRESS),
            method={"const": "PUT"},
            mediaId=TEXT,
            headers={"type": "object", "additionalProperties": TEXT},
            expiresAt=TIME,
        )
    ),
}

SHAPES: dict[str, Schema] = {**PROBLEMS, **WORKFLOWS, **EXECUTIONS, **TRIGGERS, **MEDIA}
