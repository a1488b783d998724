"""Places where a test can make the process die, freeze or fail.

Armed by the setting FAILPOINTS ("after_accept=exit,after_submit=raise:2"): ``exit`` ends the process at once as
kill -9 would, ``raise`` raises, ``freeze`` stops it where it is until it gets SIGCONT. ":n" means the n-th time only.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from functools import lru_cache

from django.conf import settings

NAMES = (
    "after_accept",
    "after_claim",
    "before_submit",
    "after_submit",
    "after_record_sent",
    "before_finish",
    "in_finish",
    "after_finish",
)
#: In the transaction that makes runs of a lot of rows, and after it; only large tables come by.
OF_TABLES = ("in_lot", "after_lot")
#: In the transaction that deals with one moment of a schedule, and after it.
OF_SCHEDULES = ("in_firing", "after_firing")
#: In the transaction that makes a team of an archive.
OF_ARCHIVES = ("in_import",)
#: Outside the engine: what a run sends was sent, and that is not noted yet.
OUTSIDE = ("after_delivery",)
_hits: Counter[str] = Counter()


class FailpointHit(Exception):
    """Raised by an armed failpoint."""


@lru_cache(maxsize=4)
def _armed(text: str) -> dict[str, tuple[str, int]]:
    armed = {}
    for part in filter(None, text.split(",")):
        name, _, deed = part.strip().partition("=")
        deed, _, nth = deed.partition(":")
        known = (*NAMES, *OF_TABLES, *OF_SCHEDULES, *OF_ARCHIVES, *OUTSIDE)
        if name not in known or deed not in ("exit", "raise", "freeze"):
            raise ValueError(f"FAILPOINTS: {part!r} is not <name>=exit|raise|freeze[:n].")
        armed[name] = (deed, int(nth or 0))
    return armed


def hit(name: str) -> None:
    """Do what the setting asks for at this place; normally nothing."""
    if not settings.FAILPOINTS:
        return
    deed, nth = _armed(settings.FAILPOINTS).get(name, ("", 0))
    if not deed:
        return
    _hits[name] += 1
    if nth and _hits[name] != nth:
        return
    if deed == "exit":
        os._exit(137)
    if deed == "freeze":
        # Sent to this thread, it stops the process before this line ends; sent to the process, a little later.
        signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)
    if deed == "raise":
        raise FailpointHit(name)
