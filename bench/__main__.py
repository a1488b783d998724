"""The command behind `bin/bench`: measures the parts of a subject, prints one table, writes one file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping

from bench import (
    accept,
    api,
    bundle,
    canvas,
    clients,
    cpu,
    engine,
    engine_kills,
    engine_waiting,
    events,
    fan_out,
    fast,
    history,
    history_pages,
    media,
    polling,
    run,
    setup,
    soak,
    start,
    vitals,
)
from bench.figures import Figure, keep, machine, table

Part = Callable[[], list[Figure]]

SUBJECTS: Mapping[str, Mapping[str, Part]] = {
    # what a person and a first run meet
    "first": {
        "setup": setup.measure,
        "start": start.measure,
        "accept": accept.measure,
        "run": run.measure,
        "cpu": cpu.measure,
        "events": events.measure,
        "bundle": bundle.measure,
        "fast": fast.measure,
    },
    # what much of it does
    "load": {
        "clients": clients.measure,
        "fan-out": fan_out.measure,
        "history": history.measure,
    },
    # many calls at once
    "api": {
        "sqlite": api.measure_sqlite,
        "postgresql": api.measure_postgresql,
        "two": api.measure_two,
    },
    # what the engine adds to a run, and what it withstands
    "engine": {
        "embedded": engine.measure_embedded,
        "cluster": engine.measure_cluster,
        "waiting": engine_waiting.measure,
        "waiting-5000": engine_waiting.measure_more,
        "kill": engine_kills.measure,
        "polling": polling.measure,
    },
    # the pages of a team that has run much; BENCH_EXECUTIONS says how much
    "history": {
        "sqlite": history_pages.measure_sqlite,
        "postgresql": history_pages.measure_postgresql,
        "vitals": vitals.measure,
    },
    # how smoothly a large graph moves, beside React Flow alone
    "canvas": {
        "500": canvas.measure_500,
        "1000": canvas.measure_1000,
    },
    # photos and the library
    "media": {"photos": media.measure},
    # whether anything grows, however long it goes on
    "soak": {
        "embedded": soak.measure_embedded,
        "cluster": soak.measure_cluster,
    },
}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="bin/bench", description="Measure, print a table and write it to bench/results."
    )
    parser.add_argument("subject", nargs="?", default="first", choices=SUBJECTS)
    parser.add_argument("--only", metavar="PART,…", help="some parts of the subject alone")
    options = parser.parse_args()
    parts = SUBJECTS[options.subject]
    wanted = options.only.split(",") if options.only else list(parts)
    for name in wanted:
        if name not in parts:
            parser.error(f"{options.subject} has no part {name!r}; it has {', '.join(parts)}.")

    about = machine()
    figures: list[Figure] = []
    for name in wanted:
        sys.stderr.write(f"Measuring {name}…\n")
        figures += parts[name]()
    print(table(figures, about))
    print(f"\nWritten to {keep(options.subject, figures, about)}.")


if __name__ == "__main__":
    main()
