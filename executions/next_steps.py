"""What to do next about what failed: each code of an error leads to a step.

The canvas reads the same table when it is built, and has words of its own for each step.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

_TABLE = json.loads(Path(__file__).with_name("next_steps.json").read_text("utf-8"))
#: Error code → step.
STEPS: Mapping[str, str] = _TABLE["steps"]
#: Steps that change the workflow first: a resumed run has the graph as it was, so it would fail in the same way.
CHANGES = frozenset(_TABLE["changes"])
#: What a code that is not in the table leads to.
USUAL = "again"

#: Step → what to do, for whoever reads the page of a run.
ADVICE: Mapping[str, str] = {
    "prompt": "The provider’s safety rules refused it. Change the prompt, or the file that goes in, and run from "
    "there.",
    "values": "Change what the message names, on the node or in what is wired into it, and run from there.",
    "list": "Make the list fit: change its items, or how many of them are needed, and run from there.",
    "address": "Check whether the server at the address answers, change the address if it is wrong, and run from "
    "there.",
    "key": "The provider’s key has to be put right by an owner, under Settings → Provider keys. Then resume the run.",
    "account": "The account at the provider has no money left. Once it is topped up, or another key is set, resume "
    "the run.",
    "later": "The provider has more to do than it takes. Wait a little, then resume the run.",
    "again": "Such faults often pass by themselves. Resume the run.",
    "unknown": "Nobody knows whether the provider did it, and charges for it. Look there first, or resume the run.",
    "answer": "Nobody answered in time. Resume the run, and it is asked again.",
    "model": "Choose another model for the node, or one to go on with when it fails, and run from there.",
    "pin": "Unpin the node, and run from there.",
    "credits": "The team is out of credits. Once there are more, resume the run.",
    "limit": "A limit on spending is used up. Once an owner has raised it, or it begins anew, resume the run.",
}


def step_for(code: str) -> str:
    """The step that an error with this code leads to; "" where nothing failed for a reason."""
    return STEPS.get(code, USUAL) if code else ""
