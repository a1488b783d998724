"""A whole workflow of another Wireflow server as one node here: run and polled through its REST API."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from providers import paths
from providers.base import Job, JobState, Media, Provider, Request, Value
from providers.errors import (
    Cancelled,
    ContentBlocked,
    InvalidInput,
    JobFailed,
    NoOutput,
    ProviderError,
    ProviderLost,
    RateLimited,
    ServerFault,
    UnknownOutcome,
)
from providers.http import Access, Answer, Http
from providers.refusals import refusal
from providers.results import MEGABYTE, Reader
from providers.routes import Route, route_for
from providers.sending import with_media_sent

#: What the server takes in one call.
MOST_UPLOADED = 25 * MEGABYTE
UPLOAD_SECONDS = 120.0
SUBMIT_SECONDS = 60.0
#: A poll holds the outputs of all nodes.
MOST_ANSWERED = 32 * MEGABYTE

TITLE = "The other Wireflow server"
_TOKEN = re.compile(r"\{\{\s*([\w-]+)\s*\}\}")
_BLOCKED = re.compile(r"content.?policy|moderation|content_blocked", re.IGNORECASE)


class RemoteWireflow:
    """Executions of another server. It takes idempotency keys; a reference is an execution's id."""

    name = "wireflow"
    takes_keys = True

    def __init__(self, access: Access, local: Provider) -> None:
        self._http = Http(TITLE, access, header="Authorization", form="Bearer {key}")

    @staticmethod
    def speaks(route: Route, access: Access) -> bool:
        return True

    async def submit(self, request: Request) -> Job:
        """Run the workflow; within a day the same idempotency key gives the execution that was started."""
        route_for(request.kind, self.name, request.inputs, request.params)
        workflow = str(request.params.get("workflow_id") or "").strip()
        if not re.fullmatch(r"[\w-]{1,100}", workflow):
            raise InvalidInput("workflow_id must be the id of a workflow on the other server, such as cm3x….")
        wired = {name: _alone(value) for name, value in request.inputs.items()}
        sent = await with_media_sent(wired, self._address_of)
        answer = await self._http.call(
            "POST",
            f"/workflows/{quote(workflow)}/run",
            body={"inputs": _filled(request.params.get("inputs") or {}, sent)},
            headers={"Idempotency-Key": request.idempotency_key},
            seconds=SUBMIT_SECONDS,
            starts_work=True,
        )
        if answer.status == 404:
            raise InvalidInput(
                f"{TITLE} has no workflow {workflow} that the key of {self._http.owner} may run."
            )
        if not answer.is_good:
            raise self._refusal(answer, may_have_begun=True)
        ref = str(_body(answer).get("executionId", ""))
        if not re.fullmatch(r"[\w-]{1,100}", ref):
            raise UnknownOutcome(f"{TITLE} took the run but did not say how it is called.")
        return Job(ref, JobState.QUEUED)

    async def fetch(self, ref: str, request: Request) -> Job:
        """How an execution is doing; once it is over its result, or why there is none."""
        path = f"/workflows/executions/{ref}/poll"
        answer = await self._http.call("GET", path, most_bytes=MOST_ANSWERED)
        if answer.status == 404:
            raise ProviderLost(f"{TITLE} does not know this run any more; run the step again.")
        if not answer.is_good:
            raise self._refusal(answer)
        told = _body(answer)
        if not isinstance(told.get("status"), str):
            raise ServerFault(f"The answer of {TITLE} cannot be read.")  # asked for again, not made again
        match told["status"]:
            case "COMPLETED":
                return Job(ref, JobState.DONE, await self._outputs(told, request), progress=1.0)
            case "FAILED" | "TIMEOUT":
                raise self._failure(ref, told)
            case "CANCELLED":
                raise Cancelled(f"This run was cancelled at {TITLE[0].lower()}{TITLE[1:]}.", detail=ref)
        return Job(ref, JobState.RUNNING, progress=_progress(told))

    async def cancel(self, ref: str) -> None:
        """Cancel the execution there; one that is over or unknown is left as it is."""
        answer = await self._http.call("POST", f"/workflows/executions/{ref}/cancel", body={})
        if not answer.is_good and answer.status not in (400, 404, 409):
            raise self._refusal(answer)

    async def check(self) -> None:
        """Try the key with a call that costs nothing."""
        answer = await self._http.call("GET", "/workflows?limit=1")
        if not answer.is_good:
            raise self._refusal(answer)

    async def _outputs(self, told: Mapping[str, Any], request: Request) -> dict[str, Value]:
        """What the run was made for, and the credits it cost there."""
        route = route_for(request.kind, self.name, request.inputs, request.params)
        outputs = await Reader(self._http, request, route).sorted(_addresses(told))
        texts = paths.read(told, "finalOutput.text")
        if texts:
            outputs["text"] = str(texts[0])
        if not outputs:
            raise NoOutput("The workflow there ended without a result. Give it an output node.")
        credits = told.get("creditsUsed")
        return {**outputs, "credits": credits if isinstance(credits, int | float) else 0}

    def _failure(self, ref: str, told: Mapping[str, Any]) -> ProviderError:
        words = self._http.scrubbed(
            _said(told) or "; ".join(map(str, paths.read(told, "nodeStates[].error")))
        )
        codes = [told.get("errorCode"), *paths.read(told, "nodeResults.nodeRuns[].errorCode")]
        detail = f"execution {ref}, {told.get('creditsUsed', 0)} credits used there: {words}"
        if "content_blocked" in codes or _BLOCKED.search(words):
            return ContentBlocked(f"A content policy refused this there. It said: {words}", detail=detail)
        return JobFailed(f"The workflow failed there. It said: {words or 'nothing'}", detail=detail)

    def _refusal(self, answer: Answer, *, may_have_begun: bool = False) -> ProviderError:
        told = answer.data()
        error = told.get("error")
        code = str(told.get("code") or (error.get("code") if isinstance(error, dict) else "") or "")
        wait = told.get("retryAfter")
        after = float(wait) if isinstance(wait, int | float) and "retry-after" not in answer.headers else None
        if code == "idempotency_in_progress":
            return RateLimited(f"{TITLE} is still taking the run.", retry_after=after or 1.0, detail=code)
        return refusal(
            self._http,
            answer,
            said=_said(told),
            code=code,
            retry_after=after,
            may_have_begun=may_have_begun,
        )

    async def _address_of(self, media: Media) -> str:
        """An address under which the other server finds a file: its own."""
        if media.path.stat().st_size > MOST_UPLOADED:
            limit = MOST_UPLOADED // MEGABYTE
            raise InvalidInput(f"{TITLE} takes files of {limit} MB at most. Make this one smaller.")
        content = await asyncio.to_thread(media.path.read_bytes)
        files = {"file": (f"input{media.path.suffix}", content, media.content_type)}
        answer = await self._http.call("POST", "/media/upload", files=files, seconds=UPLOAD_SECONDS)
        if not answer.is_good:
            raise self._refusal(answer)
        address = _body(answer).get("url")
        if not isinstance(address, str):
            raise ServerFault(f"{TITLE} did not keep the file.")
        return address


