"""Atlas Cloud's predictions. What a model calls its fields is read from its own schema before it is first asked."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from providers import paths
from providers.base import Job, JobState, Media, Provider, Request
from providers.errors import (
    ContentBlocked,
    JobFailed,
    ModelUnavailable,
    ProviderError,
    ServerFault,
)
from providers.fetch import FetchRefused, fetch_public
from providers.http import Access, Answer, Http
from providers.jobs import SUBMIT_SECONDS, UPLOAD_SECONDS, Jobs
from providers.refusals import refusal
from providers.results import MEGABYTE
from providers.routes import Route, order, route_for
from providers.sending import with_masks_turned, with_media_sent

#: The list of all models.
MOST_LISTED = 16 * MEGABYTE

#: Names that models have for the pictures they begin from; the catalog's routes use the first two.
_PICTURES = (
    "images", "image", "image_urls", "image_url", "input_images", "image_input", "reference_images",
    "start_image", "start_image_url", "first_frame_image", "first_frame",
)  # fmt: skip
_BLOCKED = re.compile(r"nsfw|sensitive|safety|moderation|policy", re.IGNORECASE)


class Atlas:
    """Predictions of Atlas Cloud. It takes no keys of ours and cannot stop a job; a reference is a prediction's id."""

    name = "atlas"
    takes_keys = False

    def __init__(self, access: Access, local: Provider) -> None:
        self._local = local
        self._http = Http("Atlas Cloud", access, header="Authorization", form="Bearer {key}")
        self._jobs = Jobs(self.name, self._http, self._refusal)
        self._fields: dict[str, Mapping[str, Any]] = {}

    @staticmethod
    def speaks(route: Route, access: Access) -> bool:
        return True

    async def submit(self, request: Request) -> Job:
        """Begin a prediction, its values under the names that the model's schema has for them."""
        route = route_for(request.kind, self.name, request.inputs, request.params)
        turned = await with_masks_turned(request, route, self._local)
        fields = await self._fields_of(route.model, request.scratch)
        inputs = await with_media_sent(turned, self._address_of)
        asked = order(request.kind, route, inputs, request.params)
        body = {"model": asked.model, **_fitted(asked.model, asked.body, fields)}
        kind = "Video" if request.kind.outputs[0].type == "VIDEO" else "Image"
        answer = await self._call(
            "POST", f"/model/generate{kind}", body=body, seconds=SUBMIT_SECONDS, starts_work=True
        )
        if not answer.is_good:
            raise self._refusal(answer, may_have_begun=True)
        return Job(self._jobs.named(_data(answer.data()).get("id")), JobState.QUEUED)

    async def fetch(self, ref: str, request: Request) -> Job:
        """How a prediction is doing; once it is over its result, or why there is none."""
        answer = self._jobs.known(await self._call("GET", f"/model/prediction/{ref}"))
        told = self._jobs.about(ref, _data(answer.data()))
        words = self._http.scrubbed(str(told.get("error") or ""))
        detail = f"prediction {ref}: {words}"
        match told.get("status"):
            case "completed" | "succeeded":
                found = told.get("outputs") or told.get("output")
                if not found:
                    raise self._jobs.nothing_made()
                result = {"data": {"outputs": found if isinstance(found, list) else [found]}}
                return await self._jobs.done(ref, request, result)
            case "failed" if _BLOCKED.search(words):
                said = "A content policy refused this at Atlas Cloud. Change the prompt or the pictures."
                raise ContentBlocked(said, detail=detail)
            case "failed":
                raise JobFailed(
                    f"The job failed at Atlas Cloud. It said: {words or 'nothing'}", detail=detail
                )
        return Job(ref, JobState.RUNNING)

    async def cancel(self, ref: str) -> None:
        """Atlas Cloud has no call for it; a result that comes is left there."""

    async def check(self) -> None:
        """Try the key by asking for a job that is none: the list of models is open to everybody."""
        answer = await self._call("GET", "/model/prediction/none")
        if answer.status in (401, 402, 403, 429) or answer.status >= 500:
            raise self._refusal(answer)

    async def _call(self, method: str, path: str, **sent: Any) -> Answer:
        """One call; a refusal may also come with HTTP 200 and its status inside."""
        answer = await self._http.call(method, path, **sent)
        code = answer.data().get("code")
        return (
            replace(answer, status=code)
            if answer.is_good and isinstance(code, int) and code >= 400
            else answer
        )

    async def _fields_of(self, model: str, scratch: Path) -> Mapping[str, Any]:
        """Field → its schema, as the model's own description has them; read once per process."""
        if model not in self._fields:
            answer = self._jobs.good(await self._call("GET", "/models", most_bytes=MOST_LISTED))
            known = {
                one.get("model"): one for one in answer.data().get("data") or () if isinstance(one, dict)
            }
            if known and model not in known:
                raise ModelUnavailable(f"Atlas Cloud does not serve {model} (any more).")
            described = await self._described(str(known.get(model, {}).get("schema") or ""), scratch)
            properties = paths.read(described, "components.schemas.Input.properties")
            if not properties or not isinstance(properties[0], dict):
                raise ServerFault(f"Atlas Cloud does not say what {model} takes.")
            self._fields[model] = properties[0]
        return self._fields[model]

    async def _described(self, address: str, scratch: Path) -> Any:
        """A schema, from wherever it lies. Nothing was begun yet, so that a failure may be tried again."""
        if self._http.is_own(address):
            return (await self._call("GET", address)).data()
        place = scratch / "schema.json"
        try:
            await fetch_public(address, place)
            return json.loads(await asyncio.to_thread(place.read_bytes))
        except (FetchRefused, ValueError, RecursionError):
            raise ServerFault("The description of a model of Atlas Cloud cannot be read.") from None

    def _refusal(self, answer: Answer, *, may_have_begun: bool = False) -> ProviderError:
        told = answer.data()
        words = str(told.get("msg") or told.get("message") or "")
        return refusal(self._http, answer, said=words, may_have_begun=may_have_begun)

    async def _address_of(self, media: Media) -> str:
        """An address under which Atlas Cloud finds a file, for some time."""

        async def send(file: tuple[str, bytes, str]) -> Answer:
            return await self._call(
                "POST", "/model/uploadMedia", files={"file": file}, seconds=UPLOAD_SECONDS
            )

        return await self._jobs.upload(media, send, lambda told: _data(told).get("download_url"))


def _data(told: Mapping[str, Any]) -> dict[str, Any]:
    found = told.get("data")
    return found if isinstance(found, dict) else {}


def _fitted(model: str, body: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """The values under the model's own names. Raises `ModelUnavailable` for one that it has no field for."""
    fitted = {}
    for name, value in body.items():
        names = (name, *_PICTURES) if name in _PICTURES else (name,)
        own = next((one for one in names if one in fields), None)
        if own is None:
            raise ModelUnavailable(f"{model} at Atlas Cloud has no field for {name}.")
        takes_list = isinstance(fields[own], dict) and fields[own].get("type") == "array"
        if takes_list and not isinstance(value, list):
            value = [value]
        elif not takes_list and isinstance(value, list):
            if len(value) > 1:
                raise ModelUnavailable(f"{model} at Atlas Cloud takes one picture, not {len(value)}.")
            value = value[0]
        fitted[own] = value
    return fitted
