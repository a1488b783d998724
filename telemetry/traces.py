"""Traces for OpenTelemetry. Off, and nothing of its libraries imported, unless an OTLP endpoint is configured.

A run is one trace, whichever processes carry it: its trace id *is* the execution's id, and the spans of the execution
and of its node runs have ids made from theirs. So nothing has to be handed from process to process, and a span is
written when it is over, from the times that the database has.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span

Attributes = Mapping[str, str | int | float | bool]
Facts = dict[str, str | int | float | bool]

_provider: TracerProvider | None = None
#: The trace and span id that the next span is to have.
_next: ContextVar[tuple[int, int] | None] = ContextVar("next_span", default=None)


def turn_on(*, kind: str, version: str, exporter: SpanExporter | None = None) -> None:
    """Send spans from now on, to where OTEL_EXPORTER_OTLP_ENDPOINT says, or to ``exporter`` at once."""
    global _provider
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor

    resource = Resource.create({"service.version": version, "wireflow.process": kind})
    if str(resource.attributes.get("service.name", "")).startswith("unknown_service"):
        resource = resource.merge(Resource({"service.name": "wireflow-ui"}))
    _provider = TracerProvider(resource=resource, id_generator=_ids())
    if exporter is None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        _provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    else:
        _provider.add_span_processor(SimpleSpanProcessor(exporter))


def turn_off() -> None:
    """Send what is left, and stop."""
    global _provider
    if _provider is not None:
        _provider.shutdown()
        _provider = None


def is_on() -> bool:
    return _provider is not None


def execution_ended(
    execution_id: uuid.UUID, *, name: str, began: datetime, ended: datetime, error: str, facts: Attributes
) -> None:
    """The span of a whole run: the root of its trace."""
    if _provider is not None:
        _write(name, execution_id, _of_execution(execution_id), None, began, ended, error, facts)


def accepted(execution_id: uuid.UUID, *, began: datetime, ended: datetime, facts: Attributes) -> None:
    """The accepting of a run, by the process that took the request."""
    if _provider is not None:
        parent = _inside(execution_id, _of_execution(execution_id))
        _write("accept", execution_id, None, parent, began, ended, "", facts)


def node_run_ended(
    execution_id: uuid.UUID,
    node_run_id: int,
    *,
    name: str,
    began: datetime,
    ended: datetime,
    error: str,
    facts: Attributes,
) -> None:
    """The span of a node run, over all of its attempts."""
    if _provider is not None:
        parent = _inside(execution_id, _of_execution(execution_id))
        _write(name, execution_id, _of_node_run(node_run_id), parent, began, ended, error, facts)


def begin_call(execution_id: uuid.UUID, node_run_id: int, *, name: str, facts: Attributes) -> Span | None:
    """A call to a provider that goes out now; `end_call` ends its span."""
    if _provider is None:
        return None
    from opentelemetry.trace import SpanKind

    parent = _inside(execution_id, _of_node_run(node_run_id))
    return _provider.get_tracer("wireflow").start_span(
        name, context=parent, kind=SpanKind.CLIENT, attributes=dict(facts)
    )


def end_call(span: Span, error: str) -> None:
    """``error`` is the code of what went wrong, or empty."""
    _mark(span, error)
    span.end()


def _mark(span: Span, error: str) -> None:
    if error:
        from opentelemetry.trace import StatusCode

        span.set_attribute("error.type", error)
        span.set_status(StatusCode.ERROR, error)


def _write(
    name: str,
    execution_id: uuid.UUID,
    span_id: int | None,
    parent: Context | None,
    began: datetime,
    ended: datetime,
    error: str,
    facts: Attributes,
) -> None:
    """Write a span that is over."""
    assert _provider is not None
    token = _next.set((execution_id.int, span_id) if span_id is not None else None)
    try:
        from opentelemetry.context import Context

        span = _provider.get_tracer("wireflow").start_span(
            name,
            context=parent or Context(),
            attributes={"wireflow.execution_id": str(execution_id), **facts},
            start_time=_nanoseconds(began),
        )
    finally:
        _next.reset(token)
    _mark(span, error)
    span.end(_nanoseconds(max(began, ended)))


def _inside(execution_id: uuid.UUID, span_id: int) -> Context:
    """The context of a child of that span, sampled as the whole run is."""
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace.sampling import Decision
    from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

    assert _provider is not None
    decision = _provider.sampler.should_sample(Context(), execution_id.int, "execution").decision
    flags = TraceFlags(TraceFlags.SAMPLED if decision is not Decision.DROP else TraceFlags.DEFAULT)
    return set_span_in_context(
        NonRecordingSpan(SpanContext(execution_id.int, span_id, is_remote=True, trace_flags=flags)), Context()
    )


def _ids() -> Any:
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

    class Ids(RandomIdGenerator):
        """Random, but for the spans whose ids every process can make by itself."""

        def generate_trace_id(self) -> int:
            wanted = _next.get()
            return wanted[0] if wanted else super().generate_trace_id()

        def generate_span_id(self) -> int:
            wanted = _next.get()
            return wanted[1] if wanted else super().generate_span_id()

    return Ids()


def _of_execution(execution_id: uuid.UUID) -> int:
    return _number(f"execution:{execution_id}")


def _of_node_run(node_run_id: int) -> int:
    return _number(f"node-run:{node_run_id}")


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") or 1


def _nanoseconds(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000) * 1000
