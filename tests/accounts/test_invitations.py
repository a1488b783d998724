"""Invitations: by link or mail, once, for one team."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client
from django.utils import timezone

from accounts import invitations, tasks
from accounts.models import AuditEntry, Invitation, Member, Notice, User
from tests.factories import PASSWORD, actor_for, team_of

pytestmark = pytest.mark.django_db

NEW = {"email": "nora@example.org", "name": "Nora", "password": "seven blue paper boats"}


def page(answer) -> str:
    return unescape(answer.content.decode())


def invited(alice, role="viewer", email="") -> str:
    """The path of a new invitation's link."""
    address = invitations.invite(actor=actor_for(alice), role=role, email=email).address
    return "/" + address.split("/", 3)[3]


def test_the_link_is_shown_once_and_stored_as_a_hash(signed_in, alice):
    browser = signed_in(alice)
    answer = browser.post("/settings/invitations", {"role": "runner", "hours": "1", "do": "link"})
    assert answer.status_code == 201
    assert "no-store" in answer.headers["Cache-Control"]
    (token,) = set(re.findall(r"/invitation/([\w-]{43})", page(answer)))
    made = Invitation.objects.get()
    assert token not in str(Invitation.objects.values().get())
    assert (made.role, made.email, made.expires_at - made.created_at < timedelta(hours=1, seconds=5)) == (
        "runner",
        "",
        True,
    )
    assert token not in page(browser.get("/settings?tab=members"))


def test_a_stranger_who_joins_sees_this_team_alone(client, alice, charlie):
    path = invited(alice, role="runner")
    text = page(client.get(path))
    assert f"Join “{team_of(alice).name}”" in text and "Starts, stops and answers runs" in text
    answer = client.post(path, NEW)
    assert answer.headers["Location"] == "/"
    nora = User.objects.get(email="nora@example.org")
    assert list(nora.memberships.values_list("team", "role")) == [(team_of(alice).pk, "runner")]
    settings = page(client.get("/settings?tab=team"))
    assert team_of(alice).name in settings and team_of(charlie).name not in settings


def test_an_invitation_is_good_once(alice):
    path = invited(alice)
    assert Client().post(path, NEW).status_code == 303
    before = Member.objects.count()
    again = Client().post(path, {**NEW, "email": "otto@example.org"})
    assert (again.status_code, "lets nobody in any more" in page(again)) == (404, True)
    assert (Member.objects.count(), User.objects.filter(email="otto@example.org").exists()) == (before, False)


@pytest.mark.parametrize("end", ["late", "withdrawn", "no token", "unknown"])
def test_a_link_that_is_over_opens_nothing(client, signed_in, alice, end):
    path = invited(alice)
    if end == "late":
        Invitation.objects.update(expires_at=timezone.now())
    elif end == "withdrawn":
        number = Invitation.objects.get().pk
        assert signed_in(alice).post(f"/settings/invitations/{number}/withdraw").status_code == 303
    else:
        path = "/invitation/" if end == "no token" else "/invitation/x"
    assert client.get(path).status_code == 404
    assert client.post(path, NEW).status_code == 404
    assert list(User.objects.values_list("pk", flat=True)) == [alice.pk]


def test_somebody_known_joins_as_who_they_are(signed_in, alice, charlie):
    path, browser = invited(alice, role="editor"), signed_in(charlie)
    assert "Join as charlie@example.org" in page(browser.get(path))
    assert browser.post(path).headers["Location"] == "/"
    assert Member.objects.get(user=charlie, team=team_of(alice)).role == "editor"
    assert f"{team_of(alice).name} · editor" in page(browser.get("/"))
    refused = browser.post(invited(alice))
    assert (refused.status_code, "You are a member of this team already." in page(refused)) == (409, True)
    assert Invitation.objects.open().count() == 1


def test_an_invitation_for_an_address_lets_nobody_else_in(signed_in, alice, charlie):
    path, browser = invited(alice, email="Nora@example.org"), signed_in(charlie)
    assert "this invitation is for nora@example.org" in page(browser.get(path))
    refused = browser.post(path)
    assert (refused.status_code, "is for nora@example.org" in page(refused)) == (403, True)
    assert not Member.objects.filter(user=charlie, team=team_of(alice)).exists()
    joined = Client().post(path, {**NEW, "email": "mallory@example.org"})
    assert joined.status_code == 303
    assert not User.objects.filter(email="mallory@example.org").exists()
    assert Member.objects.get(user__email="nora@example.org").team == team_of(alice)


def test_whoever_is_known_by_the_address_signs_in_first(client, alice, charlie):
    path = invited(alice, email="charlie@example.org")
    assert f"/sign-in?next={path}" in page(client.get(path))
    answer = client.post(path, {"password": "seven blue paper boats"})
    assert (answer.status_code, "Sign in as charlie@example.org" in page(answer)) == (400, True)
    assert Invitation.objects.open().exists()
    charlie.refresh_from_db()
    assert charlie.check_password(PASSWORD)


def test_a_weak_password_makes_nobody_and_leaves_the_invitation(client, alice):
    path = invited(alice)
    answer = client.post(path, {**NEW, "password": "short"})
    assert (answer.status_code, "too short" in page(answer)) == (400, True)
    assert not User.objects.filter(email=NEW["email"]).exists()
    assert Invitation.objects.open().exists()


