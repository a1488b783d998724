"""How many bytes the canvas page makes a browser load."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from bench.figures import ROOT, Figure

AIM_KB = 180.0
PAGE = ROOT / "templates" / "workflows" / "canvas.html"
NOTE = (
    "Every script and style sheet that the canvas page names, each compressed by itself with gzip at level 9; "
    "1 kB is 1,000 bytes."
)


def measure() -> list[Figure]:
    names = re.findall(r"\{% static '([^']+\.(?:js|css))' %\}", PAGE.read_text(encoding="utf-8"))
    files = [ROOT / "static" / name for name in names]
    scripts = [file for file in files if file.suffix == ".js"]
    assert scripts and len(scripts) < len(files), f"{PAGE.name} names no script or no style sheet"
    return [
        Figure("canvas, JS and CSS", _compressed(files), "kB", AIM_KB, note=NOTE),
        Figure("canvas, JS alone", _compressed(scripts), "kB", note=NOTE),
    ]


def _compressed(files: list[Path]) -> float:
    return sum(len(gzip.compress(file.read_bytes(), 9)) for file in files) / 1000
