"""A Stable Diffusion server of the operator's own that speaks as AUTOMATIC1111 does: Forge, reForge and SD.Next too."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

from providers.base import Job, JobState, Provider, Request
from providers.errors import BadOutput, InvalidInput, ModelUnavailable, NoOutput, ProviderError
from providers.http import Access, Answer, Http, keeps_nothing
from providers.refusals import refusal
from providers.results import MEGABYTE, Reader, price_notes
from providers.routes import Route, order, route_for
from providers.sending import as_base64, refuse_weight, with_media_sent

MOST_SENT = 100 * MEGABYTE
#: Eight pictures of 4 megapixels as text.
MOST_ANSWERED = 200 * MEGABYTE

TITLE = "The Stable Diffusion server"


class A1111:
    """Synchronous calls, one at a time at the server, which has no names for its jobs."""

    name = "a1111"
    takes_keys = False

    def __init__(self, access: Access, local: Provider) -> None:
        basic = base64.b64encode(access.key.encode()).decode() if access.key else ""
        line = Access(access.base_url, basic)
        self._http = Http(TITLE, line, header="Authorization", form="Basic {key}")

    @staticmethod
    def speaks(route: Route, access: Access) -> bool:
        return True

    async def submit(self, request: Request) -> Job:
        """Make the call and hand over what came."""
        route = route_for(request.kind, self.name, request.inputs, request.params)
        refuse_weight(request.inputs, MOST_SENT, TITLE)
        inputs = await with_media_sent(request.inputs, as_base64)
        asked = order(request.kind, route, inputs, request.params)
        answer = await self._http.call(
            "POST",
            asked.model,
            body=asked.body,
            seconds=request.kind.timeout,
            most_bytes=MOST_ANSWERED,
            starts_work=True,
            brings_result=True,
        )
        if not answer.is_good:
            raise self._refusal(answer)
        data = await asyncio.to_thread(answer.data)
        if not data:
            raise BadOutput(f"The answer of {TITLE} cannot be read.")
        outputs = await Reader(self._http, request, route).outputs(_without_grid(data))
        return Job("", JobState.DONE, outputs, progress=1.0, notes=price_notes(request, outputs))

    async def fetch(self, ref: str, request: Request) -> Job:
        """Always raises `ProviderLost`: an answer is given once, on the line that asked for it."""
        raise keeps_nothing(self._http.title)

    async def cancel(self, ref: str) -> None:
        """Nothing is stopped: the server's interrupt would hit whatever it is drawing, for whomever."""

    def _refusal(self, answer: Answer) -> ProviderError:
        told = answer.data()
        said, code = told.get("detail") or told.get("errors") or "", str(told.get("error") or "")
        if isinstance(said, list):
            said = "; ".join(_fault(one) for one in said)
        words = self._http.scrubbed(str(said))
        detail = f"HTTP {answer.status} {code} {words}"
        if code == "OutOfMemoryError":
            return InvalidInput(
                f"{TITLE} has too little memory for this. Make the picture smaller.", detail=detail
            )
        if answer.status == 404 and words != "Not Found":
            return InvalidInput(f"{TITLE} refused the values of this node. It said: {words}", detail=detail)
        if answer.status == 404:
            return ModelUnavailable(f"{TITLE} was started without --api.", detail=detail)
        return refusal(self._http, answer, said=str(said), code=code)


def _fault(entry: Any) -> str:
    """One fault of a value as FastAPI tells it."""
    if not isinstance(entry, dict):
        return str(entry)
    place = [str(one) for one in entry.get("loc") or () if one != "body"]
    return f"{'.'.join(place)}: {entry.get('msg', '')}"


def _without_grid(data: dict[str, Any]) -> dict[str, Any]:
    """The answer without the sheet of all pictures that may stand before them. Raises `NoOutput` when it is empty."""
    images = data.get("images")
    if images == [] or data.get("image") == "":
        raise NoOutput(f"{TITLE} made nothing. Change the prompt and run it again.")
    try:
        info = json.loads(data.get("info") or "{}")
        first = int(info.get("index_of_first_image") or 0)
    except (ValueError, TypeError, AttributeError):
        first = 0
    return {**data, "images": images[first:]} if isinstance(images, list) and first > 0 else data
