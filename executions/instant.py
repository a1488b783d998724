"""Computes on the spot what needs no worker: input nodes and text nodes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from django.utils.functional import SimpleLazyObject

from accounts.models import Team
from accounts.team_secrets import has_secret
from assets.store import find_for, read
from executions.inputs import Gathered
from executions.models import Execution
from executions.pins import results_once
from executions.planner import Compute
from executions.sources import MustFetch, Shelf, source_outputs
from providers.base import Request, Value
from providers.local import INSTANT
from workflows.graph import Node

#: Instant nodes read and write no files; what they are given as scratch is never used.
_NO_SCRATCH = Path(tempfile.gettempdir())


def shelf_of(team: Team, payload: Mapping[str, Any], *, author: Team | None = None) -> Shelf:
    """How the input nodes of this team's runs reach stored files. Secrets are those of ``author``, whose graph it is
    where that is another team.
    """

    def find(value: Any) -> dict[str, Any] | None:
        asset = find_for(team, value)
        return None if asset is None else asset.as_value()

    def read_text(reference: Mapping[str, Any]) -> str:
        asset = find_for(team, reference)
        return read(asset).decode("utf-8-sig") if asset is not None else ""

    def secret_is_there(name: str) -> bool:
        return has_secret(team=author or team, name=name)

    return Shelf(
        find=find,
        read_text=read_text,
        payload=payload,
        has_secret=secret_is_there,
        pinned=results_once(team),
    )


def computer(shelf: Shelf) -> Compute:
    """A `Compute` for the planner: port → value, or None where a worker must do it."""

    def compute(node: Node, gathered: Gathered) -> dict[str, Value] | None:
        if node.kind.is_source:
            try:
                return source_outputs(node, shelf)
            except MustFetch:
                return None
        function: Callable[[Request], dict[str, Value]] | None = INSTANT.get(node.kind.name)
        if function is None:
            return None
        request = Request(
            kind=node.kind,
            inputs=gathered.inputs,
            params=gathered.params,
            scratch=_NO_SCRATCH,
            label=node.label,
        )
        return function(request)

    return compute


def computer_for(execution: Execution) -> Compute:
    """The computer for a run that goes on. Its team is read when a file is looked for, which is seldom."""
    team = cast(Team, SimpleLazyObject(lambda: execution.team))
    return computer(shelf_of(team, execution.trigger_data))
