"""What the engine says to a provider and what it hears: four verbs over frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from providers.catalog import NodeType


@dataclass(frozen=True, slots=True)
class Media:
    """One picture, clip or sound in a file.

    ``width`` and ``height`` are pixels as shown (orientation applied), ``seconds`` the duration; each is None
    where it does not apply or was not measured. ``role`` is ``"mask"`` for masks.
    """

    path: Path
    content_type: str
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    role: str = ""

    @property
    def kind(self) -> str:
        """``image``, ``video``, ``audio`` or ``application``: the first half of the content type."""
        return self.content_type.partition("/")[0]


#: What travels along a wire: a scalar, JSON, a medium, or a list of those.
Value = Any


@dataclass(frozen=True, slots=True)
class Request:
    """One piece of work.

    ``inputs`` holds what reached each input port (a list where the port takes several), ``params`` the
    effective value of every parameter, ``connected`` the ports that got a value. Results that are files are
    written into ``scratch``, a folder that belongs to this request alone. ``idempotency_key`` is one per
    submission and stays the same when the submission is tried again. ``callback`` is an address at which a provider
    that tells of the end of its jobs may do so; "" when it cannot reach us.
    """

    kind: NodeType
    inputs: Mapping[str, Value]
    params: Mapping[str, Any]
    scratch: Path
    idempotency_key: str = ""
    item_path: tuple[int, ...] = ()
    label: str = ""
    callback: str = ""


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Job:
    """What a provider says about a submission.

    ``outputs`` (port → value) is there when ``state`` is DONE. ``poll_after`` is the provider's own hint, in
    seconds from now. ``notes`` may hold ``price_as``: parameters as they turned out to be, where less was made than
    was asked for. Failures are raised as `providers.errors`, never returned.
    """

    ref: str
    state: JobState
    outputs: Mapping[str, Value] = field(default_factory=dict)
    progress: float | None = None
    poll_after: float | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)


class Provider(Protocol):
    """An outside service. Nothing here retries or sleeps; the engine does both.

    ``takes_keys`` says that sending the same idempotency key twice starts one job only.
    """

    name: str
    takes_keys: bool

    async def submit(self, request: Request) -> Job:
        """Start the work. Raises a `ProviderError`."""
        ...

    async def fetch(self, ref: str, request: Request) -> Job:
        """Ask how job ``ref`` is doing; result files are written into ``request.scratch``.

        The request is the one that was submitted, but its media may still be in their stored form.
        Raises a `ProviderError`.
        """
        ...

    async def cancel(self, ref: str) -> None:
        """Ask the provider to stop; silence is an answer."""
        ...


@runtime_checkable
class Telling(Protocol):
    """What a provider can do beside its four verbs when it tells of the end of its jobs at ``Request.callback``.

    Its news only makes us ask earlier: the result is taken by `Provider.fetch` as ever.
    """

    async def told(self, headers: Mapping[str, str], body: bytes) -> str:
        """Check the signature and the age of such a message; the reference of the job it is about.

        ``headers`` have small letters. Raises `NotTold` for a message that the provider did not send, or not now, and
        `ServerFault` when that cannot be found out.
        """
        ...
