"""Gemini's interactions: the door to its video models, where work goes on and is asked for by its id."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from providers import paths
from providers.base import Job, JobState, Media, Request
from providers.errors import (
    Cancelled,
    ContentBlocked,
    JobFailed,
    NoOutput,
    ProviderError,
    ProviderLost,
    ServerFault,
    UnknownOutcome,
)
from providers.http import Http
from providers.refusals import google_refusal
from providers.results import MEGABYTE, Reader
from providers.routes import Route, order
from providers.sending import as_base64, with_media_sent

#: How references of interactions begin; those of other calls name nothing that can be asked for.
PREFIX = "interactions/"
SUBMIT_SECONDS = 120.0
#: Ten seconds of clip as text.
MOST_ANSWERED = 200 * MEGABYTE

_BLOCKED = ("safety", "policy", "prohibited", "blocked", "responsible")


async def begin(http: Http, version: str, request: Request, route: Route) -> Job:
    """Begin an interaction; its reference is ``interactions/`` and its id."""
    inputs = await with_media_sent(request.inputs, _content)
    asked = order(request.kind, route, inputs, request.params)
    body = {**asked.body, "model": asked.model}
    body["input"] = [{"type": "text", "text": one} if isinstance(one, str) else one for one in body["input"]]
    answer = await http.call(
        "POST", f"/{version}/interactions", body=body, seconds=SUBMIT_SECONDS, starts_work=True
    )
    if not answer.is_good:
        raise google_refusal(http, answer, may_have_begun=True)
    name = str(answer.data().get("id", ""))
    if not name.replace("-", "").replace("_", "").isalnum():
        raise UnknownOutcome(f"{http.title} took the job but did not say how it is called.")
    return Job(PREFIX + name, JobState.QUEUED)


async def ask(http: Http, version: str, ref: str, request: Request, route: Route) -> Job:
    """How an interaction is doing; once it is over its result, or why there is none."""
    answer = await http.call("GET", f"/{version}/{ref}", seconds=120.0, most_bytes=MOST_ANSWERED)
    if answer.status == 404:
        raise ProviderLost(f"{http.title} does not know this job any more; run the step again.")
    if not answer.is_good:
        raise google_refusal(http, answer)
    told = await asyncio.to_thread(answer.data)
    if told.get("id") != ref.removeprefix(PREFIX):
        raise ServerFault(f"The answer of {http.title} cannot be read.")  # asked for again, not made again
    match told.get("status"):
        case "completed":
            outputs = await Reader(http, request, route).outputs(told)
            return Job(ref, JobState.DONE, outputs, progress=1.0)
        case "failed" | "incomplete" | "budget_exceeded" | "requires_action" | "requires_continuation" as end:
            raise _failure(http, end, told)
        case "cancelled":
            raise Cancelled(f"This job was cancelled at {http.title}.", detail=ref)
    return Job(ref, JobState.QUEUED if told.get("status") == "queued" else JobState.RUNNING)


async def stop(http: Http, version: str, ref: str) -> None:
    """Ask for an end; an interaction that is over or unknown is left as it is."""
    answer = await http.call("POST", f"/{version}/{ref}/cancel", body={})
    if not answer.is_good and answer.status not in (400, 404, 409):
        raise google_refusal(http, answer)


def _failure(http: Http, end: str, told: Mapping[str, Any]) -> ProviderError:
    said = [*paths.read(told, "errors[].message"), *paths.read(told, "steps[].error.message")]
    words = http.scrubbed("; ".join(str(one) for one in said))
    if any(sign in words.lower() for sign in _BLOCKED):
        return ContentBlocked(f"{http.title}'s content policy refused this. It said: {words}", detail=end)
    if end == "failed":
        return JobFailed(f"The job failed at {http.title}. It said: {words or 'nothing'}", detail=end)
    return NoOutput(f"{http.title} ended the job without a result ({end}). Change the prompt.", detail=words)


async def _content(media: Media) -> dict[str, Any]:
    return {"type": media.kind, "mime_type": media.content_type, "data": await as_base64(media)}
