"""Running workflows and following them."""

from __future__ import annotations

from reference.call import JSON, Answer, Call, Calls
from reference.schemas import either, many, ref

_GROUP = "Executions"
_STARTED = ("Location", "Idempotent-Replayed")

EXECUTIONS: Calls = {
    ("executions.api.ExecuteView", "POST"): Call(
        name="executeWorkflow",
        group=_GROUP,
        summary="Execute a workflow",
        text="`nodes` and `edges` empty or left out run the saved graph; otherwise the graph in the body runs and the "
        "saved one stays as it is. `inputs` sets values of input nodes by node id, label or value key. "
        "`targetNodeId` runs that node and what it needs, and makes it anew; `targetNodeIds` runs several nodes and "
        "what they need. `reuse` takes stored results whose content is unchanged, at 0 credits, but not those of the "
        "nodes in `anewNodeIds`; `force` takes none. `iteratorConfigs` starts one run per item. With "
        "`unlessRunning` a start of what a run of this workflow is making already is refused: 409 `same_run` names "
        "that run.",
        body={JSON: "executions.serializers.StartSerializer"},
        needs_body=False,
        example={"nodes": [], "edges": [], "inputs": {"prompt": "A lighthouse at dawn"}},
        answers={
            201: Answer(text="It runs. Poll the address in Location.", shape="Started", headers=_STARTED)
        },
        errors=(402, 409, 422),
        repeatable=True,
    ),
    ("executions.run_api.RunView", "GET"): Call(
        name="describeRun",
        group=_GROUP,
        summary="Describe the inputs of a workflow",
        answers={200: Answer(text="What a run can be given.", shape="RunInputs")},
    ),
    ("executions.run_api.RunView", "POST"): Call(
        name="runWorkflow",
        group=_GROUP,
        summary="Run a workflow with values for its inputs",
        text="The whole saved graph runs anew. `inputs` is by node id, as `GET` of this address tells.",
        body={JSON: "executions.run_api.RunInput"},
        needs_body=False,
        example={"inputs": {"text-1": "A lighthouse at dawn"}},
        answers={
            202: Answer(text="It runs. Poll the address in Location.", shape="StartedRun", headers=_STARTED)
        },
        errors=(402, 409, 422),
        repeatable=True,
    ),
    ("executions.api.EstimateView", "POST"): Call(
        name="estimateRun",
        group=_GROUP,
        summary="Estimate what a run costs",
        text="Takes the body of an execute call. Nothing runs and nothing is held.",
        body={JSON: "executions.serializers.StartSerializer"},
        needs_body=False,
        example={},
        answers={200: Answer(text="What would be held at most.", shape="Estimate")},
    ),
    ("executions.api.PollView", "GET"): Call(
        name="pollExecution",
        group=_GROUP,
        summary="Poll an execution",
        text="Begin with a second between polls and wait half as long again each time, ten seconds at most. Until "
        "`status` is no longer `RUNNING`.",
        answers={200: Answer(text="How it stands.", shape=either("Execution", "GuestExecution"))},
    ),
    ("executions.api.ExecutionView", "GET"): Call(
        name="getExecution",
        group=_GROUP,
        summary="Read an execution in full",
        answers={
            200: Answer(text="The poll, the graph that ran, its inputs and log.", shape="ExecutionDetail")
        },
    ),
    ("executions.api.CancelView", "POST"): Call(
        name="cancelExecution",
        group=_GROUP,
        summary="Cancel an execution",
        text="What is done stays and is paid; credits set aside for the rest go back. Again is fine.",
        answers={200: Answer(text="How it stands.", shape=either("Execution", "GuestExecution"))},
    ),
    ("executions.api.ResumeView", "POST"): Call(
        name="resumeExecution",
        group=_GROUP,
        summary="Resume a failed execution",
        text="A new execution of the same graph that takes over what succeeded and does the rest.",
        answers={201: Answer(text="The new execution runs.", shape="Started", headers=_STARTED)},
        errors=(402, 409, 422),
        repeatable=True,
    ),
    ("executions.decision_api.DecisionView", "POST"): Call(
        name="decideNode",
        group=_GROUP,
        summary="Answer what a node asks",
        text="For nodes whose state is `WAITING`. `item` counts from 0 in a list or among the items of a For Each; "
        "`itemPath` names one of nested lists; without both, all that are open are answered. `pick` is the place of "
        "the item that the run goes on with, where one is to be chosen. `value` corrects the item where the node "
        "allows that. The first answer counts: a second one is refused with `already_decided`.",
        body={JSON: "executions.decision_api.DecisionInput"},
        example={"decision": "approve", "note": "Good light"},
        answers={200: Answer(text="How the node stands.", shape="NodeState")},
        errors=(409,),
    ),
    ("executions.history_api.HistoryView", "GET"): Call(
        name="listExecutions",
        name_of_one="listExecutionsOfWorkflow",
        group=_GROUP,
        summary="List executions",
        text=(
            "Newest first. The Link header leads to the next page by a cursor that stays when new ones begin. "
            "`limit` is 200 at most; more counts as 200."
        ),
        query="executions.history_api.HistoryInput",
        answers={
            200: Answer(
                text="Executions without their node runs.",
                shape=many(ref("ExecutionItem")),
                headers=("Link", "X-Total-Count"),
            )
        },
    ),
}
