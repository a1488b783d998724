"""What a run tells to metrics, traces and the log, and that it tells it once it is committed."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from django.db import transaction
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from executions import telling
from executions.actions import Start, cancel_execution, start_execution
from executions.models import Execution, NodeRun
from telemetry import about, metrics, traces
from tests.executions.runs import end_of, make_workflow, prompt, start, until
from tests.executions.scripted import Scripted, done, serve_by, taken
from tests.factories import team_of

pytestmark = pytest.mark.usefixtures("engine")


@pytest.fixture(autouse=True)
def counting() -> Iterator[None]:
    metrics.turn_on(kind="server", version="1")
    yield
    metrics.turn_off()


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    traces.turn_on(kind="server", version="1", exporter=exporter)
    yield exporter
    traces.turn_off()


def count(name: str, **labels: str) -> float:
    """What Prometheus would read; 0 where nothing was counted."""
    registry = metrics.registry()
    assert registry is not None
    return registry.get_sample_value(f"wireflow_{name}", labels) or 0.0


def told_end_of(execution: Execution) -> Execution:
    """The execution once its end was told, which comes right after its commit and is the last that is told."""
    end_of(execution)
    until(lambda: count("executions_ended_total", status=execution.status))
    return execution


def test_a_run_is_counted_from_its_acceptance_to_its_last_credit(alice):
    told_end_of(start(alice, *prompt("a lighthouse")))
    assert count("executions_accepted_total", trigger="api") == 1
    assert count("executions_ended_total", status="COMPLETED") == 1
    assert count("execution_duration_seconds_count", status="COMPLETED") == 1
    for node_type in ("input:text", "llm:gemini", "output:preview"):
        assert count("node_runs_ended_total", type=node_type, status="COMPLETED") == 1
    assert count("node_run_queue_seconds_count") == 1  # the others were computed on the spot
    assert count("provider_calls_total", provider="sandbox", call="submit", outcome="ok") == 1
    assert count("provider_call_duration_seconds_count", provider="sandbox", call="submit") == 1
    assert [count("credits_total", move=move) for move in ("held", "settled", "released")] == [1, 1, 0]


def test_polls_and_outcomes_of_calls_are_counted(alice, monkeypatch):
    serve_by(Scripted(submits=[taken()], fetches=[taken(), done()]), monkeypatch)
    told_end_of(start(alice, *prompt("a lighthouse")))
    assert count("provider_calls_total", provider="sandbox", call="fetch", outcome="ok") == 2
    assert count("provider_job_polls_sum", provider="sandbox") == 2


def test_a_refused_call_and_its_failed_run_are_counted_by_their_codes(alice, spans):
    execution = told_end_of(start(alice, *prompt("[block]")))
    assert count("provider_calls_total", provider="sandbox", call="submit", outcome="content_blocked") == 1
    assert count("node_runs_ended_total", type="llm:gemini", status="FAILED") == 1
    assert count("executions_ended_total", status="FAILED") == 1
    assert count("credits_total", move="released") == 1
    errors = {span.name: span.attributes.get("error.type") for span in spans.get_finished_spans()}
    assert errors == {
        "accept": None, "input:text": None, "sandbox submit": "content_blocked",
        "llm:gemini": "content_blocked", "execution": "content_blocked",
    }  # fmt: skip
    assert execution.error_code == "content_blocked"


def test_what_is_not_committed_is_not_told(alice, spans):
    workflow = make_workflow(alice, *prompt("a lighthouse"))
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        start_execution(workflow=workflow, team=team_of(alice), start=Start(), user=alice)
        raise ZeroDivisionError
    assert count("executions_accepted_total", trigger="api") == 0
    assert count("credits_total", move="held") == 0
    assert spans.get_finished_spans() == ()


def test_a_stopped_run_is_told_once(alice, monkeypatch):
    serve_by(Scripted(submits=[taken(poll_after=60.0)]), monkeypatch)
    execution = start(alice, *prompt("a lighthouse"))
    assert cancel_execution(execution_id=execution.pk)
    assert not cancel_execution(execution_id=execution.pk)
    assert count("executions_ended_total", status="CANCELLED") == 1
    assert count("node_runs_ended_total", type="llm:gemini", status="CANCELLED") == 1


def test_a_run_is_one_trace_named_by_its_id(alice, spans):
    execution = told_end_of(start(alice, *prompt("a lighthouse")))
    by_name = {span.name: span for span in spans.get_finished_spans()}
    assert set(by_name) == {
        "execution", "accept", "input:text", "llm:gemini", "sandbox submit", "output:preview",
    }  # fmt: skip
    assert {span.context.trace_id for span in by_name.values()} == {execution.pk.int}
    root = by_name["execution"]
    assert root.parent is None
    for name in ("accept", "input:text", "llm:gemini", "output:preview"):
        assert by_name[name].parent.span_id == root.context.span_id
    made = by_name["llm:gemini"]
    assert by_name["sandbox submit"].parent.span_id == made.context.span_id
    row = NodeRun.objects.get(execution=execution, node_id="make")
    assert made.attributes["wireflow.node_run_id"] == row.pk
    assert made.start_time <= by_name["sandbox submit"].start_time
    assert root.start_time <= made.start_time < made.end_time <= root.end_time


def test_a_node_run_is_one_span_whichever_process_makes_its_calls(alice, spans, monkeypatch):
    serve_by(Scripted(submits=[taken()], fetches=[done()]), monkeypatch)
    told_end_of(start(alice, *prompt("a lighthouse")))
    calls = [span for span in spans.get_finished_spans() if span.name.startswith("sandbox ")]
    assert [span.name for span in calls] == ["sandbox submit", "sandbox fetch"]
    assert len({span.parent.span_id for span in calls}) == 1


def test_lines_of_a_run_say_which_run(alice, caplog):
    caplog.set_level(logging.DEBUG, "wireflow")
    said: dict[str, dict[str, object]] = {}

    def note(record: logging.LogRecord) -> bool:
        said[record.getMessage()] = dict(about.current())
        return True

    caplog.handler.addFilter(note)
    execution = told_end_of(start(alice, *prompt("x")))
    ids = said["llm:gemini COMPLETED"]
    row = NodeRun.objects.get(execution=execution, node_id="make")
    assert ids == {"execution_id": str(execution.pk), "node_run_id": row.pk, "attempt": 1}
    assert said["Execution COMPLETED, 1 credits."]["execution_id"] == str(execution.pk)


def test_nothing_is_made_ready_while_nobody_watches(alice):
    metrics.turn_off()
    assert not telling.is_watched()
