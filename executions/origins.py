"""The graph that made an asset, for whoever takes its file along."""

from __future__ import annotations

from assets.models import Asset
from wireflow_ui.json_text import dump
from workflows.models import Version


def graph_of(asset: Asset) -> str:
    """The version that was run as a workflow is downloaded, ``{"name", "nodes", "edges"}``; "" if it is gone."""
    if not asset.version.isdecimal():
        return ""
    versions = Version.objects.filter(workflow=asset.workflow, workflow__team=asset.team_id)
    found = versions.filter(pk=asset.version).values_list("workflow__name", "nodes", "edges").first()
    if found is None:
        return ""
    name, nodes, edges = found
    return dump({"name": name, "nodes": nodes, "edges": edges}).decode()
