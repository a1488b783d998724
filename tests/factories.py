"""Plain functions that make what a test needs, taking only what matters to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from accounts.actions import create_api_key, create_user_and_team
from accounts.actor import Actor
from accounts.models import ApiKey, Member, Team, User
from accounts.scopes import SCOPES

PASSWORD = "four wet green boots"


def make_team(name: str = "A team", *, plan: str = "operator") -> Team:
    return Team.objects.create(name=name, plan=plan)


def make_user(name: str = "dora", *, plan: str = "operator") -> User:
    """A person with ``PASSWORD`` and a team of their own, as ``<name>@example.org``."""
    return create_user_and_team(
        email=f"{name}@example.org", password=PASSWORD, name=name.capitalize(), plan=plan
    ).user


def make_member(name: str, team: Team, *, role: str) -> User:
    """A person with ``PASSWORD`` in somebody's team and no other."""
    user = User.objects.create_user(f"{name}@example.org", PASSWORD, name=name.capitalize())
    Member.objects.create(user=user, team=team, role=role)
    return user


def team_of(user: User) -> Team:
    """The first team of a person."""
    return user.memberships.order_by("pk")[0].team


def actor_for(user: User, *, key: ApiKey | None = None) -> Actor:
    """The person acting in their first team."""
    member = user.memberships.select_related("team").order_by("pk")[0]
    return Actor(user=user, team=member.team, role=member.role, key=key)


def make_key(user: User, *, scopes: Sequence[str] = tuple(SCOPES), expires_at: datetime | None = None) -> str:
    """The text of a new key of this person for their first team."""
    return create_api_key(
        user=user, team=team_of(user), name="test", scopes=scopes, expires_at=expires_at
    ).text


def bearer(user: User, **kwargs: object) -> dict[str, str]:
    """The header of a new key: ``client.get(url, headers=bearer(alice))``."""
    return {"Authorization": f"Bearer {make_key(user, **kwargs)}"}
