from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db.transaction import atomic, set_rollback
from pytest_django import DjangoDbBlocker

from accounts.models import Member, User
from tests.factories import make_member, make_user, team_of
from tests.rights.world import Places, Teams, furnish


@pytest.fixture(scope="module")
def world(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[tuple[dict[str, int], Places]]:
    """Both teams, made once: what a test does to them is undone with the test's own transaction."""
    with django_db_blocker.unblock(), atomic():
        alice, charlie = make_user("alice"), make_user("charlie")
        team = team_of(alice)
        bob, rita, vera = (
            make_member(name, team, role=role)
            for name, role in (("bob", "editor"), ("rita", "runner"), ("vera", "viewer"))
        )
        places = furnish(alice, rita)
        gone = make_member("gus", team, role="viewer")
        places["member_id"] = str(Member.objects.get(user=gone).pk)
        people = {"owner": alice, "editor": bob, "runner": rita, "viewer": vera, "stranger": charlie}
        yield {role: user.pk for role, user in people.items()}, places
        set_rollback(True)


@pytest.fixture
def teams(world: tuple[dict[str, int], Places], db: None, settings: LazySettings, tmp_path: Path) -> Teams:
    settings.PROVIDER_ADDRESSES, settings.SEAL_KEY_FILE = {"gemini": "http://127.0.0.1:9"}, tmp_path / "key"
    people, places = world
    return Teams({role: User.objects.get(pk=pk) for role, pk in people.items()}, dict(places))
