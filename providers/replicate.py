"""Replicate's predictions: begun, asked for by their id, their files copied before they are removed after an hour."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from providers.base import Job, JobState, Media, Provider, Request
from providers.errors import (
    Cancelled,
    ContentBlocked,
    JobFailed,
    ModelUnavailable,
    NotTold,
    ProviderError,
    ProviderLost,
    Timeout,
)
from providers.http import Access, Answer, Http
from providers.jobs import SUBMIT_SECONDS, UPLOAD_SECONDS, Jobs
from providers.refusals import refusal
from providers.routes import Route, order, route_for
from providers.sending import as_data_uri, with_masks_turned, with_media_sent
from providers.signatures import check_standard

#: Larger files are uploaded first, and kept there for a day.
MOST_INLINE = 256 * 1024

_BLOCKED = re.compile(r"nsfw|sensitive|e005|safety", re.IGNORECASE)
_WAIT = re.compile(r"available in (\d+(?:\.\d+)?) seconds?", re.IGNORECASE)


class Replicate:
    """Predictions of Replicate. It takes no idempotency keys; a reference is the id of a prediction."""

    name = "replicate"
    takes_keys = False

    def __init__(self, access: Access, local: Provider) -> None:
        self._local = local
        self._http = Http("Replicate", access, header="Authorization", form="Bearer {key}")
        self._jobs = Jobs(self.name, self._http, self._refusal)
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
        return await self._read(self._jobs.named(told.get("id")), told, request, JobState.QUEUED)

    async def fetch(self, ref: str, request: Request) -> Job:
        """How a prediction is doing; once it is over its result, or why there is none."""
        answer = self._jobs.known(await self._http.call("GET", f"/predictions/{ref}"))
        return await self._read(ref, self._jobs.about(ref, answer.data()), request, JobState.RUNNING)

    async def cancel(self, ref: str) -> None:
        """Ask Replicate to stop; a prediction that is over or unknown is left as it is."""
        answer = await self._http.call("POST", f"/predictions/{ref}/cancel")
        if not answer.is_good and answer.status not in (404, 422):
            raise self._refusal(answer)

    async def check(self) -> None:
        """Try the key with a call that costs nothing."""
        self._jobs.good(await self._http.call("GET", "/account"))

    async def told(self, headers: Mapping[str, str], body: bytes) -> str:
        """Check one of Replicate's webhooks; the id of its prediction."""
        if not self._secret:
            answer = self._jobs.good(await self._http.call("GET", "/webhooks/default/secret"))
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
        answer = self._jobs.good(await self._http.call("GET", f"/models/{quote(name)}"))
        newest = answer.data().get("latest_version")
        if not isinstance(newest, dict) or not newest.get("id"):
            raise ModelUnavailable(f"Replicate has no version of {name} that runs.")
        return str(newest["id"])

    async def _read(self, ref: str, told: Mapping[str, Any], request: Request, waiting: JobState) -> Job:
        words = self._http.scrubbed(str(told.get("error") or ""))
        detail = f"prediction {ref}: {words}"
        match told.get("status"):
            case "succeeded" if told.get("data_removed"):
                raise ProviderLost(
                    "Replicate removed the result of this job; run the step again.", detail=detail
                )
            case "succeeded":
                if not told.get("output"):
                    raise self._jobs.nothing_made()
                return await self._jobs.done(ref, request, told)
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
        if media.path.stat().st_size <= MOST_INLINE:
            return await as_data_uri(media)

        async def send(file: tuple[str, bytes, str]) -> Answer:
            return await self._http.call("POST", "/files", files={"content": file}, seconds=UPLOAD_SECONDS)

        return await self._jobs.upload(media, send, _address_in)


def _address_in(told: Mapping[str, Any]) -> Any:
    urls = told.get("urls")
    return urls.get("get") if isinstance(urls, dict) else None
