"""A store, a scratch folder and a sandbox of its own for every test; an engine for those that want one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from accounts.models import User
from executions import dispatch
from executions.engine import durations
from executions.engine.loop import Engine
from executions.providers import provider_named
from tests.executions.doors import Api
from tests.executions.runs import Here, make_workflow, prompt
from workflows.models import Workflow


@pytest.fixture(autouse=True)
def house(tmp_path: Path, settings: LazySettings) -> Iterator[None]:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    settings.SCRATCH_DIR = tmp_path / "scratch"
    settings.SANDBOX_JOURNAL = tmp_path / "sandbox.sqlite3"
    settings.SANDBOX_LATENCY = "0"
    provider_named.cache_clear()
    durations.forget()
    yield
    provider_named.cache_clear()


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries after hundredths of a second; what is waited for is the same."""
    monkeypatch.setattr("executions.engine.work.RETRY_SECONDS", (0.02, 0.04))
    monkeypatch.setattr("executions.engine.work.MAX_RETRY_AFTER", 0.02)


@pytest.fixture
def engine(transactional_db: None, house: None, quick_retries: None) -> Iterator[Engine]:
    """A running engine without its sweeper, so that nothing but the bell carries the work."""
    made = Engine(sweeps=False)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def here() -> Iterator[Here]:
    """Claims that are made at once wait here for the test."""
    made = Here()
    dispatch.connect(None, made)
    yield made
    dispatch.connect(None)


@pytest.fixture
def api(client: Client, alice: User) -> Api:
    return Api(client, alice)


@pytest.fixture
def workflow(alice: User) -> Workflow:
    return make_workflow(alice, *prompt("a lighthouse"))
