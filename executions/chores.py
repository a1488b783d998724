"""Work that nobody waits for: done every few seconds, a little at a time, beside the sweeps.

Rooms above this one add theirs when Django has loaded them.
"""

from __future__ import annotations

from collections.abc import Callable

from accounts.chores import keep_up
from credits.allowances import grant_due
from executions import intakes
from workflows.together import forget_old_edits

#: Each does a second's worth at most; what is left is done the next time.
CHORES: list[Callable[[], object]] = [intakes.go_on, intakes.forget_old, keep_up, grant_due, forget_old_edits]


def do_chores() -> None:
    for chore in CHORES:
        chore()
