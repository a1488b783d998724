"""OpenAI's pictures (generations and edits) and the chat of any server that speaks the same way."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from providers.base import Job, JobState, Media, Provider, Request, Value
from providers.errors import (
    BadOutput,
    ContentBlocked,
    InsufficientFunds,
    InvalidInput,
    NoOutput,
    ProviderError,
)
from providers.http import Access, Answer, Http, keeps_nothing
from providers.refusals import refusal, request_id
from providers.results import MEGABYTE, Reader, price_notes
from providers.routes import Route, order, route_for
from providers.sending import as_data_uri, refuse_weight, with_masks_turned, with_media_sent

#: Ten pictures of 4 megapixels as text.
MOST_ANSWERED = 200 * MEGABYTE
MOST_SENT = 100 * MEGABYTE

_BLOCKS = frozenset({"moderation_blocked", "content_policy_violation", "content_filter"})
_NO_MONEY = frozenset({"insufficient_quota", "billing_hard_limit_reached", "project_spend_limit_exceeded"})


class OpenAI:
    """Synchronous calls. No idempotency keys are honoured."""

    name = "openai"
    takes_keys = False

    def __init__(self, access: Access, local: Provider) -> None:
        self._http = Http("OpenAI", access, header="Authorization", form="Bearer {key}")
        self._local = local

    @staticmethod
    def speaks(route: Route, access: Access) -> bool:
        """A route that names an address is one for the service that lies there, and for no other."""
        return str(route.spec.get("base_url", access.base_url)).rstrip("/") == access.base_url.rstrip("/")

    async def submit(self, request: Request) -> Job:
        """Make the call and hand over what came."""
        route = route_for(request.kind, self.name, request.inputs, request.params)
        refuse_weight(request.inputs, MOST_SENT, "OpenAI")
        if _is_chat(route):
            answer = await self._chat(request, route)
        else:
            answer = await self._draw(request, route)
        if not answer.is_good:
            raise self._refusal(answer)
        data = await asyncio.to_thread(answer.data)
        if not data:
            raise BadOutput("The answer of OpenAI cannot be read.")
        _refuse_silence(data)
        outputs = await Reader(self._http, request, route).outputs(data)
        return Job(
            request_id(answer), JobState.DONE, outputs, progress=1.0, notes=price_notes(request, outputs)
        )

    async def fetch(self, ref: str, request: Request) -> Job:
        """Always raises `ProviderLost`: an answer is given once, on the line that asked for it."""
        raise keeps_nothing(self._http.title)

    async def cancel(self, ref: str) -> None:
        """Nothing to stop: see `fetch`."""

    async def check(self) -> None:
        """Try the key with a call that costs nothing."""
        answer = await self._http.call("GET", "/models")
        if not answer.is_good:
            raise self._refusal(answer)

    async def _draw(self, request: Request, route: Route) -> Answer:
        """Generations are asked for in JSON, edits in a form that holds the pictures."""
        inputs = await with_masks_turned(request, route, self._local)
        asked = order(request.kind, route, inputs, request.params)
        body = {"model": asked.model, **asked.body}
        files = [(name, media) for name, media in _media_of(body)]
        if not files:
            return await self._call("/images/generations", request, body=body)
        form = {name: str(value) for name, value in body.items() if not isinstance(value, Media | list)}
        parts = [
            (name, (media.path.name, await asyncio.to_thread(media.path.read_bytes), media.content_type))
            for name, media in files
        ]
        return await self._call("/images/edits", request, files=parts, fields=form)

    async def _chat(self, request: Request, route: Route) -> Answer:
        inputs = await with_media_sent(request.inputs, as_data_uri)
        asked = order(request.kind, route, {}, request.params)
        messages: list[dict[str, Any]] = []
        content: list[dict[str, Any]] = []
        for name, path in route.inputs.items():
            value = inputs.get(name)
            if value in (None, "", []):
                continue
            if path.startswith("messages[system]"):
                messages.append({"role": "system", "content": value})
            elif path.endswith("image_url.url"):
                addresses = value if isinstance(value, list) else [value]
                content += [{"type": "image_url", "image_url": {"url": one}} for one in addresses]
            else:
                content.append({"type": "text", "text": value})
        plain = content[0]["text"] if len(content) == 1 and "text" in content[0] else content
        messages.append({"role": "user", "content": plain})
        body = {"model": asked.model, "messages": messages, **asked.body}
        return await self._call("/chat/completions", request, body=body)

    async def _call(self, path: str, request: Request, **sent: Any) -> Answer:
        return await self._http.call(
            "POST",
            path,
            seconds=request.kind.timeout,
            most_bytes=MOST_ANSWERED,
            starts_work=True,
            brings_result=True,
            **sent,
        )

    def _refusal(self, answer: Answer) -> ProviderError:
        error = answer.data().get("error")
        error = error if isinstance(error, dict) else {}
        said, code = str(error.get("message") or ""), str(error.get("code") or error.get("type") or "")
        detail = f"HTTP {answer.status} {code} {request_id(answer)} {self._http.scrubbed(said)}"
        if code in _BLOCKS:
            said = "OpenAI's content policy refused this. Change the prompt or the pictures."
            return ContentBlocked(said, detail=detail)
        if code in _NO_MONEY:
            return InsufficientFunds(
                f"The account of {self._http.owner} at OpenAI cannot be billed.", detail=detail
            )
        return refusal(self._http, answer, said=said, code=code)


def _is_chat(route: Route) -> bool:
    return str(route.output.get("path", "")).startswith("choices")


def _media_of(body: Mapping[str, Any]) -> list[tuple[str, Media]]:
    """(form field, medium); a list has brackets behind its name."""
    found = []
    for name, value in body.items():
        if isinstance(value, Media):
            found.append((name, value))
        elif isinstance(value, list):
            found += [(f"{name}[]", one) for one in value if isinstance(one, Media)]
    return found


def _refuse_silence(data: Mapping[str, Value]) -> None:
    """Raises `ContentBlocked` or `InvalidInput` for a chat that gave no answer, `NoOutput` for no pictures."""
    if data.get("data") == []:
        raise NoOutput("OpenAI made nothing of this prompt. Change it and run it again.")
    choices = data.get("choices")
    first = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
    message = first.get("message")
    message = message if isinstance(message, dict) else {}
    if message.get("refusal") or first.get("finish_reason") in _BLOCKS:
        raise ContentBlocked("The model refused to answer this. Change the prompt.")
    if first.get("finish_reason") == "length" and not message.get("content"):
        raise InvalidInput(
            "The model used up max_tokens before it answered. Raise it and run the node again."
        )