def _body(answer: Answer) -> dict[str, Any]:
    """An answer without the wrapper ``data``, which not every server has."""
    told = answer.data()
    inner = told.get("data")
    return inner if isinstance(inner, dict) else told


def _said(told: Mapping[str, Any]) -> str:
    """The words of an error, a text or an object."""
    error = told.get("error")
    return str(error.get("message", "")) if isinstance(error, dict) else str(error or "")


def _filled(written: Mapping[str, Any], wired: Mapping[str, Value]) -> dict[str, Any]:
    """The map of inputs. ``{{name}}`` stands for the wire of that name; another wire is an input of its own."""
    filled, used = dict(written), set()
    for name, value in written.items():
        if isinstance(value, str) and (token := _TOKEN.fullmatch(value)):
            used.add(token[1])
            del filled[name]
            if token[1] in wired:
                filled[name] = wired[token[1]]
    return filled | {name: value for name, value in wired.items() if name not in used}


def _alone(value: Value) -> Value:
    """A list of one as that one: an input of a workflow takes an item, and generators give lists."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _addresses(told: Mapping[str, Any]) -> Iterator[str]:
    """The files of the node whose first one is the result of the run; that one alone where no node has it."""
    final = next(iter(paths.read(told, "finalOutput.url")), None)
    if not isinstance(final, str):
        return
    states = [one for one in told.get("nodeStates") or () if isinstance(one, dict)]
    own = next((one for one in reversed(states) if one.get("outputUrl") == final), {})
    urls = [url for url in own.get("outputUrls") or () if isinstance(url, str)]
    yield from urls or [final]


def _progress(told: Mapping[str, Any]) -> float | None:
    states = paths.read(told, "nodeStates[].status")
    over = sum(state in ("COMPLETED", "SKIPPED") for state in states)
    return over / len(states) if states else None
