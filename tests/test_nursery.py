"""A process that a nursery bears is like one that was started by itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT, environment, manage, start, until

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.skipif(sys.platform != "linux", reason="a nursery needs Linux"),
]

TELL = """
import json, os, sys
print("beside", file=sys.stderr)
session = os.getsid(0) == os.getpid()
print(json.dumps([os.getppid(), session, sys.stdin.read(), sys.argv[0], os.getcwd(), dict(os.environ)]))
sys.exit(7)
"""
WAIT = [
    sys.executable,
    "manage.py",
    "shell",
    "-c",
    "import signal; print('here', flush=True); signal.pause()",
]
#: Somebody who starts a process and is killed before it ends.
PARENT = f"""
import signal, sys
from pathlib import Path
from tests.processes import nursery, start, until
with nursery():
    child = start("child", {WAIT!r}, Path(sys.argv[1]))
    until(lambda: "here" in child.output, sentence="the child did not start")
    print(child.popen.pid, flush=True)
    signal.pause()
"""


def test_it_is_a_child_of_ours_with_surroundings_of_its_own(tmp_path: Path):
    for colour in ("red", "blue"):
        done = manage(tmp_path, "shell", "-c", TELL, COLOUR=colour)
        assert (done.returncode, done.stderr) == (7, "beside\n")
        parent, leads, heard, name, folder, surroundings = json.loads(done.stdout.splitlines()[-1])
        assert (parent, leads, heard, name, folder) == (os.getpid(), True, "", "manage.py", str(ROOT))
        expected = environment(tmp_path, COLOUR=colour, DJANGO_SETTINGS_MODULE="wireflow_ui.settings")
        assert surroundings == expected


def test_what_it_raises_is_told_as_by_any_other(tmp_path: Path):
    done = manage(tmp_path, "shell", "-c", "raise LookupError('gone')")
    assert done.returncode == 1
    assert done.stderr.startswith("Traceback") and done.stderr.endswith("LookupError: gone\n")


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM])
def test_a_signal_ends_it_and_its_code_says_so(by: signal.Signals, tmp_path: Path):
    child = start("child", WAIT, tmp_path)
    until(lambda: "here" in child.output, sentence="the child did not start")
    with pytest.raises(subprocess.TimeoutExpired):
        child.popen.wait(0.01)
    assert child.is_alive
    child.popen.send_signal(by)
    assert child.wait() == -by
    assert not Path(f"/proc/{child.popen.pid}").exists()
    child.kill()  # nothing, and not the next process of that number


def test_it_ends_with_whoever_asked_for_it_and_so_does_the_nursery(tmp_path: Path):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)],
        cwd=ROOT,
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    with parent.stdout as told:
        child = int(told.readline())
        bearers = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
        parent.kill()
        parent.wait()
    assert len(bearers) == 2 and str(child) in bearers
    for pid in bearers:
        until(lambda pid=pid: not _runs(pid), sentence=f"{pid} outlives the tests")


def _runs(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
