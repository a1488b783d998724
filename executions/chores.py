"""Work that nobody waits for: done every few seconds, a little at a time, beside the sweeps.

Rooms above this one add theirs when Django has loaded them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from accounts.chores import keep_up
from credits.allowances import grant_due
from executions import intakes
from executions.engine.work import DATABASE_AWAY, is_database_away
from workflows.snapshots import keep_drafts_at_rest
from workflows.together import forget_old_edits

log = logging.getLogger("wireflow.executions")

#: Each does a second's worth at most; what is left is done the next time.
CHORES: list[Callable[[], object]] = [
    intakes.go_on,
    intakes.forget_old,
    keep_up,
    grant_due,
    forget_old_edits,
    keep_drafts_at_rest,
]


def do_chores() -> None:
    """Do each of them, whatever becomes of the others. Raises only what says that the database is away."""
    for chore in CHORES:
        try:
            chore()
        except Exception as error:  # a chore that always fails must not keep those behind it from being done
            if isinstance(error, DATABASE_AWAY) and is_database_away():
                raise
            log.exception("The chore %s.%s broke off.", chore.__module__, chore.__qualname__)
