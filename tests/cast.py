"""The people of the tests: Alice owns, Bob edits and Vera watches in her team; Charlie is a stranger."""

from __future__ import annotations

import pytest

from accounts.models import User
from tests.factories import make_member, make_user


@pytest.fixture
def alice(db: None) -> User:
    return make_user("alice")


@pytest.fixture
def bob(alice: User) -> User:
    return make_member("bob", alice.memberships.get().team, role="editor")


@pytest.fixture
def rita(alice: User) -> User:
    return make_member("rita", alice.memberships.get().team, role="runner")


@pytest.fixture
def vera(alice: User) -> User:
    return make_member("vera", alice.memberships.get().team, role="viewer")


@pytest.fixture
def charlie(db: None) -> User:
    return make_user("charlie")
