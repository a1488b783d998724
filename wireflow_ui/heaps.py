"""How many heaps the C library keeps for the threads of a process.

By default up to eight for each core, and every new thread goes to another one. What a thread needed once stays in its
heap for nobody else to use: pages of SQLite, long texts. Threads come and go with the calls, so a server grew for
thousands of runs. Python runs one thread at a time, so two heaps hold nobody up.
"""

from __future__ import annotations

import ctypes
import os
import sys

#: Of glibc's malloc.h. Another C library has no such call, or does nothing.
M_ARENA_MAX = -8
FEW = 2


def share() -> None:
    """To be called before threads are started; MALLOC_ARENA_MAX says otherwise."""
    if sys.platform != "linux" or "MALLOC_ARENA_MAX" in os.environ:
        return
    tell = getattr(ctypes.CDLL(None), "mallopt", None)
    if tell is not None:
        tell(M_ARENA_MAX, FEW)
