"""How many bytes the canvas page makes a browser load."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

from bench.figures import ROOT, Figure

#: What somebody who reads English loads before anything is drawn.
AIM_KB = 200.0
PAGE = ROOT / "templates" / "workflows" / "canvas.html"
BUILT = ROOT / "static" / "canvas"
ENTRY = "src/main.tsx"
NOTE = (
    "Every script and style sheet that the canvas page names and what these import before they run, each compressed by "
    "itself with gzip at level 9; 1 kB is 1,000 bytes."
)
LATER = "The same with the scripts that the canvas fetches by itself once it stands."


def measure() -> list[Figure]:
    names = re.findall(r"\{% static '([^']+\.(?:js|css))' %\}", PAGE.read_text(encoding="utf-8"))
    files = {ROOT / "static" / name for name in names}
    built: dict[str, Any] = json.loads((BUILT / "manifest.json").read_text(encoding="utf-8"))
    entry = built[ENTRY]
    assert BUILT / entry["file"] in files, f"{PAGE.name} does not load {entry['file']}"
    at_once = files | {BUILT / name for name in _reached(built, entry, ("imports",))}
    scripts = {file for file in at_once if file.suffix == ".js"}
    everything = at_once | {BUILT / name for name in _reached(built, entry, ("imports", "dynamicImports"))}
    return [
        Figure("canvas, JS and CSS", _compressed(at_once), "kB", AIM_KB, note=NOTE),
        Figure("canvas, JS alone", _compressed(scripts), "kB", note=NOTE),
        Figure("canvas, with what follows", _compressed(everything), "kB", note=LATER),
    ]


def _reached(built: dict[str, Any], entry: dict[str, Any], by: tuple[str, ...]) -> set[str]:
    """The files of a build that one of its parts leads to, by these kinds of import."""
    found: set[str] = set()
    left = [entry]
    while left:
        part = left.pop()
        if part["file"] not in found:
            found |= {part["file"], *part.get("css", [])}
            left += [built[name] for kind in by for name in part.get(kind, [])]
    return found


def _compressed(files: set[Path]) -> float:
    return sum(len(gzip.compress(file.read_bytes(), 9)) for file in files) / 1000
