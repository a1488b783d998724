"""Apiframe's jobs: begun under a key of ours, so that the same one twice is one job, and asked for by their id."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from providers.base import Job, JobState, Media, Provider, Request
from providers.errors import (
    Cancelled,
    ContentBlocked,
    JobFailed,
    ModelUnavailable,
    ProviderError,
    ProviderLost,
)
from providers.http import Access, Answer, Http
from providers.jobs import SUBMIT_SECONDS, UPLOAD_SECONDS, Jobs
from providers.refusals import refusal
from providers.routes import Route, order, route_for
from providers.sending import with_masks_turned, with_media_sent
from providers.signatures import check_hmac

_ROOMS = {"IMAGE": "images", "VIDEO": "videos", "AUDIO": "music"}
_BLOCKED = re.compile(r"policy|moderation|nsfw", re.IGNORECASE)


class Apiframe:
    """Jobs of Apiframe. It cannot stop one; a reference is the id of a job."""

    name = "apiframe"
    takes_keys = True

    def __init__(self, access: Access, local: Provider) -> None:
        self._local = local
        digest = hashlib.sha256(access.key.encode())
        self._signers = (
            digest.digest(),
            digest.hexdigest().encode(),
        )  # its guide does not say which of the two
        self._http = Http("Apiframe", access, header="X-API-Key", form="{key}")
        self._jobs = Jobs(self.name, self._http, self._refusal)

    @staticmethod
    def speaks(route: Route, access: Access) -> bool:
        return True

    async def submit(self, request: Request) -> Job:
        """Begin a job; within a day the same idempotency key gives the one that was begun."""
        route = route_for(request.kind, self.name, request.inputs, request.params)
        turned = await with_masks_turned(request, route, self._local)
        inputs = await with_media_sent(turned, self._address_of)
        asked = order(request.kind, route, inputs, request.params)
        path = route.spec.get("endpoint") or f"/v2/{_ROOMS[request.kind.outputs[0].type]}/generate"
        answer = await self._http.call(
            "POST",
            path,
            body={"model": asked.model, **asked.body, **_callback(request)},
            headers={"Idempotency-Key": request.idempotency_key},
            seconds=SUBMIT_SECONDS,
            starts_work=True,
        )
        if not answer.is_good:
            raise self._refusal(answer, may_have_begun=True)
        return Job(self._jobs.named(answer.data().get("jobId")), JobState.QUEUED)

    async def fetch(self, ref: str, request: Request) -> Job:
        """How a job is doing; once it is over its result, or why there is none."""
        answer = self._jobs.known(await self._http.call("GET", f"/v2/jobs/{ref}"))
        return await self._read(ref, self._jobs.about(ref, answer.data()), request)

    async def told(self, headers: Mapping[str, str], body: bytes) -> str:
        """Check one of Apiframe's webhooks, which say no time; the id of its job."""
        check_hmac(self._signers, body, headers.get("x-webhook-signature", "").removeprefix("sha256="))
        return str(Answer(200, {}, body).data().get("jobId", ""))

    async def cancel(self, ref: str) -> None:
        """Apiframe has no call for it; a result that comes is left there."""

    async def check(self) -> None:
        """Try the key with a call that costs nothing."""
        self._jobs.good(await self._http.call("GET", "/v2/me"))

    async def _read(self, ref: str, told: Mapping[str, Any], request: Request) -> Job:
        words = self._http.scrubbed(str(told.get("error") or ""))
        detail = f"job {ref}: {words}"
        match told.get("status"):
            case "COMPLETED" if told.get("expired"):
                raise ProviderLost("Apiframe removed the result of this job; run the step again.")
            case "COMPLETED":
                if not told.get("result"):
                    raise self._jobs.nothing_made()
                return await self._jobs.done(ref, request, told)
            case "FAILED" if _BLOCKED.search(words):
                said = f"A content policy refused this at Apiframe. Change the prompt or the pictures. It said: {words}"
                raise ContentBlocked(said, detail=detail)
            case "FAILED":
                raise JobFailed(f"The job failed at Apiframe. It said: {words or 'nothing'}", detail=detail)
            case "CANCELLED":
                raise Cancelled("This job was cancelled at Apiframe.", detail=detail)
        progress = told.get("progress")
        share = progress / 100 if isinstance(progress, int | float) else None
        return Job(
            ref, JobState.QUEUED if told.get("status") == "QUEUED" else JobState.RUNNING, progress=share
        )

    def _refusal(self, answer: Answer, *, may_have_begun: bool = False) -> ProviderError:
        told = answer.data()
        faults = told.get("details")
        faults = faults if isinstance(faults, dict) else {}
        fields = [
            f"{name}: {', '.join(map(str, said))}" for name, said in faults.items() if isinstance(said, list)
        ]
        words = " ".join([str(told.get("error") or ""), *fields])
        if answer.status == 400 and "model" in faults:
            said = f"Apiframe does not serve this model (any more). It said: {self._http.scrubbed(words)}"
            return ModelUnavailable(said, detail=f"HTTP 400 {self._http.scrubbed(words)}")
        return refusal(self._http, answer, said=words, may_have_begun=may_have_begun)

    async def _address_of(self, media: Media) -> str:
        """An address under which Apiframe finds a file, for an hour or two."""

        async def send(file: tuple[str, bytes, str]) -> Answer:
            return await self._http.call("POST", "/v2/uploads", files={"file": file}, seconds=UPLOAD_SECONDS)

        return await self._jobs.upload(media, send, lambda told: told.get("url"))


def _callback(request: Request) -> dict[str, Any]:
    """Where Apiframe may tell of the job's end."""
    wanted = {"webhookUrl": request.callback, "webhookEvents": ["completed", "failed"]}
    return wanted if request.callback else {}
