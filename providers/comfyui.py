"""A ComfyUI server of the operator's own. We name its jobs, so that one is looked for before it is begun."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, cast
from urllib.parse import urlencode

from providers import paths
from providers.base import Job, JobState, Media, Provider, Request, Value
from providers.errors import (
    Cancelled,
    InvalidInput,
    JobFailed,
    NoOutput,
    ProviderError,
    ProviderLost,
    ServerFault,
)
from providers.http import Access, Answer, Http
from providers.refusals import refusal
from providers.results import MEGABYTE, Reader
from providers.routes import Route, route_for

MOST_UPLOADED = 100 * MEGABYTE
UPLOAD_SECONDS = 120.0
SUBMIT_SECONDS = 60.0
#: The history of a job holds its graph.
MOST_ANSWERED = 32 * MEGABYTE

_KINDS_OF_FILES = ("images", "gifs", "videos", "video", "audio")


class ComfyUI:
    """Jobs in a server's queue. Its history is gone when it restarts; a reference is the job's ``prompt_id``."""

    name = "comfyui"
    takes_keys = True

    def __init__(self, access: Access, local: Provider) -> None:
        self._http = Http("ComfyUI", access, header="Authorization", form="{key}", keyed_results=True)

    @staticmethod
    def speaks(route: Route, access: Access) -> bool:
        return True

    async def submit(self, request: Request) -> Job:
        """Put the node's graph into the queue, its values in the places that the bindings name."""
        route_for(request.kind, self.name, request.inputs, request.params)
        graph = _graph(request.params)
        ref = str(uuid.uuid5(uuid.NAMESPACE_OID, request.idempotency_key))
        if await self._history(ref) or await self._place(ref):
            return Job(ref, JobState.QUEUED)  # an earlier call, whose answer was lost, began it
        await self._bind(graph, request)
        body = {"prompt": graph, "prompt_id": ref, "client_id": "wireflow"}
        answer = await self._http.call("POST", "/prompt", body=body, seconds=SUBMIT_SECONDS, starts_work=True)
        if not answer.is_good:
            raise self._refusal(answer, may_have_begun=True)
        return Job(ref, JobState.QUEUED)

    async def fetch(self, ref: str, request: Request) -> Job:
        """How a job is doing; once it is over its files, or why there are none."""
        told = await self._history(ref)
        if not told:
            place = await self._place(ref)
            if place is not None:
                return Job(ref, place)
            told = await self._history(ref)  # it may have ended between the two questions
        if not told:
            raise ProviderLost("ComfyUI does not know this job any more; run the step again.")
        status = told.get("status")
        status = status if isinstance(status, dict) else {}
        events = {
            one[0]: one[1] for one in status.get("messages") or () if isinstance(one, list) and len(one) == 2
        }
        if "execution_interrupted" in events:
            raise Cancelled("This job was stopped at ComfyUI.", detail=f"prompt {ref}")
        if status.get("status_str") == "error":
            raise self._failure(events.get("execution_error"))
        if not status.get("completed", True):
            return Job(ref, JobState.RUNNING)
        files = list(_files(told.get("outputs")))
        if not files:
            raise NoOutput(
                "ComfyUI kept no file of this job. End the graph with a node that saves its result."
            )
        route = route_for(request.kind, self.name, request.inputs, request.params)
        addresses = [f"{self._http.base_url}/view?{urlencode(one)}" for one in files]
        outputs = await Reader(self._http, request, route).sorted(addresses)
        return Job(ref, JobState.DONE, outputs, progress=1.0)

    async def cancel(self, ref: str) -> None:
        """Take a job out of the queue, or stop it if it runs; never what somebody else has running."""
        answer = await self._http.call("POST", f"/api/jobs/{ref}/cancel", body={})
        if answer.is_good:
            return
        place = await self._place(ref)  # an older server: by hand
        if place is JobState.QUEUED:
            answer = await self._http.call("POST", "/queue", body={"delete": [ref]})
        elif place is JobState.RUNNING:
            answer = await self._http.call("POST", "/interrupt", body={"prompt_id": ref})
        else:
            return
        if not answer.is_good:
            raise self._refusal(answer)

    async def _history(self, ref: str) -> dict[str, Any]:
        """What is kept of a job that is over; empty when it is not, or unknown."""
        answer = await self._http.call("GET", f"/history/{ref}", most_bytes=MOST_ANSWERED)
        if not answer.is_good:
            raise self._refusal(answer)
        told = answer.data()
        if not told and answer.body.strip() != b"{}":
            raise ServerFault("The answer of ComfyUI cannot be read.")  # asked for again, not made again
        found = told.get(ref)
        return found if isinstance(found, dict) else {}

    async def _place(self, ref: str) -> JobState | None:
        """Where a job stands in the queue; None when it is not in it."""
        answer = await self._http.call("GET", "/queue", most_bytes=MOST_ANSWERED)
        if not answer.is_good:
            raise self._refusal(answer)
        told = answer.data()
        for part, state in (("queue_running", JobState.RUNNING), ("queue_pending", JobState.QUEUED)):
            if ref in [one[1] for one in told.get(part) or () if isinstance(one, list) and len(one) > 1]:
                return state
        return None

    async def _bind(self, graph: dict[str, Any], request: Request) -> None:
        """Write the node's values into the graph. Raises `InvalidInput` for one that nothing was said of."""
        bindings = request.params.get("bindings") or {}
        for name, value in _values(request):
            places = bindings.get(name)
            if not places:
                if name == "seed":
                    continue
                raise InvalidInput(
                    f"bindings does not say where {name} goes. Add "
                    f'"{name}": {{"node": "<id in the graph>", "input": "<its input>"}}.'
                )
            sent = await self._uploaded(value) if isinstance(value, Media) else value
            for place in places if isinstance(places, list) else [places]:
                _inputs_at(graph, name, place)[str(place["input"])] = sent

    async def _uploaded(self, media: Media) -> str:
        """A file's name among the server's inputs."""
        if media.path.stat().st_size > MOST_UPLOADED:
            limit = MOST_UPLOADED // MEGABYTE
            raise InvalidInput(f"ComfyUI is sent files of {limit} MB at most. Make this one smaller.")
        content = await asyncio.to_thread(media.path.read_bytes)
        name = f"{hashlib.sha256(content).hexdigest()[:32]}{media.path.suffix}"
        answer = await self._http.call(
            "POST",
            "/upload/image",
            files={"image": (name, content, media.content_type)},
            fields={"type": "input", "subfolder": "wireflow", "overwrite": "true"},
            seconds=UPLOAD_SECONDS,
        )
        if not answer.is_good:
            raise self._refusal(answer)
        told = answer.data()
        if not isinstance(told.get("name"), str):
            raise ServerFault("ComfyUI did not keep the file.")
        return "/".join(part for part in (str(told.get("subfolder") or ""), told["name"]) if part)

    def _refusal(self, answer: Answer, *, may_have_begun: bool = False) -> ProviderError:
        told = answer.data()
        error = told.get("error")
        words = str(error.get("message", "")) if isinstance(error, dict) else str(error or "")
        nodes = told.get("node_errors")
        for number, fault in nodes.items() if isinstance(nodes, dict) else ():
            said = [
                " ".join(filter(None, (one.get("message"), one.get("details"))))
                for one in paths.read(fault, "errors[]")
            ]
            words += f" Node {number} ({fault.get('class_type', '')}): {'; '.join(said)}"
        return refusal(self._http, answer, said=words, may_have_begun=may_have_begun)

    def _failure(self, error: Any) -> ProviderError:
        """Why a job came to nothing."""
        error = error if isinstance(error, dict) else {}
        words = self._http.scrubbed(str(error.get("exception_message") or "nothing"))
        kind = f"{error.get('node_type', 'a node')} (node {error.get('node_id', '?')})"
        return JobFailed(f"The job failed at ComfyUI in {kind}. It said: {words}", detail=words)


