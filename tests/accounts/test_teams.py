"""Teams and who is in them: roles, leaving, handing over, several teams."""

from __future__ import annotations

from html import unescape

import pytest

from accounts import teams
from accounts.invitations import accept, invite, withdraw
from accounts.models import ApiKey, AuditEntry, Invitation, Member, ProviderKey, Team, TeamSecret
from accounts.provider_keys import remove_provider_key, save_provider_key
from accounts.roles import MEANING, RANK
from accounts.secrets import digest
from accounts.team_secrets import remove_secret, renew_signing, save_secret
from tests.executions.runs import make_workflow, prompt
from tests.factories import PASSWORD, actor_for, bearer, make_key, team_of
from wireflow_ui.errors import Forbidden, WireflowError

pytestmark = pytest.mark.django_db


def page(answer) -> str:
    return unescape(answer.content.decode())


def members() -> list[tuple[int, int, str]]:
    return list(Member.objects.order_by("pk").values_list("user", "team", "role"))


def member_of(user) -> Member:
    return Member.objects.get(user=user)


def test_an_owner_changes_a_role_and_the_page_says_what_roles_may(signed_in, alice, bob):
    browser = signed_in(alice)
    text = page(browser.get("/settings?tab=members"))
    assert MEANING.keys() == RANK.keys()
    assert all(meaning in text for meaning in MEANING.values())
    answer = browser.post(f"/settings/members/{member_of(bob).pk}/role", {"role": "runner"})
    assert answer.headers["Location"] == "/settings?tab=members"
    assert member_of(bob).role == "runner"


def test_members_who_are_not_owners_change_nothing_and_are_told_who_may(signed_in, alice, bob):
    before, rows = members(), Team.objects.values().get()
    browser, own = signed_in(bob), member_of(bob)
    for path, body in (
        ("/settings/invitations", {"email": "new@example.org", "role": "owner", "hours": "24"}),
        (f"/settings/members/{own.pk}/role", {"role": "owner"}),
        (f"/settings/members/{own.pk}/remove", {}),
        ("/settings/team/change", {"name": "Bobs"}),
        ("/settings/team/hand-over", {"member": own.pk}),
    ):
        answer = browser.post(path, body)
        assert answer.status_code == 403
        assert "Only an owner of the team may do this." in page(answer)
    assert (members(), Team.objects.values().get()) == (before, rows)
    assert not Invitation.objects.exists() and not AuditEntry.objects.exists()
    text = page(browser.get("/settings?tab=members"))
    assert "You are editor here. Owners invite people, change roles and remove members." in text
    assert "/remove" not in text and "/settings/invitations" not in text


def test_members_of_another_team_are_not_found(signed_in, alice, charlie):
    member = member_of(alice)
    assert signed_in(charlie).post(f"/settings/members/{member.pk}/remove").status_code == 404
    assert Member.objects.filter(pk=member.pk).exists()


def test_the_last_owner_stays_owner(alice, bob):
    own, other = member_of(alice), member_of(bob)
    for refused in (
        lambda: teams.change_role(actor=actor_for(alice), member_id=own.pk, role="viewer"),
        lambda: teams.remove_member(actor=actor_for(alice), member_id=own.pk),
        lambda: teams.leave(actor=actor_for(alice)),
    ):
        with pytest.raises(WireflowError, match="A team needs an owner"):
            refused()
    teams.change_role(actor=actor_for(alice), member_id=other.pk, role="owner")
    teams.leave(actor=actor_for(alice))
    assert list(Member.objects.values_list("user", "role")) == [(bob.pk, "owner")]


def test_what_a_removed_member_made_stays_and_their_keys_stop(client, signed_in, alice, bob):
    workflow = make_workflow(bob, *prompt("a boat"))
    key, own = bearer(bob), make_key(alice)
    assert client.get("/api/v1/workflows", headers=key).status_code == 200
    answer = signed_in(alice).post(f"/settings/members/{member_of(bob).pk}/remove")
    assert answer.status_code == 303
    refused = client.get("/api/v1/workflows", headers=key)
    assert (refused.status_code, refused.json()["code"]) == (401, "invalid_key")
    workflow.refresh_from_db()
    assert (workflow.team, workflow.created_by) == (team_of(alice), bob)
    assert ApiKey.objects.get().digest == digest(own)


def test_handing_over_makes_one_owner_of_another(signed_in, alice, bob):
    browser = signed_in(alice)
    assert browser.post("/settings/team/hand-over", {"member": "x"}).status_code == 400
    answer = browser.post("/settings/team/hand-over", {"member": member_of(bob).pk})
    assert answer.status_code == 303
    assert (member_of(alice).role, member_of(bob).role) == ("editor", "owner")
    assert browser.post("/settings/team/hand-over", {"member": member_of(bob).pk}).status_code == 403


def test_whoever_leaves_their_only_team_can_make_one(signed_in, alice, bob):
    browser = signed_in(bob)
    assert browser.post("/settings/team/leave").headers["Location"] == "/"
    assert not Member.objects.filter(user=bob).exists()
    text = page(browser.get("/sign-in"))
    assert "belong to no team any more" in text and "/settings/team/new" in text
    answer = browser.post("/settings/team/new", {"name": "  Bob’s   own "})
    assert answer.headers["Location"] == "/settings?tab=members"
    made = member_of(bob)
    assert (made.role, made.team.name, made.team.plan) == ("owner", "Bob’s own", "free")


