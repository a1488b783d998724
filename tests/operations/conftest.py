from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import LazySettings

from accounts.models import User
from telemetry import metrics
from tests.factories import make_user
from tests.operations.figures import TOKEN


@pytest.fixture
def olga(db: None) -> User:
    """Who runs the installation."""
    user = make_user("olga")
    User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
    user.refresh_from_db()
    return user


@pytest.fixture
def counting(settings: LazySettings) -> Iterator[None]:
    settings.METRICS_TOKEN = TOKEN
    metrics.turn_on(kind="server", version="1")
    yield
    metrics.turn_off()
