"""What the drivers send, and what their doubles answer, held against the types of the providers' own libraries."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from importlib import import_module

import httpx
import pytest
from pydantic import ConfigDict, TypeAdapter, with_config

from providers.routes import fitted, routes_of, why_not
from tests.doubles.openai import form_of
from tests.providers.driving import CATALOG, a_picture, driver_for, outcome, request_for

#: The libraries take seconds to import, so only a process that runs these tests does.
pytestmark = pytest.mark.sdk

STRICT = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


@pytest.fixture(scope="module", autouse=True)
def libraries():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the libraries' own, about each other
        for name in ("google.genai.types", "openai.types", "replicate.prediction"):
            import_module(name)


def type_of(module, name):
    return getattr(import_module(module), name)


def strict(params):
    """A library's dictionary of arguments, in which no other name is allowed."""
    return TypeAdapter(with_config(STRICT)(params))


def inputs_of(kind, folder):
    """A value at every required input and at every picture."""
    media = a_picture(folder)
    found = {}
    for port in kind.inputs:
        if port.type == "IMAGE" and port.role != "mask":
            found[port.id] = [media] if port.multiple else media
        elif port.type == "TEXT":
            found[port.id] = "a fox"
    return found


def requests_of(provider, folder, *, mode=""):
    """Every node type of a provider with its defaults, and once with the last choice of each of its parameters."""
    for kind in CATALOG.kinds.values():
        for route in routes_of(kind):
            if route.provider != provider or "base_url" in route.spec or (mode and route.mode != mode):
                continue
            request = request_for(folder, kind.name, inputs_of(kind, folder))
            last = {param.id: param.values[-1] for param in kind.params if param.values}
            for params in (request.params, *({**request.params, name: one} for name, one in last.items())):
                connected = set(request.inputs)
                if not why_not(kind, route, connected, params):
                    yield fitted(route, connected, params), replace(request, params=params)


@pytest.mark.parametrize("provider", ["gemini", "vertex"])
def test_requests_to_gemini_are_of_its_types(provider, double_of, tmp_path):
    types = import_module("google.genai.types")
    double = double_of(provider)
    driver = driver_for(double)
    for _, request in requests_of(provider, tmp_path, mode="sync"):
        outcome(driver, request)
    bodies = [call.json for call in double.calls if "generateContent" in call.path]
    assert len(bodies) > 20
    for body in bodies:
        types.GenerateContentConfig.model_validate(body.pop("generationConfig", {}))
        [types.Content.model_validate(one) for one in body.pop("contents")]
        [types.Tool.model_validate(one) for one in body.pop("tools", [])]
        types.Content.model_validate(body.pop("systemInstruction", {}))
        assert body == {}


def test_clips_of_gemini_are_of_its_types(double_of, tmp_path):
    double = double_of("gemini")
    for _, request in requests_of("gemini", tmp_path, mode="interaction"):
        outcome(driver_for(double), request)
    bodies = [call.json for call in double.calls if call.path == "/v1beta/interactions"]
    assert len(bodies) > 2
    params = type_of("google.genai.interactions", "CreateModelInteractionParamsNonStreaming")
    for body in bodies:
        strict(params).validate_python(body)


def test_the_answers_of_geminis_double_are_of_its_types(double_of, tmp_path, monkeypatch):
    double = double_of("gemini")
    said = []
    response = type_of("google.genai.types", "GenerateContentResponse")
    monkeypatch.setattr(double, "answer", noted(double.answer, said))
    for fault in ("", "block", "block image", "empty"):
        double.meet(fault)
        outcome(driver_for(double), request_for(tmp_path, "generate:nano_banana_2", {"prompt": "a fox"}))
    assert [len(response.model_validate(one).candidates or ()) for one in said] == [1, 0, 1, 1]


