"""Runs with a key of the team's own: it comes first, stays with its jobs, and is nobody else's."""

from __future__ import annotations

import pytest
from django.db.models.functions import Now

from accounts import provider_keys
from executions import breakers, places
from executions.actions import Start
from executions.engine import due
from executions.models import Breaker, NodeRun, Submission
from executions.plan import plan
from executions.providers import choose, provider_named
from providers.catalog import load_catalog
from providers.http import Access
from tests.doubles.apiframe import ApiframeDouble
from tests.doubles.every import DOUBLES
from tests.doubles.server import running
from tests.executions.boards import node, preview, text
from tests.executions.doors import Api
from tests.executions.runs import Hand, age, end_of, node_run, prove, start, wallet
from tests.factories import actor_for, team_of

DRAW = [text("ask", "a fox"), node("make", "generate:nano_banana_2"), preview()]
WIRES = ("ask.prompt make.prompt", "make.images out.value")
OF_THE_SERVER = "key-of-the-server-01234"


@pytest.fixture(autouse=True)
def sealed_here(settings, house, tmp_path):
    settings.SEAL_KEYS, settings.SEAL_KEY_FILE = [], tmp_path / "seal-key"


@pytest.fixture
def double(request, settings):
    """A provider that takes the team's key alone; this server has another one for it."""
    with running(DOUBLES[getattr(request, "param", "fal")]()) as double:
        settings.PROVIDER_ADDRESSES = {double.name: double.base_url}
        settings.PROVIDER_ACCESS = {double.name: Access(double.base_url, OF_THE_SERVER)}
        provider_named.cache_clear()
        yield double


def give(user, double, key=""):
    given = {"key": key or double.key}
    return provider_keys.save_provider_key(actor=actor_for(user), provider=double.name, given=given)


def poll(hand, execution):
    waiting = NodeRun.objects.filter(execution=execution, status="WAITING")
    age(waiting, due_at=Now())
    for claim in due.claim_polls(list(waiting.values_list("pk", flat=True))):
        hand.poll(claim)


def carried(user, double):
    """A run that is carried to its end."""
    execution, hand = start(user, DRAW, *WIRES), Hand()
    hand.do(execution)
    for _ in range(6):
        poll(hand, execution)
    done = hand.finish(execution)
    prove(done)
    return done


def test_the_teams_own_key_comes_before_the_servers(engine, alice, double, settings):
    double.waits = 0
    key = give(alice, double)
    done = end_of(start(alice, DRAW, *WIRES))
    assert (done.status, node_run(done).provider, wallet(alice)) == ("COMPLETED", "fal", (993, 0, 7))
    assert Submission.objects.get().own_key
    key.refresh_from_db()
    assert key.last_used_at is not None
    assert not [call for call in double.calls if OF_THE_SERVER in call.headers.get("authorization", "")]


def test_a_key_opens_routes_for_its_own_team_alone(alice, charlie, double, settings):
    settings.PROVIDER_ACCESS = {}
    give(alice, double)
    kind = load_catalog()["generate:nano_banana_2"]
    params = {param.id: param.default for param in kind.params}
    assert choose(kind, team_of(alice), ["prompt"], params).provider == "fal"
    assert choose(kind, team_of(charlie), ["prompt"], params).provider == "sandbox"


def test_a_key_that_is_refused_stops_its_own_team_alone_and_says_where_to_mend_it(
    alice, charlie, double, settings
):
    settings.PROVIDER_ACCESS = {"fal": Access(double.base_url, double.key)}
    provider_named.cache_clear()
    double.waits = 0
    refused = give(alice, double, "wrong-key-0123456789")
    execution, hand = start(alice, DRAW, *WIRES), Hand()
    hand.do(execution)
    failed = hand.finish(execution)
    row = node_run(failed)
    assert (failed.status, row.error_code, wallet(alice)) == ("FAILED", "auth_failed", (1000, 0, 0))
    assert row.error.startswith("fal refused the key of your team.")
    assert row.error.endswith("An owner of the team can change it under Settings → Provider keys.")
    assert list(Breaker.objects.values_list("provider", flat=True)) == [f"fal/{refused.pk}"]
    assert carried(charlie, double).status == "COMPLETED"
    assert breakers.shut([breakers.name_of("fal", team_of(alice))])
    give(alice, double)
    assert not breakers.shut([breakers.name_of("fal", team_of(alice))])
    assert carried(alice, double).status == "COMPLETED"