def test_a_mail_brings_the_link_and_is_sent_once(client, signed_in, alice):
    answer = signed_in(alice).post(
        "/settings/invitations", {"email": "nora@example.org", "role": "viewer", "hours": "24", "do": "mail"}
    )
    assert answer.status_code == 303
    made = Invitation.objects.get()
    assert (made.digest, made.mailed_at, mail.outbox) == (None, None, [])
    Invitation.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    assert invitations.unsent() == [made.pk]
    tasks.send_invitation(made.pk)
    tasks.send_invitation(made.pk)
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["nora@example.org"], "Alice invites you to “Alice's team”")
    assert invitations.unsent() == []
    (path,) = re.findall(r"http://127.0.0.1:8000(/invitation/\S+)", sent.body)
    assert client.post(path, NEW).status_code == 303
    assert Member.objects.filter(user__email="nora@example.org", role="viewer").exists()


def test_without_a_mail_server_the_link_is_shown_to_be_sent_by_hand(client, signed_in, alice, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    asked = {"email": "nora@example.org", "role": "viewer", "hours": "24"}
    answer = signed_in(alice).post("/settings/invitations", asked | {"do": "mail"})
    assert answer.status_code == 201
    assert "No mail server is set up: copy this link and send it yourself." in page(answer)
    assert "on its way" not in page(answer)
    assert (Invitation.objects.get().by_mail, invitations.unsent()) == (False, [])
    (path,) = set(re.findall(r"http://127.0.0.1:8000(/invitation/[^\s<\"]+)", page(answer)))
    assert client.post(path, NEW).status_code == 303
    linked = signed_in(alice).post("/settings/invitations", {"role": "viewer", "hours": "24", "do": "link"})
    assert "No mail server" not in page(linked)


class Killed(BaseEmailBackend):
    """Stands for a worker that dies while it sends."""

    def send_messages(self, email_messages):
        raise SystemExit


def mailed_invitation(alice) -> Invitation:
    made = invitations.invite(actor=actor_for(alice), role="viewer", email="n@example.org", by_mail=True)
    Invitation.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    return made.invitation


def test_a_mail_whose_sender_died_goes_out_later(alice, settings):
    made, backend = mailed_invitation(alice), settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.Killed"
    with pytest.raises(SystemExit):
        tasks.send_invitation(made.pk)
    settings.EMAIL_BACKEND = backend
    tasks.send_invitation(made.pk)
    assert (mail.outbox, invitations.unsent()) == ([], [])  # it may be on its way still
    Invitation.objects.update(mail_after=timezone.now())
    assert invitations.unsent() == [made.pk]
    tasks.send_invitation(made.pk)
    assert (len(mail.outbox), invitations.unsent()) == (1, [])


def test_a_mail_that_nobody_takes_is_tried_more_and_more_seldom_and_given_up(alice, settings):
    made, pauses = mailed_invitation(alice), []
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    while invitations.unsent():
        began = timezone.now()
        with pytest.raises(OSError, match="refused"):
            tasks.send_invitation(made.pk)
        pauses.append(round((Invitation.objects.get().mail_after - began) / timedelta(minutes=1)))
        Invitation.objects.update(mail_after=timezone.now())
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256]
    tasks.send_invitation(made.pk)
    assert Invitation.objects.get().mailed_at is None


def test_the_name_of_whoever_invites_breaks_no_mail(alice):
    alice.name = "Alice\rBcc: x@example.org"
    alice.save()
    tasks.send_invitation(mailed_invitation(alice).pk)
    assert mail.outbox[0].subject == "Alice Bcc: x@example.org invites you to “Alice's team”"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"role": "king"}, "Select a valid choice"),
        ({"role": "viewer", "email": "bob@example.org"}, "is a member of this team already"),
        ({"role": "viewer", "do": "mail"}, "Give the e-mail address"),
        ({"role": "viewer", "email": "no"}, "valid email address"),
    ],
)
def test_what_cannot_be_an_invitation_is_none(signed_in, alice, bob, given, said):
    answer = signed_in(alice).post("/settings/invitations", {"hours": "24", **given})
    assert (answer.status_code, said in page(answer)) == (400, True)
    assert not Invitation.objects.exists() and not AuditEntry.objects.exists()


def test_open_invitations_and_mails_are_bounded(alice, monkeypatch):
    monkeypatch.setattr(invitations, "MOST_OPEN", 1)
    invited(alice)
    with pytest.raises(invitations.WireflowError, match="1 invitations are open"):
        invited(alice)
    monkeypatch.setattr(invitations, "MOST_OPEN", 9)
    monkeypatch.setattr(invitations, "MOST_MAILS_A_DAY", 0)
    with pytest.raises(invitations.WireflowError, match="Hand on a link without an address"):
        invitations.invite(actor=actor_for(alice), role="viewer", email="n@example.org")
    assert Invitation.objects.count() == 1


def test_somebody_who_is_invited_again_and_again_is_told_once_a_day(alice, charlie):
    for _ in range(2):
        invited(alice, email=charlie.email)
    assert Notice.objects.get().user == charlie
    Notice.objects.update(key=f"invited:{team_of(alice).pk}:2026-01-01")
    invited(alice, email=charlie.email)
    assert Notice.objects.count() == 2