def _graph(params: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the node's graph. Raises `InvalidInput` when it is none that the server runs."""
    graph = params.get("workflow")
    nodes = graph.values() if isinstance(graph, dict) else ()
    if not nodes or not all(isinstance(node, dict) and "class_type" in node for node in nodes):
        raise InvalidInput("workflow must be a graph of ComfyUI. Export it there with “Save (API Format)”.")
    return cast(dict[str, Any], deepcopy(graph))


def _values(request: Request) -> Iterator[tuple[str, Value]]:
    """(name, value) of all that goes into the graph; of several pictures the second is called image2."""
    for port in request.kind.inputs:
        value = request.inputs.get(port.id)
        if isinstance(value, list) and port.multiple:
            for number, one in enumerate(value, 1):
                yield (f"{port.stem}{number}", one)
        elif value not in (None, ""):
            yield (port.id, value)
    if request.params.get("seed") is not None:
        yield ("seed", request.params["seed"])


def _inputs_at(graph: dict[str, Any], name: str, place: Any) -> dict[str, Any]:
    """The inputs of the graph's node that a binding names. Raises `InvalidInput` when there is none."""
    node = graph.get(str(place.get("node"))) if isinstance(place, dict) and place.get("input") else None
    if node is None:
        raise InvalidInput(f"bindings sends {name} to a node that the graph does not have: {place}.")
    inputs: dict[str, Any] = node.setdefault("inputs", {})
    return inputs


def _files(outputs: Any) -> Iterator[dict[str, str]]:
    """Where the files of a job lie, node by node: what it saved, or where it saved none what it showed."""
    nodes = outputs.values() if isinstance(outputs, dict) else ()
    found = [
        file
        for node in nodes
        for kind in _KINDS_OF_FILES
        for file in (paths.read(node, f"{kind}[]") if isinstance(node, dict) else ())
        if isinstance(file, dict) and file.get("filename")
    ]
    saved = [file for file in found if file.get("type") == "output"]
    for file in saved or found:
        yield {name: str(file.get(name) or "") for name in ("filename", "subfolder", "type")}