def test_requests_to_openai_and_the_answers_of_its_double_are_of_its_types(double_of, tmp_path, monkeypatch):
    double = double_of("openai")
    said = []
    monkeypatch.setattr(double, "answer", noted(double.answer, said))
    images = type_of("openai.types.images_response", "ImagesResponse")
    chat = type_of("openai.types.chat", "ChatCompletion")
    chats = type_of("openai.types.chat.completion_create_params", "CompletionCreateParamsNonStreaming")
    draws = type_of("openai.types.image_generate_params", "ImageGenerateParamsNonStreaming")
    edits = type_of("openai.types.image_edit_params", "ImageEditParamsNonStreaming")
    kinds = {
        "/v1/images/generations": (strict(draws), images),
        "/v1/chat/completions": (strict(chats), chat),
        "/v1/images/edits": (strict(edits), images),
    }
    requests = [request for _, request in requests_of("openai", tmp_path)]
    drawn = [replace(one, inputs={"prompt": "a fox"}) for one in requests if one.kind.category == "generate"]
    for request in [*requests, *drawn]:
        outcome(driver_for(double), request)
    assert {call.path for call in double.calls} == set(kinds)
    for call, answer in zip(double.calls, said, strict=True):
        params, response = kinds[call.path]
        if call.path == "/v1/images/edits":
            form = {name: value for name, value in form_of(call) if isinstance(value, str)}
            params.validate_python({**form, "n": int(form.get("n", 1)), "image": b""})
        else:
            params.validate_python(call.json)
        response.model_validate(answer)


def test_requests_to_replicate_are_what_its_library_would_send(double_of, tmp_path):
    """Path, names in the body and headers. What ``input`` holds is the schema of each model, which its library does not
    have: it is fetched with the model, and held against the catalog by nothing here.
    """
    double = double_of("replicate")
    client = type_of("replicate.client", "Client")
    predictions = strict(type_of("replicate.prediction", "Predictions").CreatePredictionParams)
    asked = []
    for _, request in requests_of("replicate", tmp_path):
        for callback in ("", "https://us.example/told"):
            before = len(double.calls)
            outcome(driver_for(double), replace(request, callback=callback))
            begun = [one for one in double.calls[before:] if one.path.endswith("/predictions")]
            asked += [(one, callback) for one in begun]
    assert len({call.path for call, _ in asked}) > 5
    for call, callback in asked:
        sent = dict(call.json)
        version, given = sent.pop("version", None), sent.pop("input")
        predictions.validate_python(sent)
        assert ("webhook" in sent) == ("webhook_events_filter" in sent) == bool(callback)
        theirs = []
        transport = httpx.MockTransport(
            lambda said, kept=theirs: kept.append(said) or httpx.Response(400, json={})
        )
        library = client(api_token=double.key, base_url=double.url, transport=transport)
        with pytest.raises(type_of("replicate.exceptions", "ReplicateError")):
            if version is None:
                name = call.path.removeprefix("/v1/models/").removesuffix("/predictions")
                library.models.predictions.create(name, given, **sent)
            else:
                library.predictions.create(version, given, **sent)
        assert (theirs[0].method, theirs[0].url.path) == (call.method, call.path)
        assert json.loads(theirs[0].content) == call.json
        assert theirs[0].headers["Authorization"] == call.headers["authorization"]
        assert theirs[0].headers.get("Prefer") == call.headers.get("prefer")


def test_the_answers_of_replicates_double_are_of_its_types(double_of, tmp_path, monkeypatch):
    double = double_of("replicate")
    said = []
    monkeypatch.setattr(double, "answer", noted(double.answer, said))
    for fault in ("", "block", "canceled"):
        double.meet(fault)
        outcome(driver_for(double), request_for(tmp_path, "generate:nano_banana_2", {"prompt": "a fox"}))
    prediction = type_of("replicate.prediction", "Prediction")
    told = [prediction(**one) for one in said if isinstance(one, dict)]
    assert {one.status for one in told} >= {"starting", "processing", "succeeded", "failed", "canceled"}


def noted(answer, said):
    """The double's answers, and their bodies in ``said``."""

    def told(call):
        reply = answer(call)
        said.append(reply.body)
        return reply

    return told
