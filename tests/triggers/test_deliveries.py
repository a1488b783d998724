"""Results that are delivered: what is sent, how often, and what that means for the run."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from accounts.models import TeamSecret
from accounts.sealing import seal
from accounts.team_secrets import open_secret, remove_secret, renew_signing, save_secret, signing_secret
from assets.models import Asset
from executions.actions import cancel_execution
from executions.models import Execution, NodeRun
from executions.states import NodeStatus
from executions.turns import room_of
from providers.posting import TOTAL_SECONDS
from tests.assets.pictures import make_asset, png
from tests.executions.boards import lines, preview, text
from tests.executions.doors import Api
from tests.executions.runs import everything_stored, make_workflow, node_run, prove, start, statuses
from tests.factories import actor_for, make_member, team_of
from tests.receiver import Receiver, receiving
from tests.triggers.guests import execute, publish, refused
from tests.workflows.graphs import node
from triggers import delivery_views
from triggers.deliveries import CLAIM_SECONDS, MOST_DEAF, NothingToSend, look_for_due, send, send_again
from triggers.models import Delivery, DeliveryState
from triggers.tasks import ring_for
from wireflow_ui.errors import WireflowError
from workflows.errors import InvalidGraph

pytestmark = pytest.mark.django_db


@pytest.fixture
def receiver(settings, tmp_path):
    settings.SEAL_KEY_FILE = tmp_path / "seal"
    settings.PUBLIC_URL = "https://wireflow.example.org"
    with receiving() as made:
        settings.DELIVERY_HOSTS = frozenset([made.host])
        yield made


def started(alice, receiver: Receiver, *answers: int, words: str = "a boat", **params) -> Execution:
    """A run that sends a text, and shows the receipt."""
    receiver.answers.extend(answers)
    nodes = [
        text("words", words),
        node("send", "output:webhook", **{"url": receiver.url, **params}),
        preview(),
    ]
    return start(alice, nodes, "words.prompt send.data", "send.receipt out.value")


def carry(execution: Execution, times: int = 1) -> Delivery:
    """Send it so many times, as if each pause were over."""
    for _ in range(times):
        moment = timezone.now() - timedelta(seconds=1)
        Delivery.objects.filter(execution=execution, state=DeliveryState.OPEN).update(due_at=moment)
        send(list(Delivery.objects.filter(execution=execution).values_list("pk", flat=True)))
    execution.refresh_from_db()
    return Delivery.objects.get(execution=execution)


def test_one_that_cannot_be_made_ready_holds_up_no_other(alice, receiver, caplog):
    broken, sound = started(alice, receiver, retries=0), started(alice, receiver)
    Delivery.objects.filter(execution=broken).update(headers={"X-Number": 5})  # no door stores that
    send(list(Delivery.objects.values_list("pk", flat=True)))
    states = dict(Delivery.objects.values_list("execution", "state"))
    assert states == {broken.pk: DeliveryState.FAILED, sound.pk: DeliveryState.DELIVERED}
    assert f"Delivery {Delivery.objects.get(execution=broken).pk} could not be made ready." in caplog.text
    broken.refresh_from_db()
    assert broken.error == (
        "Send Webhook: Not delivered, after 1 try: Something went wrong in this program. "
        "Send it again, or tell whoever runs it."
    )


def test_a_result_is_posted_and_the_run_goes_on_with_the_receipt(alice, receiver):
    execution = started(alice, receiver)
    assert statuses(execution) == {"words": "COMPLETED", "send": "WAITING", "out": "PENDING"}
    assert execution.is_paused and room_of(team_of(alice)) is None
    delivery = carry(execution)
    [call] = receiver.calls
    assert call.json == {
        "executionId": str(execution.pk), "workflowId": execution.workflow_id, "nodeId": "send",
        "data": ["a boat"], "extra": [],
    }  # fmt: skip
    assert execution.status == "COMPLETED"
    receipt = node_run(execution, "out").output["value"][0]
    assert (receipt["status"], receipt["attempts"]) == (200, 1)
    assert (delivery.state, delivery.tries, delivery.due_at) == ("delivered", 1, None)
    assert delivery.log[0]["said"] == "said 200 …"
    prove(execution)
    send([delivery.pk])
    assert len(receiver.calls) == 1


def test_both_signatures_are_those_of_the_body(alice, receiver):
    carry(started(alice, receiver, words="bj\u00f8rn"))
    [call] = receiver.calls
    secret = signing_secret(team_id=team_of(alice).pk)
    body_alone = hmac.new(secret.encode(), call.body, hashlib.sha256).hexdigest()
    assert call.headers["x-webhook-signature"] == f"sha256={body_alone}"
    signed = f"{call.headers['webhook-id']}.{call.headers['webhook-timestamp']}.".encode() + call.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    whole = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert call.headers["webhook-signature"] == f"v1,{whole}"
    assert call.headers["webhook-id"] == str(Delivery.objects.get().pk)
    assert renew_signing(actor=actor_for(alice)) != secret


def test_what_is_not_to_be_signed_is_not(alice, receiver):
    carry(started(alice, receiver, sign="none", headers={"X-From": "here"}))
    headers = receiver.calls[0].headers
    assert headers["x-from"] == "here" and not [name for name in headers if "signature" in name]


def test_it_is_repeated_with_the_same_id_and_bytes_until_it_is_taken(alice, receiver):
    execution = started(alice, receiver, 500, 429)
    delivery = carry(execution)
    pause = delivery.due_at - timezone.now()
    assert (delivery.state, execution.status) == ("open", "RUNNING")
    assert timedelta(seconds=3) < pause <= timedelta(seconds=5)
    delivery = carry(execution)
    assert timedelta(seconds=18) < delivery.due_at - timezone.now() <= timedelta(seconds=20)
    delivery = carry(execution)
    assert [one["status"] for one in delivery.log] == [500, 429, 200]
    assert len({(call.headers["webhook-id"], call.body) for call in receiver.calls}) == 1
    assert (delivery.state, execution.status) == ("delivered", "COMPLETED")
    prove(execution)


@pytest.mark.parametrize(("answer", "retries", "tries"), [(500, 1, 2), (404, 5, 1), (302, 5, 1), (408, 0, 1)])
def test_a_result_that_nobody_takes_fails_the_node(alice, receiver, answer, retries, tries):
    execution = started(alice, receiver, *[answer] * 9, retries=retries)
    delivery = carry(execution, 4)
    failed = node_run(execution, "send")
    assert (delivery.state, len(receiver.calls)) == ("failed", tries)
    assert (failed.status, failed.error_code) == ("FAILED", "delivery_failed")
    assert f"answered {answer}" in failed.error and execution.status == "FAILED"
    prove(execution)


def test_a_failure_may_be_passed_over(alice, receiver):
    execution = started(alice, receiver, 410, on_failure="ignore")
    assert carry(execution).state == "failed"
    assert node_run(execution, "send").output["receipt"]["status"] == 410
    assert execution.status == "COMPLETED"


def test_somebody_who_died_with_it_leaves_it_due(alice, receiver):
    execution = started(alice, receiver)
    delivery = Delivery.objects.get()
    Delivery.objects.update(tries=F("tries") + 1, due_at=timezone.now() + timedelta(seconds=CLAIM_SECONDS))
    send([delivery.pk])
    assert receiver.calls == []
    Delivery.objects.update(due_at=timezone.now() - timedelta(seconds=60))
    look_for_due()  # nobody hears the bell here, so it is sent by the chore
    execution.refresh_from_db()
    assert (len(receiver.calls), execution.status) == (1, "COMPLETED")


def test_nothing_is_sent_for_a_run_that_was_stopped(alice, receiver):
    execution = started(alice, receiver)
    assert cancel_execution(execution_id=execution.pk)
    assert (carry(execution).state, receiver.calls) == ("stopped", [])
    prove(execution)


def test_files_are_sent_as_their_public_addresses(alice, receiver, tmp_path):
    asset = make_asset(alice, tmp_path, content=png(8, 8))
    nodes = [
        node("pic", "input:image", image=asset.pk),
        text("alt", "one,two"),
        lines("list"),
        node("send", "output:webhook", url=receiver.url),
    ]
    execution = start(alice, nodes, "pic.image send.data", "alt.prompt list.text", "list.items send.extra")
    carry(execution)
    body = receiver.calls[0].json
    address = "https://wireflow.example.org" + Asset.objects.get().url
    assert body["data"] == [{"url": address, "content_type": "image/png"}]
    assert body["extra"] == ["one", "two"]


def test_a_send_is_never_taken_from_an_earlier_run(alice, receiver):
    first = started(alice, receiver)
    carry(first)
    again = start(
        alice,
        [text("words", "a boat"), node("send", "output:webhook", url=receiver.url)],
        "words.prompt send.data",
        reuse="all",
    )
    carry(again)
    assert len(receiver.calls) == 2
    assert not NodeRun.objects.filter(node_id="send", is_cached=True).exists()


def test_an_address_may_be_a_secret(alice, receiver):
    save_secret(actor=actor_for(alice), name="cms", value=receiver.url + "?token=heron")
    nodes = [
        text("words", "a boat"),
        node("send", "output:webhook", url="secret://cms", headers={"Authorization": "secret://cms"}),
    ]
    delivery = carry(start(alice, nodes, "words.prompt send.data"))
    assert receiver.calls[0].path == "/hook?token=heron"
    assert receiver.calls[0].headers["authorization"].endswith("?token=heron")
    assert delivery.address == "secret://cms" and "heron" not in str(delivery.__dict__)
    assert open_secret(team_id=team_of(alice).pk, name="cms").endswith("heron")


def test_a_secret_that_comes_back_is_not_kept(alice, receiver):
    receiver.echoes = True
    save_secret(actor=actor_for(alice), name="cms", value=receiver.url + "/T0/heron-at-dawn?k=%2Fowl")
    save_secret(actor=actor_for(alice), name="key", value='stork"' + "-" * 190)
    save_secret(actor=actor_for(alice), name="token", value="Bearer kingfisher")
    headers = {"X-Key": "secret://key", "Authorization": "secret://token"}
    delivery = carry(started(alice, receiver, url="secret://cms", headers=headers))
    assert receiver.calls[0].path.endswith("/T0/heron-at-dawn?k=%2Fowl")
    assert delivery.log[0]["said"] == '["/…", "…", "…"]'


def test_the_chore_sends_a_few_of_what_nobody_hears_and_a_claim_outlasts_them(alice, receiver):
    for _ in range(MOST_DEAF + 2):
        started(alice, receiver)
    Delivery.objects.update(due_at=timezone.now() - timedelta(seconds=60))
    look_for_due()
    assert len(receiver.calls) == MOST_DEAF
    assert CLAIM_SECONDS >= 3 * TOTAL_SECONDS


def test_bells_ring_from_one_thread():
    for _ in range(40):
        ring_for([])
    assert [one.name for one in threading.enumerate()].count("bell") == 1


def sending_app(api: Api, author, **params) -> str:
    """An app that sends a text, published."""
    nodes = [text("ask", "a boat"), node("send", "output:webhook", **params)]
    made = make_workflow(author, nodes, "ask.prompt send.data")
    assert publish(api, made, slug="sends", exposedInputs=[]).status_code == 200
    return "sends"


def test_a_guest_sends_with_the_authors_secrets_never_with_its_own(alice, charlie, api, guest, receiver):
    save_secret(actor=actor_for(alice), name="cms", value="of-the-author")
    save_secret(actor=actor_for(charlie), name="cms", value="of-the-guest")
    slug = sending_app(api, alice, url=receiver.url, headers={"X-Key": "secret://cms"})
    assert execute(guest, slug).status_code == 202
    execution = Execution.objects.get()
    assert (execution.team, execution.is_guest) == (team_of(charlie), True)
    carry(execution)
    [call] = receiver.calls
    assert call.headers["x-key"] == "of-the-author"
    signed = hmac.new(
        signing_secret(team_id=team_of(alice).pk).encode(), call.body, hashlib.sha256
    ).hexdigest()
    assert call.headers["x-webhook-signature"] == f"sha256={signed}"


@pytest.mark.parametrize("is_there", [True, False])
def test_an_app_never_tells_which_secrets_its_guest_has(alice, charlie, api, guest, receiver, is_there):
    save_secret(actor=actor_for(alice), name="stripe", value="of-the-author")
    slug = sending_app(api, alice, url=receiver.url, headers={"X": "secret://stripe"})
    remove_secret(actor=actor_for(alice), name="stripe")
    if is_there:
        save_secret(actor=actor_for(charlie), name="stripe", value="of-the-guest")
    status, body = refused(guest, slug)
    assert (status, body["code"], "stripe" in str(body)) == (400, "invalid_graph", False)
    assert not Delivery.objects.exists()


def test_a_guests_run_of_a_workflow_that_is_gone_sends_nothing(alice, api, guest, receiver):
    assert execute(guest, sending_app(api, alice, url=receiver.url)).status_code == 202
    execution = Execution.objects.get()
    Execution.objects.update(workflow=None)
    assert (carry(execution).state, receiver.calls, execution.status) == ("failed", [], "FAILED")
    assert "was deleted" in Delivery.objects.get().log[0]["said"]


@pytest.mark.parametrize("param", ["url", "headers"])
def test_a_wire_chooses_no_secret(alice, receiver, param):
    save_secret(actor=actor_for(alice), name="cms", value=receiver.url)
    brought = "secret://cms" if param == "url" else '{"X": "secret://cms"}'
    nodes = [text("words", brought), node("send", "output:webhook", url=receiver.url)]
    execution = start(alice, nodes, "words.prompt send.data", f"words.prompt send.{param}")
    failed = node_run(execution, "send")
    assert (failed.status, Delivery.objects.exists()) == ("FAILED", False)
    assert failed.error.startswith("A wire may not bring secret://")


@pytest.mark.parametrize("address", ["https://example.org/" + "a" * 2030, "https://example.org/\x7f"])
def test_a_wired_address_that_cannot_be_kept_fails_the_node(alice, receiver, address):
    nodes = [text("words", address), node("send", "output:webhook", url=receiver.url)]
    execution = start(alice, nodes, "words.prompt send.data", "words.prompt send.url")
    failed = node_run(execution, "send")
    assert (failed.status, Delivery.objects.exists()) == ("FAILED", False)
    assert failed.error == "The address must be one line of 2,048 characters at most."
    prove(execution)


def test_a_secret_that_no_header_can_have_ends_its_own_delivery_alone(alice, receiver):
    save_secret(actor=actor_for(alice), name="word", value="password")
    TeamSecret.objects.filter(name="word").update(
        sealed=seal("p\u00e4ssword")
    )  # one of before that was asked
    wrong = started(alice, receiver, headers={"X-Key": "secret://word"})
    right = started(alice, receiver)
    send(list(Delivery.objects.values_list("pk", flat=True)))
    delivery = Delivery.objects.get(execution=wrong)
    assert (delivery.state, delivery.tries, len(receiver.calls)) == ("failed", 1, 1)
    assert "“X-Key”" in delivery.log[0]["said"] and "ssword" not in delivery.log[0]["said"]
    assert Delivery.objects.get(execution=right).state == "delivered"
    prove(wrong)
    prove(right)


def test_what_nobody_foresaw_is_the_failure_of_one_delivery(alice, receiver, caplog):
    wrong, right = started(alice, receiver, retries=0), started(alice, receiver)
    Delivery.objects.filter(execution=wrong).update(
        headers={"p\u00e4ss": "x"}
    )  # a row that nothing here writes
    send(list(Delivery.objects.values_list("pk", flat=True)))
    assert Delivery.objects.get(execution=wrong).state == "failed"
    assert Delivery.objects.get(execution=right).state == "delivered"
    assert (len(receiver.calls), "could not be posted" in caplog.text) == (1, True)


def test_a_server_that_dies_with_it_each_time_does_not_send_it_for_ever(alice, receiver):
    execution = started(alice, receiver, retries=1)
    Delivery.objects.update(tries=2)
    carry(execution)  # once more than asked for
    assert len(receiver.calls) == 1
    later = started(alice, receiver, retries=1)
    Delivery.objects.filter(execution=later).update(tries=3)
    assert (carry(later).state, later.status, len(receiver.calls)) == ("failed", "FAILED", 1)
    prove(later)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"url": "secret://cms"}, "no secret “cms”"),
        ({"url": "http://example.org/"}, "https://"),
        ({"url": "https://example.org:8443/"}, "port 80 or 443"),
        ({"url": "https://x@example.org/"}, "user name"),
        ({"headers": {"A": "secret://nope"}}, "no secret “nope”"),
    ],
)
def test_what_cannot_be_sent_is_refused_before_anything_is_paid(alice, receiver, params, said):
    before = everything_stored()
    with pytest.raises(InvalidGraph) as refusal:
        start(
            alice,
            [text("words", "a"), node("send", "output:webhook", **{"url": receiver.url, **params})],
            "words.prompt send.data",
            credits=0,
        )
    assert said in refusal.value.context["violations"][0]["message"]
    assert everything_stored() == before and not Delivery.objects.exists()


@pytest.mark.parametrize(
    "headers", [{"Host": "x"}, {"a b": "x"}, {"A": "x\ny"}, {"Webhook-Id": "1"}, {"A": 1}]
)
def test_headers_that_are_none_fail_the_node(alice, receiver, headers):
    execution = started(alice, receiver, headers=headers)
    assert node_run(execution, "send").status == NodeStatus.FAILED
    assert not Delivery.objects.exists()


def test_private_addresses_are_not_called(alice, receiver, settings):
    settings.DELIVERY_HOSTS = frozenset()
    nodes = [text("words", "a"), node("send", "output:webhook", url="https://127.0.0.1/", retries=0)]
    delivery = carry(start(alice, nodes, "words.prompt send.data"))
    assert (delivery.state, delivery.log[0]["status"]) == ("failed", 0)
    assert delivery.log[0]["said"].startswith("The address could not be reached.")


def test_sending_again_changes_no_run(alice, receiver, signed_in):
    execution = started(alice, receiver, 404)
    delivery = carry(execution)
    before = everything_stored()
    browser = signed_in(alice)
    shown = browser.get("/deliveries").content.decode()
    assert "404" in shown and f"/deliveries/{delivery.pk}/again" in shown
    assert "said 404" in browser.get(f"/executions/{execution.pk}?part=node_runs").content.decode()
    answer = browser.post(f"/deliveries/{delivery.pk}/again", {"back": "run"})
    assert (answer.status_code, answer["Location"]) == (303, f"/executions/{execution.pk}#deliveries")
    delivery.refresh_from_db()
    with pytest.raises(NothingToSend):
        send_again(delivery=delivery)
    assert carry(execution).state == "delivered"
    assert (execution.status, everything_stored()) == ("FAILED", before)
    assert [one["status"] for one in Delivery.objects.get().log] == [404, 200]


def test_secrets_are_for_owners_and_never_shown(alice, receiver, signed_in):
    browser = signed_in(alice)
    assert browser.post("/settings/secrets", {"name": "cms", "value": "heron"}).status_code == 303
    assert browser.post("/settings/secrets", {"name": "CMS", "value": "heron"}).status_code == 400
    kept = TeamSecret.objects.values_list("sealed", flat=True).get()
    answer = browser.post("/settings/secrets", {"name": "cms", "value": "h\u00e9ron"})
    assert (answer.status_code, "letters without accents" in answer.content.decode()) == (400, True)
    assert "h\u00e9ron" not in answer.content.decode()
    assert TeamSecret.objects.values_list("sealed", flat=True).get() == kept
    page = browser.get("/settings?tab=secrets").content.decode()
    assert "secret://cms" in page and "heron" not in page and "whsec_" not in page
    assert "whsec_" in browser.post("/settings/secrets/signing").content.decode()
    bob: Client = signed_in(make_member("bob", team_of(alice), role="editor"))
    assert bob.post("/settings/secrets/signing").status_code == 403
    assert bob.post("/settings/secrets/remove", {"name": "cms"}).status_code == 403
    assert browser.post("/settings/secrets/remove", {"name": "*signing"}).status_code == 404
    assert browser.post("/settings/secrets/remove", {"name": "cms"}).status_code == 303
    with pytest.raises(WireflowError):
        open_secret(team_id=team_of(alice).pk, name="cms")


def test_what_is_sent_is_shown_to_the_byte_and_to_the_team_alone(alice, charlie, receiver, signed_in):
    delivery = carry(started(alice, receiver))
    answer = signed_in(alice).get(f"/deliveries/{delivery.pk}.json")
    assert answer.content == receiver.calls[0].body and answer["Content-Type"].startswith("application/json")
    assert signed_in(charlie).get(f"/deliveries/{delivery.pk}.json").status_code == 404


def test_deliveries_are_shown_in_pages(alice, receiver, signed_in, monkeypatch):
    monkeypatch.setattr(delivery_views, "PAGE", 2)
    made = [Delivery.objects.get(execution=started(alice, receiver)) for _ in range(5)]
    Delivery.objects.update(created_at=made[0].created_at)  # all of one moment
    browser, cursor, seen = signed_in(alice), "", []
    while True:
        page = browser.get("/deliveries", {"cursor": cursor})
        seen += [one.delivery.pk for one in page.context["deliveries"]]
        cursor = page.context["cursor"]
        if not cursor:
            break
        assert "Show older deliveries" in page.content.decode()
    assert seen == sorted(one.pk for one in made)
    last = made[0]
    after = f"{last.created_at.isoformat()}~{'f' * 32}"
    assert "there are no older ones" in browser.get("/deliveries", {"cursor": after}).content.decode()
