"""Providers that tell of the end of a job: the result comes at once, once, and only by those who may say so."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest

from executions.engine import due, waits
from executions.models import NodeRun, Submission
from executions.providers import provider_named
from providers.http import Access
from tests.doubles.apiframe import ApiframeDouble
from tests.doubles.fal import FalDouble
from tests.doubles.replicate import ReplicateDouble
from tests.doubles.server import Double, running
from tests.executions.bells import Bell
from tests.executions.boards import node, preview, text
from tests.executions.runs import Hand, everything_stored, node_run, prove, start, wallet

DOUBLES = {"fal": FalDouble, "replicate": ReplicateDouble}


@pytest.fixture(params=DOUBLES)
def double(request, settings, house):
    with running(DOUBLES[request.param](waits=0)) as made:
        settings.PROVIDER_ACCESS = {made.name: Access(made.base_url, made.key)}
        settings.PROVIDER_WEBHOOKS = True
        settings.PUBLIC_URL = "https://wireflow.example.org"
        provider_named.cache_clear()
        yield made


@pytest.fixture
def bell():
    from executions import dispatch

    made = Bell()
    dispatch.connect(made)
    yield made
    dispatch.connect(None)


def begun(user):
    """A run whose job lies at the provider."""
    nodes = [text("ask", "a fox"), node("make", "generate:nano_banana_2"), preview()]
    run = start(user, nodes, "ask.prompt make.prompt", "make.images out.value")
    hand = Hand()
    hand.do(run)
    assert node_run(run).status == "WAITING"
    return run, hand


def told(double: Double) -> str:
    """The address that the provider was told, without our host."""
    [call] = [call for call in double.calls if call.method == "POST"]
    from urllib.parse import parse_qs, urlsplit

    query = parse_qs(urlsplit(call.path).query)
    address = query["fal_webhook"][0] if query else call.json["webhook"]
    assert address.startswith(f"https://wireflow.example.org/webhooks/providers/{double.name}/")
    return urlsplit(address).path


def send(client, path: str, message: tuple[dict[str, str], bytes]):
    headers, body = message
    return client.post(path, body, content_type="application/json", headers=headers)


def job_of(double: Double) -> str:
    return next(iter(double.jobs))


def test_news_of_a_job_bring_its_result_by_a_poll(
    double, alice, client, bell, django_capture_on_commit_callbacks
):
    run, hand = begun(alice)
    assert hand.waits[0] >= 30  # polls are a safety net alone
    assert due.claim_polls([node_run(run).pk]) == []
    with django_capture_on_commit_callbacks(execute=True):
        assert send(client, told(double), double.webhook(job_of(double))).status_code == 200
    assert bell.heard["due"] == [node_run(run).pk]
    hand.poll(due.claim_polls(bell.heard["due"])[0])
    hand.finish(run)
    prove(run)
    assert (run.status, wallet(alice)) == ("COMPLETED", (993, 0, 7))
    before = everything_stored()
    with django_capture_on_commit_callbacks(execute=True):
        again = send(client, told(double), double.webhook(job_of(double)))
    assert (again.status_code, everything_stored(), len(bell.heard["due"])) == (200, before, 1)


@pytest.mark.parametrize("forgery", ["unsigned", "old", "ahead", "other body", "other signature", "no key"])
def test_forged_and_old_news_change_nothing(forgery, double, alice, client, bell):
    run, _ = begun(alice)
    path, job = told(double), job_of(double)
    headers, body = double.webhook(job, age={"old": 301, "ahead": -400}.get(forgery, 0))
    if forgery == "unsigned":
        headers = {}
    if forgery == "other body":
        body += b" "
    if forgery == "other signature":
        headers = {
            name: value[::-1] if name.endswith("Signature") else value for name, value in headers.items()
        }
    if forgery == "no key":
        path = path[:-1] + ("0" if path[-1] != "0" else "1")
    row = NodeRun.objects.values().get(pk=node_run(run).pk)
    answer = send(client, path, (headers, body))
    assert answer.status_code == (404 if forgery == "no key" else 401)
    assert NodeRun.objects.values().get(pk=row["id"]) == row
    assert (Submission.objects.get().told_at, bell.heard["due"]) == (None, [])


def test_news_of_another_job_change_nothing(double, alice, client, bell):
    begun(alice)
    assert send(client, told(double), double.webhook("another-job")).status_code == 200
    assert (Submission.objects.get().told_at, bell.heard["due"]) == (None, [])


def test_news_before_the_answer_to_the_call_wait_for_it(
    double, alice, client, bell, monkeypatch, django_capture_on_commit_callbacks
):
    wait, early = waits.wait_for_results, []

    def tell_first(taken):
        early.append(send(client, told(double), double.webhook(job_of(double))).status_code)
        return wait(taken)

    monkeypatch.setattr(waits, "wait_for_results", tell_first)
    with django_capture_on_commit_callbacks(execute=True):
        run, hand = begun(alice)
    assert early == [200]
    assert node_run(run).pk in bell.heard["due"]
    hand.poll(due.claim_polls([node_run(run).pk])[0])
    assert hand.finish(run).status == "COMPLETED"


def test_without_the_setting_no_provider_is_told_an_address(double, alice, settings):
    settings.PROVIDER_WEBHOOKS = False
    begun(alice)
    [call] = [call for call in double.calls if call.method == "POST"]
    assert "webhook" not in call.path + call.body.decode()


@pytest.mark.parametrize("form", ["digest", "hexdigest"])
def test_apiframe_signs_with_the_hash_of_its_key(form, alice, client, settings, house):
    with running(ApiframeDouble()) as double:
        settings.PROVIDER_ACCESS = {"apiframe": Access(double.base_url, double.key)}
        settings.PROVIDER_WEBHOOKS = True
        provider_named.cache_clear()
        begun(alice)
        [call] = [call for call in double.calls if call.method == "POST"]
    assert call.json["webhookEvents"] == ["completed", "failed"]
    key = getattr(hashlib.sha256(double.key.encode()), form)()
    body = json.dumps({"event": "completed", "jobId": Submission.objects.get().provider_ref}).encode()
    signed = hmac.new(key if isinstance(key, bytes) else key.encode(), body, "sha256").hexdigest()
    path = call.json["webhookUrl"].removeprefix(settings.PUBLIC_URL)
    for signature, status in ((f"sha256={signed[::-1]}", 401), (f"sha256={signed}", 200)):
        answer = send(client, path, ({"X-Webhook-Signature": signature}, body))
        assert (answer.status_code, Submission.objects.get().told_at is None) == (status, status != 200)
