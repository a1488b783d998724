"""Bodies of the execution API: shapes in, shapes out, nothing decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import serializers

from accounts.actor import Actor
from executions.actions import Accepted, Start
from executions.batches import MOST_RUNS, ItemList
from executions.models import Reuse
from executions.wire import node_status, output_object, when, wire_status
from wireflow_ui.errors import one_of


class ItemListSerializer(serializers.Serializer[Any]):
    """One entry of ``iteratorConfigs``."""

    nodeId = serializers.CharField(max_length=128)
    key = serializers.CharField(required=False, allow_blank=True, max_length=200, default="")
    items = serializers.ListField(min_length=1, max_length=MOST_RUNS)
    mode = serializers.ChoiceField(
        choices=["zip", "product"],
        default="zip",
        error_messages={"invalid_choice": one_of(["zip", "product"])},
    )


class StartSerializer(serializers.Serializer[Any]):
    """The body of an execute call."""

    nodes = serializers.ListField(child=serializers.DictField(), required=False, default=list, max_length=200)
    edges = serializers.ListField(
        child=serializers.DictField(), required=False, default=list, max_length=1000
    )
    inputs = serializers.DictField(required=False, default=dict)
    targetNodeId = serializers.CharField(
        required=False, allow_blank=True, allow_null=True, max_length=128, default=""
    )
    targetNodeIds = serializers.ListField(
        child=serializers.CharField(max_length=128), required=False, default=list, max_length=200
    )
    anewNodeIds = serializers.ListField(
        child=serializers.CharField(max_length=128), required=False, default=list, max_length=200
    )
    triggerData = serializers.DictField(required=False, default=dict)
    force = serializers.BooleanField(required=False, default=False)
    reuse = serializers.BooleanField(required=False, default=False)
    unlessRunning = serializers.BooleanField(required=False, default=False)
    iteratorConfigs = serializers.ListField(
        child=ItemListSerializer(), required=False, default=list, max_length=MOST_RUNS
    )


class PlansSerializer(serializers.Serializer[Any]):
    """Runs that the canvas wants to know about before it starts one of them."""

    plans = serializers.ListField(child=StartSerializer(), min_length=1, max_length=4)


def start_of(body: Mapping[str, Any], actor: Actor) -> Start:
    """What a body that `StartSerializer` found right asks for.

    Local nodes may always be reused, remote ones when asked for or when they only lead to a target node.
    """
    target = body["targetNodeId"] or ""
    reuse = Reuse.NONE if body["force"] else Reuse.ALL if body["reuse"] or target else Reuse.LOCAL
    return Start(
        nodes=body["nodes"],
        edges=body["edges"],
        inputs=body["inputs"],
        target_node_id=target,
        targets=body["targetNodeIds"],
        anew=body["anewNodeIds"],
        reuse=reuse,
        trigger="api" if actor.key else "canvas",
        trigger_data=body["triggerData"],
        lists=[
            ItemList(one["nodeId"], one["items"], one["key"], one["mode"]) for one in body["iteratorConfigs"]
        ],
    )


def started_object(
    accepted: Sequence[Accepted], base: str, stale: Sequence[dict[str, Any]] = ()
) -> dict[str, Any]:
    """The 201 of execute; of a batch the first run stands at the top. ``base`` goes before our media addresses."""
    first = accepted[0].execution
    return {
        "workflowId": first.workflow_id,
        "batchId": str(first.batch_id),
        "executionId": str(first.pk),
        "status": wire_status(first),
        "executionRuns": [_run_object(one, base) for one in accepted],
        "staleDependencies": list(stale),
        "data": {"executionId": str(first.pk), "status": wire_status(first)},
    }


def _run_object(accepted: Accepted, base: str) -> dict[str, Any]:
    execution = accepted.execution
    runs = sorted(accepted.runs, key=lambda run: (run.position, run.pk))
    return {
        "id": str(execution.pk),
        "startTime": when(execution.created_at),
        "endTime": when(execution.ended_at),
        "status": wire_status(execution),
        "error": execution.error or None,
        "nodeRuns": [
            {"nodeId": run.node_id, "status": node_status(run), "output": output_object(run.output, base)}
            for run in runs
        ],
        "batchId": str(execution.batch_id),
        "runIndexInBatch": execution.run_index,
        "inputIndex": execution.input_index,
    }
