"""What somebody else has in hand meanwhile, and who waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from django.db import connection, connections, transaction
from django.db.models import Model

from accounts.models import User
from executions.actions import Start, start_execution
from executions.models import Execution
from tests.executions.runs import until
from tests.factories import team_of
from tests.processes import PATIENCE
from workflows.models import Workflow


def process_of_database() -> int:
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        found: int = cursor.fetchone()[0]
    return found


def waits_for_a_lock(process: int) -> bool:
    """On SQLite whoever writes waits for all others anyway."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE pid = %s AND NOT granted", [process])
        return cursor.fetchone()[0] > 0


T = TypeVar("T")


@contextmanager
def locked(row: Model) -> Iterator[None]:
    """Somebody else has a row, and nobody waits for it long."""
    with in_other_hands(row), waiting_shortly():
        yield


@contextmanager
def waiting_shortly() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '50ms'")
        try:
            yield
        finally:
            cursor.execute("RESET lock_timeout")


@contextmanager
def in_other_hands(row: Model) -> Iterator[None]:
    """Somebody else has a row locked meanwhile."""
    with half_done(lambda: type(row)._default_manager.select_for_update().get(pk=row.pk)):
        yield


@contextmanager
def half_done(deed: Callable[[], object]) -> Iterator[None]:
    """Somebody else, with a connection of their own, is in the middle of it meanwhile."""
    is_done, may_go = threading.Event(), threading.Event()

    def edit() -> None:
        try:
            with transaction.atomic():
                deed()
                is_done.set()
                assert may_go.wait(PATIENCE)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as elsewhere:
        editing = elsewhere.submit(edit)
        try:
            assert is_done.wait(PATIENCE)
            yield
        finally:
            may_go.set()
        editing.result(PATIENCE)


def tried_beside(
    what: Callable[[], T], *, holds: Callable[[], object], then_wants: Callable[[], object]
) -> T:
    """What comes of it while somebody else holds one thing until it waits for that, and then wants another."""
    process: list[int] = []

    def try_it() -> T:
        try:
            process.append(process_of_database())
            return what()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as elsewhere:
        with transaction.atomic():
            holds()
            trying = elsewhere.submit(try_it)
            until(lambda: trying.done() or (process and waits_for_a_lock(process[0])))
            assert not trying.done(), "It does not want what is held."
            then_wants()
        return trying.result(PATIENCE)


def started(*workflows: tuple[User, Workflow]) -> list[Execution]:
    """A run of each, in the order in which they are locked."""
    while True:
        runs = [
            start_execution(workflow=one, team=team_of(user), start=Start(), user=user)
            for user, one in workflows
        ]
        if runs == sorted(runs, key=lambda run: run.pk):
            return runs
