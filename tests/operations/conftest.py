from __future__ import annotations

import pytest

from accounts.models import User
from tests.factories import make_user


@pytest.fixture
def olga(db: None) -> User:
    """Who runs the installation."""
    user = make_user("olga")
    User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
    user.refresh_from_db()
    return user
