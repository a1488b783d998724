"""Every failpoint stands somewhere in the code, and a process is killed at each of them."""

from __future__ import annotations

import re

from executions.failpoints import NAMES, OF_ARCHIVES, OF_SCHEDULES, OF_TABLES
from tests.chaos.test_kill_of_imports import test_an_import_survives_a_kill_at as killing_imports
from tests.chaos.test_kill_of_schedules import test_a_moment_survives_a_kill_at as killing_schedules
from tests.chaos.test_kill_of_tables import test_a_table_survives_a_kill_at as killing_tables
from tests.chaos.test_kills import test_a_run_survives_a_kill_at as killing
from tests.processes import ROOT


def test_every_failpoint_has_its_place_and_every_place_its_name():
    files = [
        *(ROOT / "executions").rglob("*.py"),
        ROOT / "triggers" / "firing.py",
        ROOT / "archives" / "actions.py",
    ]
    code = "".join(path.read_text(encoding="utf-8") for path in files)
    places = re.findall(r'failpoints\.hit\("(\w+)"\)', code)
    assert sorted(places) == sorted([*NAMES, *OF_TABLES, *OF_SCHEDULES, *OF_ARCHIVES])


def test_a_process_is_killed_at_every_failpoint():
    """That test fails where its process did not die, so each name it is given is reached and survived."""
    for test, names in (
        (killing, NAMES),
        (killing_tables, OF_TABLES),
        (killing_schedules, OF_SCHEDULES),
        (killing_imports, OF_ARCHIVES),
    ):
        marks = {mark.name: mark.args for mark in test.pytestmark}
        assert marks["parametrize"] == ("failpoint", names)
