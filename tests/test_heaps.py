"""The threads of a process share a few heaps of the C library."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from wireflow_ui import heaps

#: Twelve threads hold something large at once; then the C library says how many heaps it has.
ASK = """
import ctypes, sys, threading
import wireflow_ui
gate = threading.Barrier(13)
def hold():
    kept = bytes(50_000)
    gate.wait()
    gate.wait()
threads = [threading.Thread(target=hold) for _ in range(12)]
for thread in threads:
    thread.start()
gate.wait()
library = ctypes.CDLL(None)
library.fopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(library.fopen(sys.argv[1].encode(), b"w"))
library.malloc_info(0, file)
library.fclose(file)
gate.wait()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
@pytest.mark.parametrize(("told", "least", "most"), [({}, 1, heaps.FEW), ({"MALLOC_ARENA_MAX": "5"}, 3, 5)])
def test_threads_share_few_heaps(told: dict[str, str], least: int, most: int, tmp_path: Path, monkeypatch):
    monkeypatch.delenv("MALLOC_ARENA_MAX", raising=False)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    said = tmp_path / "heaps.xml"
    subprocess.run([sys.executable, "-c", ASK, str(said)], check=True, timeout=120)
    assert least <= said.read_text().count("<heap nr=") <= most
