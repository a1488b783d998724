"""The command that makes a key without a browser."""

from __future__ import annotations

import re

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.models import ApiKey, Member, Team, User
from accounts.scopes import SCOPES
from accounts.secrets import digest
from credits.models import Wallet

pytestmark = pytest.mark.django_db


def run(capsys, **options) -> str:
    call_command("create_api_key", **options)
    return capsys.readouterr().out


def test_it_prints_the_key_alone_and_makes_person_and_team(capsys):
    out = run(capsys, email="New@example.org", plan="enterprise", credits=250)
    assert re.fullmatch(r"sk-[0-9a-f]{48}\n", out)
    key = ApiKey.objects.get(digest=digest(out.strip()))
    assert (key.user.email, key.team.plan, key.scopes) == ("new@example.org", "enterprise", list(SCOPES))
    assert Member.objects.get().role == "owner"
    assert Wallet.objects.get(team=key.team).available == 250


def test_it_says_when_it_made_an_account(capsys):
    call_command("create_api_key", email="New@example.org")
    said = "Made a new account for new@example.org, on the Free plan with 0 credits.\n"
    assert capsys.readouterr().err == said
    call_command("create_api_key", email="new@example.org")
    assert capsys.readouterr().err == ""


def test_a_second_key_joins_the_same_team(capsys, alice):
    run(capsys, email="alice@example.org", scopes="workflows:read, usage:read", name="ci", days=7)
    key = ApiKey.objects.get()
    assert (key.user, key.name, key.scopes) == (alice, "ci", ["workflows:read", "usage:read"])
    assert key.expires_at is not None
    assert (User.objects.count(), Team.objects.count(), key.team.plan) == (1, 1, "operator")


@pytest.mark.parametrize(
    "wrong", [{"scopes": "workflows:fly"}, {"email": "nobody"}, {"credits": -1}, {"days": 0}, {"scopes": ""}]
)
def test_a_wrong_option_makes_nothing(capsys, db, wrong):
    with pytest.raises(CommandError):
        run(capsys, **{"email": "new@example.org", "credits": 5, **wrong})
    assert not User.objects.exists()
    assert not ApiKey.objects.exists()
    assert not Wallet.objects.exists()
