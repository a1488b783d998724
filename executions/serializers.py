"""Bodies of the execution API: shapes in, shapes out, nothing decided."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.actor import Actor
from executions.actions import Start
from executions.models import Execution, NodeRun, Reuse
from executions.wire import node_run_object, when, wire_status


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
    triggerData = serializers.DictField(required=False, default=dict)
    force = serializers.BooleanField(required=False, default=False)
    reuse = serializers.BooleanField(required=False, default=False)
    iteratorConfigs = serializers.ListField(required=False, default=list)

    def validate_iteratorConfigs(self, value: list[Any]) -> list[Any]:
        if value:
            raise serializers.ValidationError("Batches cannot be started yet. Start one execution per item.")
        return value

    def start(self, actor: Actor) -> Start:
        """What the validated body asks for.

        Local nodes may always be reused, remote ones when asked for or when they only lead to a target node.
        """
        body = self.validated_data
        target = body["targetNodeId"] or ""
        reuse = Reuse.NONE if body["force"] else Reuse.ALL if body["reuse"] or target else Reuse.LOCAL
        return Start(
            nodes=body["nodes"],
            edges=body["edges"],
            inputs=body["inputs"],
            target_node_id=target,
            reuse=reuse,
            trigger="api" if actor.key else "canvas",
            trigger_data=body["triggerData"],
        )


def started_object(execution: Execution, runs: list[NodeRun]) -> dict[str, Any]:
    """The 201 of execute."""
    shown = [node_run_object(run) for run in runs]
    short = [{key: one[key] for key in ("nodeId", "status", "output")} for one in shown]
    return {
        "workflowId": execution.workflow_id,
        "batchId": str(execution.batch_id),
        "executionId": str(execution.pk),
        "status": wire_status(execution),
        "executionRuns": [
            {
                "id": str(execution.pk),
                "startTime": when(execution.created_at),
                "endTime": when(execution.ended_at),
                "status": wire_status(execution),
                "error": execution.error or None,
                "nodeRuns": short,
                "batchId": str(execution.batch_id),
                "runIndexInBatch": execution.run_index,
                "inputIndex": execution.input_index,
            }
        ],
        "staleDependencies": [],
        "data": {"executionId": str(execution.pk), "status": wire_status(execution)},
    }
