"""The threads that an engine's loop hands its work to. None keeps a pooled connection of the database for long while
it has nothing to do, nor when it ends."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from queue import Empty, PriorityQueue
from typing import Any, ParamSpec, TypeVar

from django.db import close_old_connections, connections

P = ParamSpec("P")
T = TypeVar("T")

FIRST, IN_TURN, LAST = range(3)
#: Seconds for which a connection is kept for the next piece of work: to take one from the pool is a question to the
#: database, and a run hands in one piece after the other.
KEPT_SECONDS = 1.0


class Threads(ThreadPoolExecutor):
    """Some threads, for files."""

    def submit(self, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        def call_and_let_go() -> T:
            try:
                return call(*args, **kwargs)
            finally:
                close_old_connections()

        return super().submit(call_and_let_go)


class OneThread(Executor):
    """One thread for the database, so that writes of this process never wait for each other.

    What is given to ``first`` is done before all that waits: a call that was made and is not noted when the process
    dies is made again, so its note must not wait for others to be claimed.
    """

    def __init__(self, name: str) -> None:
        self.first: Executor = _First(self)
        self._work: PriorityQueue[tuple[int, int, Future[Any] | None, Callable[[], Any]]] = PriorityQueue()
        self._numbers = itertools.count()
        self._is_over = False
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    def submit(self, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        return self.put(IN_TURN, lambda: call(*args, **kwargs))

    def put(self, rank: int, work: Callable[[], T]) -> Future[T]:
        if self._is_over:
            raise RuntimeError("This thread has ended.")
        future: Future[T] = Future()
        self._work.put((rank, next(self._numbers), future, work))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End once all that was given is done."""
        self._is_over = True
        self._work.put((LAST, next(self._numbers), None, _nothing))
        if wait:
            self._thread.join()

    def _serve(self) -> None:
        has_connection = False
        while True:
            try:
                _, _, future, work = self._work.get(timeout=KEPT_SECONDS if has_connection else None)
            except Empty:
                self._carry_out(close_old_connections, Future())
                has_connection = False
                continue
            if future is None:
                connections.close_all()
                return
            if future.set_running_or_notify_cancel():
                self._carry_out(work, future)
                has_connection = True
            del future, work  # and with them what they hold

    def _carry_out(self, work: Callable[[], Any], future: Future[Any]) -> None:
        try:
            result = self._worked(work)
        except BaseException as error:  # noqa: BLE001  # it is raised where the future is awaited
            future.set_exception(error)
        else:
            future.set_result(result)

    def _worked(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except BaseException:
            close_old_connections()  # one that was lost is opened anew by the next piece
            raise


def _nothing() -> None:
    """What the last piece of work does."""


class _First(Executor):
    """Puts before all others."""

    def __init__(self, thread: OneThread) -> None:
        self._thread = thread

    def submit(self, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        return self._thread.put(FIRST, lambda: call(*args, **kwargs))
