"""Says every few seconds that this process lives, what it carries and what went wrong, in a row of its own."""

from __future__ import annotations

import os
import socket
import tomllib
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from telemetry import recent
from telemetry.models import Kind, Process

BEAT_SECONDS = 10
#: One that was not seen for so long has missed two beats, and counts as lost.
LOST_SECONDS = 30
KEPT = timedelta(days=1)
MOST_NAMED = 200
_PROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"


@dataclass
class _Me:
    kind: str = ""
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


_me = _Me()


@cache
def our_version() -> str:
    """The version of this program."""
    version: str = tomllib.loads(_PROJECT.read_text(encoding="utf-8"))["project"]["version"]
    return version


def begin(kind: Kind) -> None:
    """This process is a ``kind`` from now on; its row is written with its first beat."""
    global _me
    _me = _Me(kind.value)


def beat(carrying: Collection[int] = ()) -> None:
    """Tell that this process lives, and which node runs it carries.

    Does nothing in one that never began: commands and tests.
    """
    if not _me.kind:
        return
    row = Process.objects.filter(pk=_me.id)
    held = {"carrying": len(carrying), "node_runs": list(carrying)[:MOST_NAMED]}
    if not row.update(seen_at=Now(), lines=recent.lines(), **held):
        _introduce()


def end() -> None:
    """It ends in order; what it told stays for a day."""
    if not _me.kind:
        return
    over = {"seen_at": Now(), "ended_at": Now(), "carrying": 0, "node_runs": []}
    Process.objects.filter(pk=_me.id).update(lines=recent.lines(), **over)
    _me.kind = ""


@transaction.atomic
def _introduce() -> None:
    now = timezone.now()
    Process.objects.filter(seen_at__lt=now - KEPT).delete()
    if _me.kind == Kind.SERVER:  # it holds the data folder alone, so whoever held it before is gone
        Process.objects.filter(ended_at=None).update(ended_at=F("seen_at"))
    Process.objects.create(
        id=_me.id,
        kind=_me.kind,
        host=socket.gethostname()[:255],
        pid=os.getpid(),
        version=our_version(),
        started_at=now,
        seen_at=now,
        lines=recent.lines(),
    )