def test_the_menu_switches_teams(signed_in, alice, charlie):
    theirs = team_of(alice)
    Member.objects.create(user=charlie, team=theirs, role="viewer")
    browser = signed_in(charlie)
    assert f'name="team" value="{theirs.pk}"' in page(browser.get("/"))
    answer = browser.post("/settings/team", {"team": theirs.pk, "next": "/"})
    assert answer.headers["Location"] == "/"
    assert f"{theirs.name} · viewer" in page(browser.get("/"))


def test_a_person_owns_a_bounded_number_of_teams(signed_in, alice, monkeypatch):
    monkeypatch.setattr(teams, "MOST_OWNED", 1)
    answer = signed_in(alice).post("/settings/team/new", {"name": "One more"})
    assert (answer.status_code, "is the owner of 1 teams already" in page(answer)) == (400, True)
    assert Team.objects.count() == 1


@pytest.mark.parametrize("way", ["role", "hand over", "invitation"])
def test_nobody_becomes_owner_of_more_teams_than_one_may_own(alice, charlie, monkeypatch, way):
    monkeypatch.setattr(teams, "MOST_OWNED", 1)
    actor = actor_for(alice)
    if way == "invitation":
        new = invite(actor=actor, role="owner")
    else:
        own = Member.objects.create(user=charlie, team=actor.team, role="viewer")
    before = members()
    with pytest.raises(WireflowError, match="owner of 1 teams already"):
        if way == "invitation":
            accept(token=new.address.rpartition("/")[2], user=charlie)
        elif way == "role":
            teams.change_role(actor=actor, member_id=own.pk, role="owner")
        else:
            teams.hand_over(actor=actor, member_id=own.pk)
    assert members() == before
    assert Invitation.objects.open().count() == (way == "invitation")


@pytest.mark.parametrize("now", ["editor", "gone"])
def test_whoever_was_owner_when_they_asked_and_is_not_any_more_changes_nothing(alice, bob, settings, now):
    settings.PROVIDER_ADDRESSES = {**settings.PROVIDER_ADDRESSES, "fal": "http://127.0.0.1:9"}
    teams.change_role(actor=actor_for(alice), member_id=member_of(bob).pk, role="owner")
    asked = actor_for(bob)  # and waits while somebody else has the team's row
    open_one = invite(actor=actor_for(alice), role="viewer").invitation.pk
    if now == "gone":
        teams.remove_member(actor=actor_for(alice), member_id=member_of(bob).pk)
    else:
        teams.change_role(actor=actor_for(alice), member_id=member_of(bob).pk, role="editor")
    before, entries, own = members(), AuditEntry.objects.count(), member_of(alice).pk
    for act in (
        lambda: invite(actor=asked, role="owner"),
        lambda: withdraw(actor=asked, invitation_id=open_one),
        lambda: teams.change_team(actor=asked, name="Bobs", sandbox_free=True),
        lambda: teams.change_role(actor=asked, member_id=own, role="viewer"),
        lambda: teams.hand_over(actor=asked, member_id=own),
        lambda: teams.remove_member(actor=asked, member_id=own),
        lambda: save_secret(actor=asked, name="door", value="open"),
        lambda: remove_secret(actor=asked, name="door"),
        lambda: renew_signing(actor=asked),
        lambda: save_provider_key(actor=asked, provider="fal", given={"key": "k" * 40}),
        lambda: remove_provider_key(actor=asked, provider="fal"),
    ):
        with pytest.raises(Forbidden):
            act()
    assert (members(), AuditEntry.objects.count()) == (before, entries)
    assert list(Invitation.objects.open().values_list("pk", flat=True)) == [open_one]
    assert not TeamSecret.objects.exists() and not ProviderKey.objects.exists()


@pytest.mark.parametrize("name", ["", " ", "x" * 201, "a\u0000b"])
def test_a_team_without_a_fair_name_is_not_made(signed_in, alice, name):
    assert signed_in(alice).post("/settings/team/new", {"name": name}).status_code == 400
    assert Team.objects.count() == 1


def test_the_team_is_renamed_and_its_sandbox_made_free(signed_in, alice):
    answer = signed_in(alice).post("/settings/team/change", {"name": "Paper boats", "sandbox_free": "on"})
    assert answer.status_code == 303
    team = team_of(alice)
    assert (team.name, team.sandbox_free) == ("Paper boats", True)
    entry = AuditEntry.objects.get()
    assert entry.changes == {
        "name": ["Alice's team", "Paper boats"],
        "sandbox runs are free": [False, True],
    }


def test_whoever_loses_the_right_to_invite_has_no_link_left(client, alice, bob):
    teams.change_role(actor=actor_for(alice), member_id=member_of(bob).pk, role="owner")
    new = invite(actor=actor_for(bob), role="owner")
    teams.change_role(actor=actor_for(alice), member_id=member_of(bob).pk, role="viewer")
    path = new.address.removeprefix("http://127.0.0.1:8000")
    answer = client.post(path, {"email": "z@example.org", "name": "Z", "password": PASSWORD})
    assert answer.status_code == 404
    assert Member.objects.count() == 2