def test_a_job_stays_with_the_key_that_began_it(alice, double, settings):
    settings.PROVIDER_ACCESS = {"fal": Access(double.base_url, double.key)}
    provider_named.cache_clear()
    execution, hand = start(alice, DRAW, *WIRES), Hand()
    hand.do(execution)
    give(alice, double, "another-accounts-key-01")
    for _ in range(3):
        poll(hand, execution)
    assert hand.finish(execution).status == "COMPLETED"
    assert not Submission.objects.get().own_key


def test_without_its_key_a_job_is_not_fetched_with_the_servers(alice, double, settings):
    settings.PROVIDER_ACCESS = {"fal": Access(double.base_url, double.key)}
    provider_named.cache_clear()
    give(alice, double)
    execution, hand = start(alice, DRAW, *WIRES), Hand()
    hand.do(execution)
    provider_keys.remove_provider_key(actor=actor_for(alice), provider="fal")
    count = len(double.calls)
    poll(hand, execution)
    done = hand.finish(execution)
    said = "Your team has no key for fal any more, so the result cannot be fetched."
    assert (done.status, node_run(done).error_code) == ("FAILED", "auth_failed")
    assert node_run(done).error == f"{said} Add one under Settings → Provider keys."
    assert (len(double.calls), wallet(alice)) == (count, (1000, 0, 0))


def test_a_key_that_cannot_be_opened_any_more_asks_to_be_entered_again(alice, double, settings, tmp_path):
    give(alice, double)
    settings.SEAL_KEY_FILE = tmp_path / "another-key"
    execution, hand = start(alice, DRAW, *WIRES), Hand()
    hand.do(execution)
    done = hand.finish(execution)
    assert node_run(done).error == (
        "The key of your team for fal.ai cannot be opened. Enter it again under Settings → Provider keys."
    )
    assert double.calls == []


@pytest.mark.parametrize("double", ["apiframe"], indirect=True)
def test_news_are_checked_with_the_key_that_began_the_job(alice, client, double, settings):
    settings.PROVIDER_WEBHOOKS, settings.PUBLIC_URL = True, "https://wireflow.example.org"
    double.waits = 0
    give(alice, double)
    Hand().do(start(alice, DRAW, *WIRES))
    sent = Submission.objects.get()
    path = f"/webhooks/providers/apiframe/{sent.idempotency_key}"
    headers, body = double.webhook(sent.provider_ref)
    other = ApiframeDouble.webhook(type("Other", (), {"key": OF_THE_SERVER})(), sent.provider_ref)[0]
    for told, status in ((other, 401), (headers, 200)):
        answer = client.post(path, body, content_type="application/json", headers=told)
        assert answer.status_code == status
        sent.refresh_from_db()
        assert (sent.told_at is not None) == (status == 200)


def test_each_account_has_places_of_its_own(alice, charlie, double, settings):
    settings.PROVIDER_ACCESS = {"fal": Access(double.base_url, double.key)}
    provider_named.cache_clear()
    settings.PROVIDER_CONCURRENCY = {"fal": 1}
    give(alice, double)
    hand, runs = Hand(), [start(user, DRAW, *WIRES) for user in (charlie, alice, charlie, alice)]
    for execution in runs:
        hand.do(execution)
    assert [node_run(one).status for one in runs] == ["WAITING", "WAITING", "READY", "READY"]
    held = {("fal", team_of(charlie).pk, False): 1, ("fal", team_of(alice).pk, True): 1}
    assert places.places_held() == held


def test_the_estimate_says_who_would_be_called(alice, client, double):
    workflow = start(alice, DRAW, *WIRES).workflow
    api = Api(client, alice)
    for own in (False, True):
        if own:
            give(alice, double)
        [line] = api.post(f"/workflows/{workflow.pk}/estimate", {}).json()["data"]["breakdown"]
        assert (line["provider"], line["ownKey"]) == ("fal", own)


def test_the_plan_says_who_would_be_called_and_whose_key_is_missing(alice, double, settings):
    settings.PROVIDER_ACCESS = {}
    workflow = start(alice, DRAW, *WIRES).workflow

    def told():
        lines = {one["nodeId"]: one for one in plan(workflow, actor_for(alice), Start())["nodes"]}
        [line] = [one for one in lines.values() if one["provider"] not in ("", "local")]
        return line["provider"], line["providerTitle"], line["ownKey"], line["openedBy"]

    assert told() == ("sandbox", "", False, ["fal.ai"])
    settings.PROVIDER_ACCESS = {"fal": Access(double.base_url, OF_THE_SERVER)}
    assert told() == ("fal", "fal.ai", False, [])
    give(alice, double)
    assert told() == ("fal", "fal.ai", True, [])
