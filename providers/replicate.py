"""Replicate's predictions: begun, asked for by their id, their files copied before they are removed after an hour."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from providers.base import Job, JobState, Media, Provider, Request
from providers.errors import (
    Cancelled,
    ContentBlocked,
    InvalidInput,
    JobFailed,
    ModelUnavailable,
    NoOutput,
    NotTold,
    ProviderError,
    ProviderLost,
    ServerFault,
    Timeout,
    UnknownOutcome,
)
from providers.http import Access, Answer, Http
from providers.refusals import refusal
from providers.results import MEGABYTE, Reader, price_notes
from providers.routes import Route, order, route_for
from providers.sending import as_data_uri, with_masks_turned, with_media_sent
from providers.signatures import check_standard

#: Larger files are uploaded first, and kept there for a day.
MOST_INLINE = 256 * 1024
MOST_UPLOADED = 100 * MEGABYTE
UPLOAD_SECONDS = 120.0
SUBMIT_SECONDS = 60.0

_BLOCKED = re.compile(r"nsfw|sensitive|e005|safety", re.IGNORECASE)
_WAIT = re.compile(r"available in (\d+(?:\.\d+)?) seconds?", re.IGNORECASE)


class Replicate:
    """Predictions of Replicate. It takes no idempotency keys; a reference is the id of a prediction."""

    name = "replicate"
    takes_keys = False

    def __init__(self, access: Access, local: Provider) -> None:
        self._local = local
        self._http = Http("Replicate", access, header="Authorization", form="Bearer {key}")
        self._secret = ""

    @staticmethod
    def speaks(route: Route, access: Access) -> bool:
        return True

    async def submit(self, request: Request) -> Job:
        """Begin a prediction; Replicate itself stops it after the time of the node type."""
        route = route_for(request.kind, self.name, request.inputs, request.params)
        turned = await with_masks_turned(request, route, self._local)
        inputs = await with_media_sent(turned, self._address_of)
        asked = order(request.kind, route, inputs, request.params)
        name, _, version = asked.model.partition(":")
        answer = None
        if not version:
            answer = await self._begin(f"/models/{quote(name)}/predictions", asked.body, request)
            if answer.status == 404:  # not one of the official models: those want to be asked for by version
                version = await self._newest(name)
                answer = None
        if answer is None:
            answer = await self._begin("/predictions", {**asked.body, "version": version}, request)
        if not answer.is_good:
            raise self._refusal(answer, may_have_begun=True)
        told = answer.data()
        if not re.fullmatch(r"[\w-]{1,100}", str(told.get("id", ""))):
            raise UnknownOutcome("Replicate took the job but did not say how it is called.")
        return await self._read(told, request, JobState.QUEUED)

    async def fetch(self, ref: str, request: Request) -> Job:
        """How a prediction is doing; once it is over its result, or why there is none."""
        answer = await self._http.call("GET", f"/predictions/{ref}")
        if answer.status == 404:
            raise ProviderLost("Replicate does not know this job any more; run the step again.")
        if not answer.is_good:
            raise self._refusal(answer)
        told = answer.data()
        if told.get("id") != ref:
            raise ServerFault("The answer of Replicate cannot be read.")  # asked for again, not made again
        return await self._read(told, request, JobState.RUNNING)

    async def cancel(self, ref: str) -> None:
        """Ask Replicate to stop; a prediction that is over or unknown is left as it is."""
        answer = await self._http.call("POST", f"/predictions/{ref}/cancel")
        if not answer.is_good and answer.status not in (404, 422):
            raise self._refusal(answer)

    async def check(self) -> None:
        """Try the key with a call that costs nothing."""
        answer = await self._http.call("GET", "/account")
        if not answer.is_good:
            raise self._refusal(answer)

    async def told(self, headers: Mapping[str, str], body: bytes) -> str:
        """Check one of Replicate's webhooks; the id of its prediction."""
        if not self._secret:
            answer = await self._http.call("GET", "/webhooks/default/secret")
            if not answer.is_good:
                raise self._refusal(answer)
            self._secret = str(answer.data().get("key", ""))
        try:
            check_standard(self._secret, headers, body)
        except NotTold:
            self._secret = ""  # it may have been changed there
            raise
        return str(Answer(200, {}, body).data().get("id", ""))

    async def _begin(self, path: str, body: Mapping[str, Any], request: Request) -> Answer:
        limit = {"Cancel-After": f"{int(max(request.kind.timeout, 5))}s"}
        if request.callback:
            body = {**body, "webhook": request.callback, "webhook_events_filter": ["completed"]}
        return await self._http.call(
            "POST", path, body=body, headers=limit, seconds=SUBMIT_SECONDS, starts_work=True
        )

    async def _newest(self, name: str) -> str:
        answer = await self._http.call("GET", f"/models/{quote(name)}")
        if not answer.is_good:
            raise self._refusal(answer)
        newest = answer.data().get("latest_version")
        if not isinstance(newest, dict) or not newest.get("id"):
            raise ModelUnavailable(f"Replicate has no version of {name} that runs.")
        return str(newest["id"])

    async def _read(self, told: Mapping[str, Any], request: Request, waiting: JobState) -> Job:
        ref, words = str(told["id"]), self._http.scrubbed(str(told.get("error") or ""))
        detail = f"prediction {ref}: {words}"
        match told.get("status"):
            case "succeeded" if told.get("data_removed"):
                raise ProviderLost(
                    "Replicate removed the result of this job; run the step again.", detail=detail
                )
            case "succeeded":
                if not told.get("output"):
                    raise NoOutput("Replicate made nothing of this prompt. Change it and run it again.")
                route = route_for(request.kind, self.name, request.inputs, request.params)
                outputs = await Reader(self._http, request, route).outputs(told)
                return Job(ref, JobState.DONE, outputs, progress=1.0, notes=price_notes(request, outputs))
            case "failed" if _BLOCKED.search(words):
                said = "Replicate's content filter refused this. Change the prompt or the pictures."
                raise ContentBlocked(said, detail=detail)
            case "failed":
                raise JobFailed(f"The job failed at Replicate. It said: {words or 'nothing'}", detail=detail)
            case "canceled":
                raise Cancelled("This job was cancelled at Replicate.", detail=detail)
            case "aborted":
                raise Timeout("Replicate did not begin the job in time.", detail=detail)
            case _:
                return Job(ref, waiting)

    def _refusal(self, answer: Answer, *, may_have_begun: bool = False) -> ProviderError:
        told = answer.data()
        words = str(told.get("detail") or told.get("title") or "")
        wait = _WAIT.search(words)
        return refusal(
            self._http,
            answer,
            said=words,
            code=str(told.get("title", "")),
            retry_after=float(wait[1]) if wait and "retry-after" not in answer.headers else None,
            may_have_begun=may_have_begun,
        )

    async def _address_of(self, media: Media) -> str:
        """An address under which Replicate finds a file: a small one holds the file itself."""
        size = media.path.stat().st_size
        if size <= MOST_INLINE:
            return await as_data_uri(media)
        if size > MOST_UPLOADED:
            limit = MOST_UPLOADED // MEGABYTE
            raise InvalidInput(f"Replicate takes files of {limit} MB at most. Make this one smaller.")
        content = await asyncio.to_thread(media.path.read_bytes)
        files = {"content": (f"input{media.path.suffix}", content, media.content_type)}
        answer = await self._http.call("POST", "/files", files=files, seconds=UPLOAD_SECONDS)
        if not answer.is_good:
            raise self._refusal(answer)
        urls = answer.data().get("urls")
        address = urls.get("get") if isinstance(urls, dict) else None
        if not isinstance(address, str):
            raise ServerFault("Replicate did not keep the file.")
        return address
