"""Stored results found again: by what node runs are given, within a team."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress

from accounts.gathered import send_now
from assets.digests import digests_of
from assets.models import Asset
from executions.board import Key
from executions.cache import content_hash
from executions.inputs import Gathered, arrivals, gather
from executions.models import NodeRun
from executions.providers import choose, maker
from executions.runs import Run
from executions.states import NodeStatus
from executions.values import is_medium
from executions.wire import media_in
from providers.catalog import NodeType
from providers.errors import ProviderError
from providers.routes import with_value


def hashes_of(run: Run, keys: Iterable[Key]) -> dict[Key, str]:
    """The content hashes of node runs whose inputs are there; "" for those whose inputs do not fit."""
    hashes = dict.fromkeys(keys, "")
    fitting: dict[Key, Gathered] = {}
    for key in hashes:
        node = run.graph.nodes[key[0]]
        with suppress(ProviderError):
            fitting[key] = gather(run.board, node, arrivals(run.board, node, key[1]))
    digests = digests_in(run.execution.team_id, fitting.values())
    for key, gathered in fitting.items():
        kind = run.graph.nodes[key[0]].kind
        made_by = _maker(run, kind, gathered)
        hashes[key] = content_hash(kind, gathered, provider=made_by, path=key[1], digests=digests)
    return hashes


def _maker(run: Run, kind: NodeType, gathered: Gathered) -> str:
    if not kind.is_remote:
        return "" if kind.is_source else "local"
    team = run.execution.team
    return maker(choose(kind, team, with_value(gathered.inputs), gathered.params).provider)


def digests_in(team_id: int, given: Iterable[Gathered]) -> dict[str, str]:
    """What stands for the bytes of all files among these values, by asset id."""
    ids = {
        one["assetId"]
        for values in given
        for part in (values.inputs, values.params)
        for one in media_in(part)
    }
    return digests_of(team_id, ids)


def stored_results(team_id: int, digests: Collection[str]) -> dict[str, dict[str, object]]:
    """Content hash → output, of a team's finished node runs whose files are all still there."""
    send_now()
    rows = NodeRun.objects.filter(
        execution__team_id=team_id, status=NodeStatus.COMPLETED, content_hash__in=[d for d in digests if d]
    ).order_by("id")
    outputs = {row.content_hash: row.output or {} for row in rows}
    wanted = {one["assetId"] for output in outputs.values() for one in media_in(output)}
    there = set(Asset.objects.live().filter(team_id=team_id, id__in=wanted).values_list("id", flat=True))
    return {
        digest: output
        for digest, output in outputs.items()
        if all(one["assetId"] in there for one in media_in(output) if is_medium(one))
    }
