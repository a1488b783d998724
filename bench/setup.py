"""From a fresh clone to "Ready:", with nothing kept from earlier."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from bench.figures import ROOT, Figure
from bench.start import time_to_ready
from tests.processes import environment

AIM_SECONDS = 60.0
NOTE = (
    "A clone of the committed HEAD in an empty folder, with an empty home and so with empty caches of pip, uv and "
    "npm (what the person says about package indexes is kept): bin/up until it prints Ready. Downloads are in it."
)
#: Caches that would make a second set-up quicker than a first one.
_CACHES = (
    "XDG_CACHE_HOME",
    "UV_CACHE_DIR",
    "PIP_CACHE_DIR",
    "npm_config_cache",
    "NPM_CONFIG_CACHE",
    "VIRTUAL_ENV",
)
#: Where tools are told of their package index, below the home that is replaced.
_INDEXES = {
    "PIP_CONFIG_FILE": ".config/pip/pip.conf",
    "UV_CONFIG_FILE": ".config/uv/uv.toml",
    "NPM_CONFIG_USERCONFIG": ".npmrc",
}


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="wireflow-bench-") as folder:
        clone, home = Path(folder) / "clone", Path(folder) / "home"
        home.mkdir()
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        data = Path(folder) / "data"
        seconds = time_to_ready(clone, data, _fresh(environment(data), home), wait=600)
    return [Figure("cold set-up", seconds, "s", AIM_SECONDS, note=NOTE)]


def _fresh(surroundings: dict[str, str], home: Path) -> dict[str, str]:
    found = {name: value for name, value in surroundings.items() if name not in _CACHES}
    for name, below in _INDEXES.items():
        file = Path.home() / below
        if file.is_file():
            found.setdefault(name, str(file))
    return {**found, "HOME": str(home)}
