"""The collector of cycles looks seldom, passes by what stays, and still takes what goes."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref

from tests.processes import ROOT
from wireflow_ui import collector


def test_every_process_looks_seldom_from_its_first_import_on():
    told = subprocess.run(
        [sys.executable, "-c", "import wireflow_ui, gc; print(gc.isenabled(), *gc.get_threshold())"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == ["True", str(collector.YOUNG_OBJECTS), "20", "20"]


def test_what_a_process_holds_once_it_serves_is_passed_by_and_later_cycles_are_not():
    class Link:
        pass

    held = gc.get_freeze_count()
    try:
        collector.pass_by_what_stays()
        assert gc.get_freeze_count() > held
        link = Link()
        link.itself = link
        gone = weakref.ref(link)
        del link
        gc.collect()
        assert gone() is None
    finally:
        gc.unfreeze()
