"""The doubles, each started when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from tests.doubles.every import DOUBLES
from tests.doubles.server import Double, running

DoubleOf = Callable[[str], Double]


@pytest.fixture(scope="session")
def servers() -> Iterator[DoubleOf]:
    with ExitStack() as stack:
        yield cache(lambda name: stack.enter_context(running(DOUBLES[name]())))


@pytest.fixture
def double_of(servers: DoubleOf) -> DoubleOf:
    """``double_of("fal")`` is fal's double as if nothing had been asked of it yet."""

    def fresh(name: str) -> Double:
        double = servers(name)
        double.forget()
        return double

    return fresh


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder
