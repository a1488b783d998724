"""What all drivers share whose work is begun by one call and asked for by the job's id in others."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from providers.base import Job, JobState, Media, Request
from providers.errors import InvalidInput, NoOutput, ProviderError, ProviderLost, ServerFault, UnknownOutcome
from providers.http import Answer, Http
from providers.results import MEGABYTE, Reader, price_notes
from providers.routes import route_for

MOST_UPLOADED = 100 * MEGABYTE
UPLOAD_SECONDS = 120.0
SUBMIT_SECONDS = 60.0

_ID = re.compile(r"[\w-]{1,100}")


@dataclass(frozen=True, slots=True)
class Jobs:
    """The jobs of one provider. ``refusal`` makes the error of an answer that is no success, in its own words."""

    name: str
    http: Http
    refusal: Callable[[Answer], ProviderError]

    def named(self, ref: Any) -> str:
        """The id of a job that was taken. Raises `UnknownOutcome` where the answer has none."""
        name = str(ref or "")
        if not _ID.fullmatch(name):
            raise UnknownOutcome(f"{self.http.title} took the job but did not say how it is called.")
        return name

    def known(self, answer: Answer) -> Answer:
        """An answer about a job that was begun. Raises `ProviderLost` where it is not known there."""
        if answer.status == 404:
            raise ProviderLost(f"{self.http.title} does not know this job any more; run the step again.")
        return self.good(answer)

    def good(self, answer: Answer) -> Answer:
        if not answer.is_good:
            raise self.refusal(answer)
        return answer

    def about(self, ref: str, told: Mapping[str, Any]) -> Mapping[str, Any]:
        """What was told of this very job. Raises `ServerFault`, after which it is asked for again, not made again."""
        if told.get("id") != ref:
            raise ServerFault(f"The answer of {self.http.title} cannot be read.")
        return told

    async def done(self, ref: str, request: Request, told: Mapping[str, Any]) -> Job:
        """The job with its outputs, read from ``told`` as the route says and copied to us."""
        route = route_for(request.kind, self.name, request.inputs, request.params)
        outputs = await Reader(self.http, request, route).outputs(told)
        return Job(ref, JobState.DONE, outputs, progress=1.0, notes=price_notes(request, outputs))

    def nothing_made(self) -> NoOutput:
        return NoOutput(f"{self.http.title} made nothing of this prompt. Change it and run it again.")

    async def upload(
        self,
        media: Media,
        send: Callable[[tuple[str, bytes, str]], Awaitable[Answer]],
        address_in: Callable[[dict[str, Any]], Any],
    ) -> str:
        """The address under which the provider finds a file: ``send`` hands it over, ``address_in`` reads the answer.

        Raises `InvalidInput` when it is too large.
        """
        if media.path.stat().st_size > MOST_UPLOADED:
            limit = MOST_UPLOADED // MEGABYTE
            raise InvalidInput(f"{self.http.title} takes files of {limit} MB at most. Make this one smaller.")
        content = await asyncio.to_thread(media.path.read_bytes)
        answer = self.good(await send((f"input{media.path.suffix}", content, media.content_type)))
        address = address_in(answer.data())
        if not isinstance(address, str):
            raise ServerFault(f"{self.http.title} did not keep the file.")
        return address
