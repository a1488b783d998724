"""The drawn states are those of the code."""

from __future__ import annotations

import re

from executions.states import NODE_MOVES
from tests.processes import ROOT

DIAGRAM = (ROOT / "docs" / "images" / "node-run-states.svg").read_text(encoding="utf-8")


def test_every_status_and_every_move_is_drawn_once():
    assert sorted(re.findall(r'data-status="(\w+)"', DIAGRAM)) == sorted(NODE_MOVES)
    drawn = re.findall(r'data-move="(\w+ \w+)"', DIAGRAM)
    assert sorted(drawn) == sorted(f"{source} {to}" for source, moves in NODE_MOVES.items() for to in moves)
