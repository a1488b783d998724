"""The graph that made an asset, for whoever takes its file along, which may be given to anybody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from assets.models import ID, NAME, Asset
from executions.letters import SENDING
from wireflow_ui.json_text import dump
from workflows.models import Version
from workflows.sharing import without_secrets

#: Whoever knows the name of a file can fetch it.
_FILE = re.compile(rf"{ID}|/media/{NAME}")


def graph_of(asset: Asset) -> str:
    """The version that was run as a workflow is downloaded, ``{"name", "nodes", "edges"}``; "" if it is gone.

    Secrets are left out, and with them the files that went in and where a *Send Webhook* node sends to.
    """
    if not asset.version.isdecimal():
        return ""
    versions = Version.objects.filter(
        workflow=asset.workflow, workflow__team=asset.team_id, workflow__deleted_at=None
    )
    found = versions.filter(pk=asset.version).values_list("workflow__name", "nodes", "edges").first()
    if found is None:
        return ""
    name, nodes, edges = found
    return dump({"name": name, "nodes": [_for_anybody(one) for one in nodes], "edges": edges}).decode()


def _for_anybody(node: Mapping[str, Any]) -> dict[str, Any]:
    bare = without_secrets(node)
    data = {
        key: _each_without_files(value)
        if key in ("config", "params") and isinstance(value, Mapping)
        else _without_files(value)
        for key, value in bare["data"].items()
    }
    if data.get("nodeType") == SENDING:
        data |= {"params": {}}
    return bare | {"data": data}


def _each_without_files(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _without_files(one) for key, one in values.items()}


def _without_files(value: Any) -> Any:
    """A value without the names of stored files. Bodies are not nested deep."""
    if _is_file(value):
        return None
    if isinstance(value, Mapping):
        return _each_without_files(value)
    if isinstance(value, list):
        return [_without_files(one) for one in value if not _is_file(one)]
    return "" if isinstance(value, str) and _FILE.search(value) else value


def _is_file(value: Any) -> bool:
    """Is this what stands for a stored file? It tells its size and length too, so it goes whole."""
    return isinstance(value, Mapping) and any(
        isinstance(one := value.get(key), str) and _FILE.search(one) for key in ("assetId", "url")
    )
