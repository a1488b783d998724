"""A measured figure, the aim it is held against, and the table and file that figures end in."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import ceil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. ``aim`` is the most (with ``at_least``: the least) it should be; None: no aim.

    ``note`` says how it was measured, as a footnote.
    """

    name: str
    value: float
    unit: str
    aim: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def is_met(self) -> bool | None:
        if self.aim is None:
            return None
        return self.value >= self.aim if self.at_least else self.value <= self.aim


def percentile(values: Sequence[float], share: float) -> float:
    """The least of the values that at least ``share`` (above 0, up to 1) of them do not exceed."""
    return sorted(values)[ceil(share * len(values)) - 1]


def spread(
    name: str, seconds: Sequence[float], *, p50: float | None = None, p95: float | None = None, note: str
) -> list[Figure]:
    """Median and 95th percentile in milliseconds, each with its aim."""
    return [
        Figure(f"{name}, p50", percentile(seconds, 0.50) * 1000, "ms", p50, note=note),
        Figure(f"{name}, p95", percentile(seconds, 0.95) * 1000, "ms", p95, note=note),
    ]


def machine() -> dict[str, str]:
    """What the figures were measured on."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    return {
        "cores": str(os.cpu_count()),
        "load": f"{os.getloadavg()[0]:.1f}",
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "commit": commit.stdout.strip(),
    }


def table(figures: Sequence[Figure], about: dict[str, str]) -> str:
    """The figures as aligned text, with the machine above and the footnotes below."""
    notes = list(dict.fromkeys(figure.note for figure in figures if figure.note))
    lines = [("figure", "measured", "", "aim", "")]
    for figure in figures:
        mark = f" [{notes.index(figure.note) + 1}]" if figure.note else ""
        aim = "" if figure.aim is None else f"{'≥' if figure.at_least else '≤'} {figure.aim:g}"
        met = {True: "met", False: "MISSED", None: ""}[figure.is_met]
        lines.append((figure.name + mark, shown(figure.value), figure.unit, aim, met))
    first, second, third, fourth = (max(len(line[column]) for line in lines) for column in range(4))
    head = (
        f"{about['cores']} cores, load {about['load']} when it began, Python {about['python']}, "
        f"{about['system']}, commit {about['commit']}"
    )
    rows = [
        f"{name:<{first}}  {value:>{second}} {unit:<{third}}  {aim:<{fourth}}  {met}".rstrip()
        for name, value, unit, aim, met in lines
    ]
    foot = [f"[{number}] {note}" for number, note in enumerate(notes, start=1)]
    return "\n".join([head, "", *rows, "", *foot])


def shown(value: float) -> str:
    return f"{value:.0f}" if value >= 1000 or value == int(value) else f"{value:.1f}"


def keep(subject: str, figures: Sequence[Figure], about: dict[str, str]) -> Path:
    """Write the figures as JSON beside the earlier ones; returns the file."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{subject}-{time.strftime('%Y%m%d-%H%M%S')}.json"
    content = {"machine": about, "figures": [{**asdict(one), "met": one.is_met} for one in figures]}
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
