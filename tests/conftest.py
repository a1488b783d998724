"""Shared by all tests."""

from __future__ import annotations

import gc
import os
import sqlite3
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path

import hypothesis
import pytest
from django.contrib.contenttypes.management import create_contenttypes
from django.db import connection
from django.db.models.signals import post_migrate
from django.test import Client, override_settings
from pytest_django import DjangoDbBlocker

from accounts.models import User
from executions.runs import _graphs
from tests.prepared import empty_tables
from tests.processes import nursery

pytest_plugins = ["tests.cast"]

TESTS = Path(__file__).resolve().parent

#: The marks of what starts whole processes or takes seconds to import, the slowest first.
SLOW = ("service", "chaos", "browser", "sdk")
#: The files that take longest, first among all: begun last, one of them would go on alone when all others are done.
LONGEST = (
    "chaos/test_kills.py", "service/test_rooms.py", "service/test_limits.py", "reference/test_fuzz.py",
    "service/test_breaking.py", "chaos/test_kill_of_tables.py", "service/test_schedules.py",
    "archives/test_elsewhere.py", "service/test_two_browsers.py", "service/test_backups.py", "service/test_runs.py",
    "service/test_kill_series.py", "chaos/test_kill_series.py", "reference/test_acceptance.py",
    "e2e/test_two_tabs.py", "e2e/test_components.py", "e2e/test_uploading.py",
)  # fmt: skip
#: These too are long, but wait for nothing: they fill up what the others leave.
LONG = (
    "rights/test_wide.py", "rights/test_roles.py", "executions/test_every_node_type.py", "workflows/test_modes.py",
)  # fmt: skip

# How long an example takes says how busy the machine is, and nothing about what is tested.
hypothesis.settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any machine")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where everything is required, a test that is skipped for want of something has failed."""
    report = yield
    if report.skipped and call.excinfo and os.environ.get("WIREFLOW_TEST_REQUIRE") == "all":
        report.outcome = "failed"
        report.longrepr = f"Nothing may be skipped here, but this was: {call.excinfo.value}"
    return report


@pytest.fixture(autouse=True)
def no_graph_of_another_test() -> None:
    """What a test stores is undone and the numbers of its versions are given again, though callbacks that it ran
    itself took them for committed."""
    _graphs.clear()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """First what takes longest and what waits for whole servers, so that what is quick fills the others until the end.

    Where all is required, on machines that nobody watches, a test of whole servers or a browser is tried once more
    when it fails; what had to be is told with the results.
    """
    items.sort(key=_place)  # stable: files stay whole
    if os.environ.get("WIREFLOW_TEST_REQUIRE") == "all":
        for item in items:
            if _slowness(item) < SLOW.index("sdk"):
                item.add_marker(pytest.mark.flaky(reruns=1))


def _place(item: pytest.Item) -> tuple[int, int]:
    file = item.path.relative_to(TESTS).as_posix()
    if file in LONGEST:
        return 0, LONGEST.index(file)
    if file in LONG:
        return 1, len(SLOW) - 1  # with the last of the slow ones
    return 1, _slowness(item)


def _slowness(item: pytest.Item) -> int:
    return next((at for at, name in enumerate(SLOW) if item.get_closest_marker(name)), len(SLOW))


def pytest_collection_finish() -> None:
    """What was imported stays until the end: the collector of garbage need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def quick_starts() -> Iterator[None]:
    """Processes that tests start need not load the libraries again and again."""
    with nursery():
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Tables on SQLite are copied, and so need not be made step by step by every process that shares the tests."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["MIGRATE"] = False


@pytest.fixture(scope="session")
def django_db_setup(
    quick_starts: None,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Tests with transactions of their own empty all tables at the end, on SQLite by DELETE. Django would then fill
    the tables of permissions again, one row per model and verb; nobody here is given one."""
    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")
    post_migrate.disconnect(create_contenttypes)
    if connection.vendor == "sqlite":
        with (
            django_db_blocker.unblock(),
            connection.cursor() as cursor,
            closing(sqlite3.connect(empty_tables(tmp_path_factory))) as tables,
        ):
            tables.backup(cursor.connection)
            cursor.execute("DROP TRIGGER credits_entry_no_delete")


@pytest.fixture(scope="session", autouse=True)
def cheap_parts() -> Iterator[None]:
    """What is dear and nothing is learnt from: slow hashes, and a list of all our static files for every client."""
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with override_settings(PASSWORD_HASHERS=hashers, WHITENOISE_USE_FINDERS=False):
        yield


@pytest.fixture
def signed_in() -> Callable[..., Client]:
    """``signed_in(alice)`` is a browser with her session."""

    def sign_in(user: User, *, enforce_csrf_checks: bool = False) -> Client:
        client = Client(enforce_csrf_checks=enforce_csrf_checks)
        client.force_login(user)
        return client

    return sign_in
