"""The Gemini API with an AI Studio key: one call, one answer, the pictures inside it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from providers import interactions, paths
from providers.base import Job, JobState, Media, Provider, Request, Value
from providers.errors import (
    BadOutput,
    ContentBlocked,
    InvalidInput,
    NoOutput,
    ProviderError,
)
from providers.http import Access, Http, keeps_nothing
from providers.refusals import google_refusal
from providers.results import MEGABYTE, Reader, price_notes
from providers.routes import Order, Route, order, route_for
from providers.sending import MOST_TOGETHER, as_base64, refuse_weight, with_media_sent

VERSION = "v1beta"
#: A 4K picture takes 30 MB as text.
MOST_ANSWERED = 72 * MEGABYTE

_BLOCKS = frozenset(
    {
        "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY", "MODEL_ARMOR", "JAILBREAK",
        "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION",
    }
)  # fmt: skip


class Gemini:
    """Synchronous calls. The service takes no idempotency keys, and a body that is sent twice is billed twice."""

    name = "gemini"
    title = "Gemini"
    takes_keys = False
    #: Where the models are, below the base address.
    models = f"/{VERSION}/models"

    def __init__(self, access: Access, local: Provider) -> None:
        self._access = access

    async def _line(self) -> Http:
        """The line to the service, with a key that holds now."""
        return Http(self.title, self._access, header="x-goog-api-key", form="{key}", keyed_results=True)

    @staticmethod
    def speaks(route: Route, access: Access) -> bool:
        return True

    async def submit(self, request: Request) -> Job:
        """Make the call, once per picture where several are wanted, and hand over what came. Clips are jobs."""
        route = route_for(request.kind, self.name, request.inputs, request.params)
        refuse_weight(request.inputs, MOST_TOGETHER[self.name], self.title)
        if route.mode == "interaction":
            return await interactions.begin(await self._line(), VERSION, request, route)
        inputs = await with_media_sent(request.inputs, _inline)
        asked = order(request.kind, route, inputs, request.params)
        reader = Reader(await self._line(), request, route)
        calls = [self._one(asked, reader) for _ in range(asked.times)]
        answers = await asyncio.gather(*calls, return_exceptions=True)
        made = [answer for answer in answers if not isinstance(answer, BaseException)]
        if not made:
            raise _gravest([answer for answer in answers if isinstance(answer, BaseException)])
        outputs = _joined([one for _, one in made])
        return Job(made[0][0], JobState.DONE, outputs, progress=1.0, notes=price_notes(request, outputs))

    async def fetch(self, ref: str, request: Request) -> Job:
        """How a clip is doing. Raises `ProviderLost` for all else: an answer is given once, on the line that asked."""
        if not ref.startswith(interactions.PREFIX):
            raise keeps_nothing(self.title)
        route = route_for(request.kind, self.name, request.inputs, request.params)
        return await interactions.ask(await self._line(), VERSION, ref, request, route)

    async def cancel(self, ref: str) -> None:
        """Stop a clip; of the other calls nothing goes on."""
        if ref.startswith(interactions.PREFIX):
            await interactions.stop(await self._line(), VERSION, ref)

    async def check(self) -> None:
        """Try the key with a call that costs nothing."""
        http = await self._line()
        answer = await http.call("GET", f"{self.models}?pageSize=1")
        if not answer.is_good:
            raise google_refusal(http, answer)

    async def _one(self, asked: Order, reader: Reader) -> tuple[str, dict[str, Value]]:
        body = dict(asked.body)
        body["contents"] = [{"role": "user", "parts": [_part(one) for one in asked.parts]}]
        if asked.system_prompt:
            paths.write(body, "systemInstruction.parts[0].text", asked.system_prompt)
        http = reader.http
        answer = await http.call(
            "POST",
            f"{self.models}/{quote(asked.model, safe='')}:generateContent",
            body=body,
            seconds=reader.request.kind.timeout,
            most_bytes=MOST_ANSWERED,
            starts_work=True,
            brings_result=True,
        )
        if not answer.is_good:
            raise google_refusal(http, answer)
        data = await asyncio.to_thread(answer.data)
        if not data:
            raise BadOutput(f"The answer of {self.title} cannot be read.")
        _refuse_block(data, self.title)
        outputs = await reader.outputs(_without_thoughts(data))
        return str(data.get("responseId", "")), outputs


def _gravest(errors: list[BaseException]) -> BaseException:
    """Of several failures the one that says most about what to do: a refusal before a fault that may pass."""
    return min(errors, key=lambda error: isinstance(error, ProviderError) and error.retry)


def _joined(several: list[dict[str, Value]]) -> dict[str, Value]:
    """The outputs of several calls as one: lists put end to end, anything else from the first."""
    first, *others = several
    return {
        port: [*value, *(item for other in others for item in other[port])]
        if isinstance(value, list)
        else value
        for port, value in first.items()
    }


def _refuse_block(data: Mapping[str, Any], title: str) -> None:
    """A block comes with HTTP 200. Raises `ContentBlocked` or, when it merely made nothing, `NoOutput`."""
    candidates = [one for one in data.get("candidates") or () if isinstance(one, dict)]
    if any(paths.read(one, "content.parts[]") for one in candidates):
        return
    feedback = data.get("promptFeedback")
    reason = str(feedback.get("blockReason", "")) if isinstance(feedback, dict) else ""
    if not candidates and reason:
        raise ContentBlocked(
            f"{title}'s content policy refused the prompt ({reason}). Change it or the pictures."
        )
    ends = [str(one.get("finishReason", "")) for one in candidates]
    if blocked := next((end for end in ends if end in _BLOCKS), ""):
        raise ContentBlocked(f"{title}'s content policy refused the result ({blocked}). Change the prompt.")
    if "MAX_TOKENS" in ends:
        raise InvalidInput(f"{title} used up max_tokens before it answered. Raise it and run the node again.")
    raise NoOutput(f"{title} made nothing ({', '.join(ends) or 'no candidates'}). Change the prompt.")


def _without_thoughts(data: Mapping[str, Any]) -> dict[str, Any]:
    """The answer without the parts in which the model thinks; they may hold drafts of the picture."""
    candidates = []
    for one in data.get("candidates") or ():
        if isinstance(one, dict):
            parts = paths.read(one, "content.parts[]")
            shown = [part for part in parts if isinstance(part, dict) and part.get("thought") is not True]
            candidates.append({**one, "content": {"parts": shown}})
    return {"candidates": candidates}


def _part(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"text": str(value)}


async def _inline(media: Media) -> dict[str, Any]:
    return {"inlineData": {"mimeType": media.content_type, "data": await as_base64(media)}}
