"""Letters leave the runs here: each is handed over in the transaction that has its node run wait.

The room above this one that carries letters says so when Django has loaded it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from executions.letters import Letter
    from executions.models import NodeRun

#: Each takes a letter of a node run on, in the caller's transaction; it must not fail.
CARRIERS: list[Callable[[NodeRun, Letter], None]] = []
