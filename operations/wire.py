"""The state of the installation as JSON, for scripts. Times are UTC, sizes bytes, ages seconds."""

from __future__ import annotations

from typing import Any

from executions.wire import when
from operations.state import ProviderState, State, Worker


def state_object(state: State) -> dict[str, Any]:
    return {
        "at": when(state.at),
        "version": state.version,
        "isWell": all(part.is_ok for part in state.parts),
        "parts": [
            {
                "name": part.name,
                "title": part.title,
                "isOk": part.is_ok,
                "problem": part.problem,
                "milliseconds": part.milliseconds,
            }
            for part in state.parts
        ],
        "executionsRunning": state.running,
        "queues": [
            {
                "name": queue.name,
                "title": queue.title,
                "depth": queue.depth,
                "oldestSeconds": round(queue.age(state.at), 3),
            }
            for queue in state.queues
        ],
        "brokerMessages": state.messages,
        "leases": {
            "held": state.leases_held,
            "expired": state.leases_expired,
            "first": [
                {
                    "nodeRunId": lease.node_run_id,
                    "executionId": lease.execution_id,
                    "nodeType": lease.node_type,
                    "attempt": lease.attempt,
                    "startedAt": when(lease.started_at),
                    "until": when(lease.until),
                    "isExpired": lease.is_expired,
                    "holder": lease.holder,
                }
                for lease in state.leases
            ],
        },
        "processes": [_process(one) for one in state.workers],
        "providers": [_provider(one) for one in state.providers],
        "media": {
            "files": state.media.files,
            "bytes": state.media.bytes,
            "freeBytes": state.media.free_bytes,
        },
        "databaseBytes": state.media.database_bytes,
        "errors": state.errors,
    }


def _process(one: Worker) -> dict[str, Any]:
    process = one.process
    return {
        "kind": process.kind,
        "host": process.host,
        "pid": process.pid,
        "version": process.version,
        "state": one.state,
        "startedAt": when(process.started_at),
        "seenAt": when(process.seen_at),
        "carrying": process.carrying,
    }


def _provider(one: ProviderState) -> dict[str, Any]:
    return {
        "name": one.name,
        "state": one.state,
        "lastCalls": dict(one.counts),
        "failuresInARow": one.failures_in_a_row,
        "lastAt": when(one.last_at),
        "failedAt": when(one.failed_at),
        "shutUntil": when(one.shut_until),
        "reason": one.reason,
        "places": one.places,
        "placesHeld": one.held,
        "waitingForPlace": one.waiting,
    }
