"""Executions, their node runs, prices and use: contract §§7 and 9.3."""

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
    one_of,
    ref,
)

RUN_STATUS = one_of("RUNNING", "COMPLETED", "FAILED", "CANCELLED")
NODE_STATUS = one_of("PENDING", "RUNNING", "WAITING", "COMPLETED", "FAILED", "SKIPPED", "CANCELLED")

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
        question=a(
            "What a person was asked: `items`, and one of `answers` for each, null while it is open.",
            maybe(ref("Question")),
        ),
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
        fallbackReason=a("Why its own model was given up; `nodeType` is its fallback's.", maybe(TEXT)),
        notice=a("How it was done, where that matters: such as pictures made smaller for a provider.", maybe(TEXT)),
    ),
    "Question": has(
        "Items to approve one by one, or a list to pick one of.",
        kind=one_of("approval", "pick"),
        message=TEXT,
        approvers=TEXT,
        items={"type": "array"},
        answers=many(maybe(ref("AnswerOfPerson"))),
        mayEdit=FLAG,
        dueAt=maybe(TIME),
    ),
    "AnswerOfPerson": has(
        "`value` is what the item was corrected to, `pick` the place of what was picked.",
        optional=("pick", "value"),
        decision=one_of("approve", "reject", "pick"),
        by=TEXT,
        note=TEXT,
        at=TIME,
        pick=COUNT,
        value={},
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
            "What a run would hold at most; `estimateComplete` false: the length of a list is not known yet. "
            "`provider` would be called first, `ownKey`: with a key of the team's own.",
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
                    provider=TEXT, ownKey=FLAG,
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
