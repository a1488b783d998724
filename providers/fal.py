"""fal's queue: a job is taken, asked for, and its result fetched from the addresses that fal names."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID

from providers.base import Job, JobState, Media, Provider, Request
from providers.errors import (
    ContentBlocked,
    InsufficientFunds,
    InvalidInput,
    JobFailed,
    NoOutput,
    NotTold,
    ProviderError,
    ProviderLost,
    ServerFault,
    UnknownOutcome,
)
from providers.http import Access, Answer, Http
from providers.jobs import MOST_UPLOADED, SUBMIT_SECONDS, UPLOAD_SECONDS, Jobs
from providers.refusals import refusal, request_id
from providers.results import MEGABYTE
from providers.routes import Route, order, route_for
from providers.sending import as_data_uri, with_masks_turned, with_media_sent
from providers.signatures import check_age, check_ed25519

QUEUE_HOST = "queue.fal.run"
STORAGE = "https://rest.fal.ai"
CDN_HOST = ".fal.media"
#: Larger files go through fal's storage instead of inside the call.
MOST_INLINE = 2 * MEGABYTE
#: The keys by which fal signs are kept so long; for a signature by none of them they are asked for anew so often.
KEYS_SECONDS, NEW_KEYS_SECONDS = 24 * 3600.0, 60.0

#: What a job may fail of that may pass; of a validation type the values are to blame.
_MAY_PASS = frozenset(
    {
        "internal_server_error", "internal_error", "generation_timeout", "downstream_service_error",
        "downstream_service_unavailable", "request_timeout", "startup_timeout", "runner_scheduling_failure",
        "runner_connection_timeout", "runner_disconnected", "runner_connection_refused", "runner_connection_error",
        "runner_incomplete_response", "runner_server_error",
    }
)  # fmt: skip
_NO_MONEY = ("exhausted balance", "locked", "insufficient", "top up")


class Fal:
    """Jobs in fal's queue. It takes no idempotency keys; a reference is the path of the job."""

    name = "fal"
    takes_keys = False

    def __init__(self, access: Access, local: Provider) -> None:
        self._local = local
        self._http = _line(access)
        self._jobs = Jobs(self.name, self._http, self._refusal)
        is_fal = urlsplit(access.base_url).hostname == QUEUE_HOST
        self._storage = _line(Access(STORAGE, access.key)) if is_fal else self._http
        self._signers: tuple[float, list[str]] = (-KEYS_SECONDS, [])

    @staticmethod
    def speaks(route: Route, access: Access) -> bool:
        return True

    async def submit(self, request: Request) -> Job:
        """Put a job into the queue."""
        route = route_for(request.kind, self.name, request.inputs, request.params)
        turned = await with_masks_turned(request, route, self._local)
        inputs = await with_media_sent(turned, self._address_of)
        asked = order(request.kind, route, inputs, request.params)
        told = f"?fal_webhook={quote(request.callback, safe='')}" if request.callback else ""
        answer = await self._http.call(
            "POST", f"/{asked.model}{told}", body=asked.body, seconds=SUBMIT_SECONDS, starts_work=True
        )
        if not answer.is_good:
            raise self._refusal(answer, may_have_begun=True)
        return Job(self._ref(answer.data(), asked.model), JobState.QUEUED)

    async def fetch(self, ref: str, request: Request) -> Job:
        """How a job is doing; once it is over its result, or why there is none."""
        answer = self._jobs.known(await self._http.call("GET", f"{ref}/status"))
        told = answer.data()
        if told.get("status") != "COMPLETED":
            waiting = told.get("status") == "IN_QUEUE"
            return Job(ref, JobState.QUEUED if waiting else JobState.RUNNING)
        if told.get("error") or told.get("error_type"):
            raise self._failure(answer, str(told.get("error_type") or ""), str(told.get("error") or ""))
        return await self._result(ref, request)

    async def cancel(self, ref: str) -> None:
        """Ask fal to stop; that it is over already, or unknown, is an answer."""
        answer = await self._http.call("PUT", f"{ref}/cancel")
        if not answer.is_good and answer.status not in (400, 404):
            raise self._refusal(answer)

    async def check(self) -> None:
        """Try the key by asking for a job that is none: no other call is without a price."""
        answer = await self._http.call("GET", f"/fal-ai/nano-banana-2/requests/{UUID(int=0)}/status")
        if answer.status in (401, 402, 403, 429) or answer.status >= 500:
            raise self._refusal(answer)

    async def told(self, headers: Mapping[str, str], body: bytes) -> str:
        """Check one of fal's webhooks; the id of its request."""
        names = ("request-id", "user-id", "timestamp")
        said = [headers.get(f"x-fal-webhook-{name}", "") for name in names]
        check_age(said[2])
        message = "\n".join([*said, hashlib.sha256(body).hexdigest()]).encode()
        signature = headers.get("x-fal-webhook-signature", "")
        try:
            check_ed25519(await self._keys_younger_than(KEYS_SECONDS), message, signature)
        except NotTold:  # perhaps by a new key
            check_ed25519(await self._keys_younger_than(NEW_KEYS_SECONDS), message, signature)
        return said[0]

    async def _keys_younger_than(self, seconds: float) -> list[str]:
        """The public keys of fal; those that were fetched so lately are not fetched again."""
        now = time.monotonic()
        if now - self._signers[0] >= seconds:
            answer = await self._storage.call("GET", "/.well-known/jwks.json")
            keys = answer.data().get("keys")
            if not answer.is_good or not isinstance(keys, list):
                raise ServerFault("fal did not say by which keys it signs.")
            self._signers = (now, [str(key["x"]) for key in keys if isinstance(key, dict) and "x" in key])
        return self._signers[1]

    async def _result(self, ref: str, request: Request) -> Job:
        answer = await self._http.call("GET", ref, seconds=SUBMIT_SECONDS)
        if answer.status == 202 or (answer.status == 400 and b"in progress" in answer.body):
            return Job(ref, JobState.RUNNING)  # the status was ahead of the result
        if answer.status == 404:
            raise ProviderLost("fal keeps the result of this job no more; run the step again.")
        if not answer.is_good:
            raise self._refusal(answer, is_result=True)
        data = answer.data()
        if not data:
            raise ServerFault("The answer of fal cannot be read.")  # asked for again, not made again
        return await self._jobs.done(ref, request, _allowed(data))

    def _ref(self, told: Mapping[str, Any], model: str) -> str:
        """The job's path as fal names it: for ``fal-ai/nano-banana-2/edit`` it is shorter than the model's."""
        job, address = told.get("request_id"), str(told.get("response_url", ""))
        if not isinstance(job, str) or not job.replace("-", "").replace("_", "").isalnum():
            raise UnknownOutcome("fal took the job but did not say how it is called.")
        prefix = urlsplit(self._http.base_url).path
        path = urlsplit(address).path.removeprefix(prefix)
        if self._http.is_own(address) and path.endswith(f"/requests/{job}"):
            return path
        return f"/{'/'.join(model.split('/')[:2])}/requests/{job}"

    def _refusal(
        self, answer: Answer, *, may_have_begun: bool = False, is_result: bool = False
    ) -> ProviderError:
        detail = answer.data().get("detail")
        kind, words = str(answer.data().get("error_type") or answer.headers.get("x-fal-error-type", "")), ""
        if isinstance(detail, list) and detail and isinstance(detail[0], dict):
            kind, words = str(detail[0].get("type", kind)), str(detail[0].get("msg", ""))
        elif isinstance(detail, str):
            words = detail
        if answer.status in (402, 403) and any(sign in words.lower() for sign in _NO_MONEY):
            said = f"The account of {self._http.owner} at fal has no money left."
            return InsufficientFunds(said, detail=f"HTTP {answer.status} {self._http.scrubbed(words)}")
        if kind and answer.status not in (401, 402, 403, 404, 429) and (is_result or answer.status < 500):
            return self._failure(answer, kind, words)
        return refusal(self._http, answer, said=words, code=kind, may_have_begun=may_have_begun)

    def _failure(self, answer: Answer, kind: str, words: str) -> ProviderError:
        """Why a job came to nothing."""
        words = self._http.scrubbed(words)
        detail = f"HTTP {answer.status} {kind} {request_id(answer)} {words}"
        if kind == "content_policy_violation":
            said = "fal's content policy refused this. Change the prompt or the pictures."
            return ContentBlocked(said, detail=detail)
        if kind == "no_media_generated":
            return NoOutput("fal made nothing of this prompt. Change it and run it again.", detail=detail)
        if kind in _MAY_PASS or answer.status >= 500 or (not kind and answer.status == 200):
            return JobFailed(f"The job failed at fal ({kind or 'no reason given'}).", detail=detail)
        return InvalidInput(f"fal refused the values of this node ({kind}). It said: {words}", detail=detail)

    async def _address_of(self, media: Media) -> str:
        """An address under which fal finds a file: a small one holds the file itself."""
        size = media.path.stat().st_size
        if size <= MOST_INLINE:
            return await as_data_uri(media)
        if size > MOST_UPLOADED:
            raise InvalidInput(
                f"fal takes files of {MOST_UPLOADED // MEGABYTE} MB at most. Make this one smaller."
            )
        path = "/storage/auth/token?storage_type=fal-cdn-v3"
        told = self._jobs.good(await self._storage.call("POST", path, body={})).data()
        cdn = str(told.get("base_url", ""))
        parts = urlsplit(cdn)
        is_cdn = parts.scheme == "https" and (parts.hostname or "").endswith(CDN_HOST)
        if not (is_cdn or self._storage.is_own(cdn)) or not told.get("token"):
            raise ServerFault("fal named no place for the file.")
        form = f"{told.get('token_type', 'Bearer')} {{key}}"
        line = Http("fal", Access(cdn, str(told["token"])), header="Authorization", form=form)
        headers = {"Content-Type": media.content_type, "X-Fal-File-Name": f"input{media.path.suffix}"}
        content = await asyncio.to_thread(media.path.read_bytes)
        stored = await line.call(
            "POST", "/files/upload", content=content, headers=headers, seconds=UPLOAD_SECONDS
        )
        address = stored.data().get("access_url")
        if not stored.is_good or not isinstance(address, str):
            raise ServerFault("fal did not keep the file.")
        return address


def _line(access: Access) -> Http:
    return Http("fal", access, header="Authorization", form="Key {key}")


def _allowed(data: dict[str, Any]) -> dict[str, Any]:
    """The result without pictures that fal's checker blanked. Raises `ContentBlocked` when that is all of them."""
    flags, images = data.get("has_nsfw_concepts"), data.get("images")
    if not isinstance(flags, list) or not any(flags) or not isinstance(images, list):
        return data
    kept = [image for image, flagged in zip(images, flags, strict=False) if not flagged]
    if not kept:
        raise ContentBlocked("fal's content checker blanked the result. Change the prompt.")
    return {**data, "images": kept}
