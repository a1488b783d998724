"""Notices: each person is told once, in the bell and by mail as they chose."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from accounts import notices, tasks, teams
from accounts.models import Member, Notice
from tests.factories import actor_for, team_of

pytestmark = pytest.mark.django_db


def page(answer) -> str:
    return unescape(answer.content.decode())


def tell(*users, key="k", kind="limit", text="Half of it is used.", link="/usage/limits") -> None:
    notices.tell(
        team_id=team_of(users[0]).pk, kind=kind, key=key, text=text, link=link, users=[u.pk for u in users]
    )


def mails(rung: list) -> list:
    """Of what a commit did, what sends a mail; open canvases are told as well."""
    return [one for one in rung if one.func is tasks.ring]


def test_the_same_is_told_once_and_the_bell_counts_it(signed_in, alice, bob):
    tell(alice)
    tell(alice, bob)
    assert list(Notice.objects.values_list("user", flat=True)) == [alice.pk, bob.pk]
    browser = signed_in(alice)
    assert "Notices, 1 new" in page(browser.get("/"))
    assert "Notices, 1 new" in page(browser.get("/notices?part=bell"))
    assert "Half of it is used." in page(browser.get("/notices"))
    number = Notice.objects.get(user=alice).pk
    answer = browser.get(f"/notices/{number}")
    assert answer.headers["Location"] == "/usage/limits"
    assert "Notices, 1 new" not in page(browser.get("/"))
    assert Notice.objects.get(user=bob).read_at is None


def test_nobody_reads_the_notices_of_others(signed_in, alice, charlie):
    tell(alice, text="A secret of Alice")
    browser = signed_in(charlie)
    assert browser.get(f"/notices/{Notice.objects.get().pk}").status_code == 404
    assert "A secret of Alice" not in page(browser.get("/notices"))
    browser.post("/notices/read")
    assert Notice.objects.get().read_at is None
    assert signed_in(alice).post("/notices/read").status_code == 303
    assert Notice.objects.get().read_at is not None


def test_the_bell_of_the_canvas_has_the_newest_of_ones_own(signed_in, alice, charlie):
    for number in range(10):
        tell(alice, key=str(number), text=f"Notice {number}")
    browser = signed_in(alice)
    said = browser.get("/notices/newest").json()
    assert said["unread"] == 10
    assert [one["text"] for one in said["notices"]] == [f"Notice {number}" for number in range(9, 1, -1)]
    assert all(one["isNew"] and one["team"] == "" for one in said["notices"])
    Member.objects.create(user=charlie, team=team_of(alice), role="viewer")
    tell(charlie, text="In a second team")
    theirs = signed_in(charlie).post("/notices/newest").json()
    assert theirs["unread"] == 0
    (only,) = theirs["notices"]
    assert (only["text"], only["isNew"], only["team"]) == ("In a second team", False, team_of(charlie).name)
    assert browser.get("/notices/newest").json()["unread"] == 10


def test_a_notice_leads_into_its_team(signed_in, alice, charlie):
    Member.objects.create(user=charlie, team=team_of(alice), role="viewer")
    notices.tell(
        team_id=team_of(alice).pk, kind="approval", key="a", text="t", link="/approvals", users=[charlie.pk]
    )
    browser = signed_in(charlie)
    assert f"{team_of(charlie).name} · owner" in page(browser.get("/"))
    browser.get(f"/notices/{Notice.objects.get().pk}")
    assert f"{team_of(alice).name} · viewer" in page(browser.get("/"))


def test_whoever_leaves_a_team_hears_of_it_no_more(alice, bob):
    tell(bob)
    teams.remove_member(actor=actor_for(alice), member_id=Member.objects.get(user=bob).pk)
    assert not Notice.objects.exists()


def test_a_mail_goes_out_once_after_the_commit(alice, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as rung:
        tell(alice)
    assert (len(mails(rung)), mail.outbox) == (1, [])
    for _ in range(2):
        tasks.send_notices(alice.pk)
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["alice@example.org"], "Half of it is used.")
    assert f"http://127.0.0.1:8000/notices/{Notice.objects.get().pk}" in sent.body


def test_what_was_undone_is_told_to_nobody(alice, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as rung, pytest.raises(ZeroDivisionError), transaction.atomic():
        tell(alice)
        _ = 1 / 0
    assert rung == []
    assert not Notice.objects.exists()


def test_a_mail_that_cannot_go_out_waits_and_is_rung_for_again(alice, settings):
    tell(alice)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    with pytest.raises(OSError, match="refused"):
        tasks.send_notices(alice.pk)
    assert notices.unsent() == []
    Notice.objects.update(at=timezone.now() - timedelta(minutes=2))
    assert notices.unsent() == []
    Notice.objects.update(mail_after=timezone.now())
    assert notices.unsent() == [alice.pk]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    tasks.send_notices(alice.pk)
    assert (len(mail.outbox), notices.unsent()) == (1, [])


def test_people_choose_what_is_mailed(signed_in, alice, django_capture_on_commit_callbacks):
    browser = signed_in(alice)
    assert page(browser.get("/settings?tab=notices")).count(" checked") == len(notices.KINDS)
    browser.post("/settings/notices", {"kind": ["approval", "nonsense"]})
    assert page(browser.get("/settings?tab=notices")).count(" checked") == 1
    with django_capture_on_commit_callbacks() as rung:
        tell(alice)
    tasks.send_notices(alice.pk)
    assert (mails(rung), mail.outbox, Notice.objects.count()) == ([], [], 1)


def test_a_digest_gathers_a_day(signed_in, alice, django_capture_on_commit_callbacks):
    signed_in(alice).post("/settings/notices", {"kind": list(notices.KINDS), "digest": "1"})
    with django_capture_on_commit_callbacks() as rung:
        tell(alice, key="one")
        tell(alice, key="two", text="All of it is used.")
    assert (mails(rung), notices.unsent()) == ([], [])
    Notice.objects.filter(key="one").update(at=timezone.now() - timedelta(days=1, minutes=1))
    assert notices.unsent() == [alice.pk]
    tasks.send_notices(alice.pk)
    (sent,) = mail.outbox
    assert sent.subject == "2 notices from Wireflow UI"
    assert "Half of it is used." in sent.body and "All of it is used." in sent.body


def test_old_notices_are_forgotten(alice):
    tell(alice, key="old")
    tell(alice, key="new")
    Notice.objects.filter(key="old").update(at=timezone.now() - timedelta(days=91))
    notices.forget_old()
    assert Notice.objects.get().key == "new"


def test_many_notices_come_in_pages(signed_in, alice):
    for number in range(32):
        tell(alice, key=str(number), text=f"Notice {number}.")
    browser = signed_in(alice)
    first = browser.get("/notices")
    assert (len(first.context["notices"]), "Notice 31." in page(first)) == (30, True)
    rest = browser.get(f"/notices?before={first.context['next_id']}")
    assert [one.text for one in rest.context["notices"]] == ["Notice 1.", "Notice 0."]
