"""What a Send Webhook node wants sent: put together when its inputs are there, carried by a room above this one.

Pure. From then on the node run waits, as one that asks a person does, until it is told what became of the letter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from accounts.secret_names import named_by
from providers.errors import InvalidInput, ProviderError
from providers.local.params import check_param
from workflows.graph import Node

if TYPE_CHECKING:
    from executions.inputs import Gathered

SENDING = "output:webhook"
MOST_LETTERS = 1_000_000
MOST_HEADERS, MOST_HEADER_LETTERS, MOST_ADDRESS_LETTERS = 20, 2048, 2048
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
#: What the server says itself.
_OURS = re.compile(
    r"(?:host|user-agent|content-.*|transfer-encoding|connection|te|upgrade|expect|accept-encoding"
    r"|webhook-.*|x-webhook-.*)",
    re.IGNORECASE,
)


class NotDelivered(ProviderError):
    """The receiver did not take it, however often it was sent."""

    code = "delivery_failed"


@dataclass(frozen=True, slots=True)
class Letter:
    """``url`` and the values of ``headers`` may name secrets; ``data`` and ``extra`` are stored values.

    It is sent ``tries`` times at most. ``may_fail``: the run goes on when nobody takes it.
    """

    url: str
    headers: Mapping[str, str]
    is_signed: bool
    tries: int
    may_fail: bool
    data: list[Any]
    extra: list[Any]


def sends(node: Node) -> bool:
    """Does this node send what reaches it, by its type?"""
    return node.kind.name == SENDING


def letter_of(node: Node, gathered: Gathered) -> Letter:
    """Raises `InvalidInput` for settings that cannot be sent, and for secrets that a wire names: only what is written
    on the node itself is opened, so that no caller chooses among the team's.
    """
    data, extra = list(gathered.inputs.get("data", [])), list(gathered.inputs.get("extra", []))
    if len(json.dumps([data, extra])) > MOST_LETTERS:
        raise InvalidInput(f"It would send more than {MOST_LETTERS:,} characters; the limit is 1 MB.")
    params = {one.id: check_param(one, gathered.params.get(one.id, one.default)) for one in node.kind.params}
    url, headers = params["url"].strip(), _headers(params["headers"])
    if len(url) > MOST_ADDRESS_LETTERS or not url.isprintable():
        raise InvalidInput(f"The address must be one line of {MOST_ADDRESS_LETTERS:,} characters at most.")
    named = {(place, text) for place, text in _places(url, headers) if named_by(text) is not None}
    if not named <= _places(node.params.get("url"), node.params.get("headers")):
        raise InvalidInput(
            "A wire may not bring secret://…: write the name of the secret on the node itself."
        )
    return Letter(
        url=url,
        headers=headers,
        is_signed=params["sign"] != "none",
        tries=params["retries"] + 1,
        may_fail=params["on_failure"] == "ignore",
        data=data,
        extra=extra,
    )


def _places(url: Any, headers: Any) -> set[tuple[str, str]]:
    """Each text that may name a secret, with where it stands: the name of its header, "" for the address."""
    found = {"": url, **headers} if isinstance(headers, Mapping) else {"": url}
    return {(str(place), text.strip()) for place, text in found.items() if isinstance(text, str)}


def _headers(given: Any) -> dict[str, str]:
    if not isinstance(given, Mapping) or len(given) > MOST_HEADERS:
        raise InvalidInput(f"Headers must be an object of {MOST_HEADERS} names at most, each with a text.")
    for name, value in given.items():
        if not isinstance(value, str) or len(value) > MOST_HEADER_LETTERS or not _is_plain(value):
            raise InvalidInput(f"The header “{str(name)[:40]}” must be one line of plain letters.")
        if not _NAME.fullmatch(str(name)) or _OURS.fullmatch(str(name)):
            raise InvalidInput(f"“{str(name)[:40]}” cannot be sent as a header. Take another name.")
    return {str(name): value.strip() for name, value in given.items()}


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()
