"""Owners hear of a limit at 50, 80 and 100 percent: in the bell, and by mail as they chose."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts import notices, tasks
from accounts.models import Notice, User
from tests.executions.conftest import house
from tests.executions.runs import make_workflow, prompt
from tests.factories import bearer

__all__ = ["house"]

pytestmark = pytest.mark.django_db
LIMIT = {"subject": "team", "period": "month", "credits": "5", "kind": "soft"}


def page(answer) -> str:
    return unescape(answer.content.decode())


@pytest.fixture
def run(alice):
    """Starts a run of one credit as a program does."""
    address, header = f"/api/v1/workflows/{make_workflow(alice, *prompt('a fox')).pk}/execute", bearer(alice)

    def start() -> None:
        answer = Client().post(address, {}, content_type="application/json", headers=header)
        assert answer.status_code == 201

    return start


def told(user: User) -> list[str]:
    found = Notice.objects.filter(user=user, kind="limit").order_by("pk").values_list("text", flat=True)
    return [text.partition(" for the team")[0] for text in found]


def test_each_step_is_in_the_bell_and_in_a_mail_of_owners_once(signed_in, alice, bob, run):
    owner = signed_in(alice)
    assert owner.post("/usage/limits", LIMIT).status_code == 303
    heard = []
    for _ in range(7):
        run()
        tasks.send_notices(alice.pk)
        heard.append(len(mail.outbox))
    assert heard == [0, 0, 1, 2, 3, 3, 3]
    steps = [f"{step} % of the 5 credits a month" for step in (50, 80, 100)]
    assert told(alice) == steps
    assert [sent.subject.partition(" for the team")[0] for sent in mail.outbox] == steps
    assert {tuple(sent.to) for sent in mail.outbox} == {(alice.email,)}
    assert "Notices, 3 new" in page(owner.get("/"))
    assert all(step in page(owner.get("/notices")) for step in steps)
    number = Notice.objects.filter(user=alice).latest("pk").pk
    assert owner.get(f"/notices/{number}").headers["Location"] == "/usage/limits"
    assert (told(bob), "Notices, 3 new" in page(signed_in(bob).get("/"))) == ([], False)


def test_in_a_digest_they_come_together_after_a_day(signed_in, alice, run):
    owner = signed_in(alice)
    owner.post("/settings/notices", {"kind": ["limit"], "digest": "1"})
    owner.post("/usage/limits", LIMIT)
    for _ in range(5):
        run()
    assert (len(told(alice)), notices.unsent()) == (3, [])
    Notice.objects.update(at=timezone.now() - timedelta(days=1, minutes=1))
    assert notices.unsent() == [alice.pk]
    tasks.send_notices(alice.pk)
    (sent,) = mail.outbox
    assert sent.subject == "3 notices from Wireflow UI"
    assert all(f"{step} % of the 5 credits" in sent.body for step in (50, 80, 100))


def test_who_wants_no_such_mail_hears_it_in_the_bell_alone(signed_in, alice, run):
    owner = signed_in(alice)
    owner.post("/settings/notices", {"kind": ["webhook"]})
    owner.post("/usage/limits", LIMIT)
    for _ in range(3):
        run()
    tasks.send_notices(alice.pk)
    assert (len(told(alice)), mail.outbox, notices.unsent()) == (1, [], [])


def test_of_a_limit_that_was_raised_or_lowered_the_steps_are_told_anew(signed_in, alice, run):
    owner = signed_in(alice)
    owner.post("/usage/limits", LIMIT | {"credits": "2"})
    run(), run()
    assert told(alice) == [f"{step} % of the 2 credits a month" for step in (50, 100)]
    owner.post("/usage/limits", LIMIT)
    run(), run()
    assert told(alice)[2:] == [f"{step} % of the 5 credits a month" for step in (50, 80)]
    owner.post("/usage/limits", LIMIT | {"credits": "4"})
    run()
    assert told(alice)[4:] == ["100 % of the 4 credits a month"]
