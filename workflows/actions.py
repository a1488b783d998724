"""Everything that changes a workflow.

Every write of what people set compares and swaps on ``updated_at`` in one guarded UPDATE: of two people who
save at once, the second is told (`StaleWrite`) and nothing of the first is lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts import audit
from accounts.actor import Actor
from accounts.models import User
from accounts.statements import Plus, select, write
from providers.catalog import load_catalog
from providers.local import SUPPORTED
from workflows import live, rows
from workflows.component_actions import with_components
from workflows.errors import EmptyGraph, InvalidGraph, NodeNotFound, StaleWrite, WorkflowNotFound
from workflows.ids import op_name, read_moment, written
from workflows.layout import layout
from workflows.lint import Report, lint
from workflows.models import LinkPermission, Snapshot, Version, Workflow, now_in_milliseconds
from workflows.nodes import data_of
from workflows.normalise import Normalised, check_shape, normalise
from workflows.piece_edits import forget_piece_edits, note_piece_edits
from workflows.sharing import without_secrets
from workflows.snapshots import keep_what_goes
from workflows.versions import digest_of, layout_of, without_results

Json = Mapping[str, Any]

#: Findings that a graph cannot be kept with, strict or not: rows are told apart by these ids.
_UNKEEPABLE = ("duplicate-node-id", "duplicate-edge-id")


@dataclass(frozen=True, slots=True)
class Saved:
    """A workflow after a write, with what lint said about its graph and what was filled in and rewritten."""

    workflow: Workflow
    report: Report
    graph: Normalised

    @property
    def migrations(self) -> list[dict[str, str]]:
        return self.graph.migrations


def create_workflow(
    *,
    actor: Actor,
    name: str,
    nodes: Sequence[Json] = (),
    edges: Sequence[Json] = (),
    strict: bool = True,
    **settings: Any,
) -> Saved:
    """Make a workflow; ``settings`` are description, tags, is_active, media_id.

    Raises BadGraph, and InvalidGraph when ``strict`` and the graph has errors.
    """
    check_shape(list(nodes), list(edges))
    graph = normalise(with_components(nodes, actor.team.pk), edges, load_catalog())
    report = _checked(graph, strict=strict)
    with transaction.atomic():
        workflow = Workflow.objects.create(team=actor.team, created_by=actor.user, name=name, **settings)
        rows.write(workflow, graph, rows.NOTHING)
    return Saved(workflow, report, graph)


def replace_workflow(
    *,
    workflow: Workflow,
    nodes: Sequence[Json],
    edges: Sequence[Json],
    base_updated_at: str | None = None,
    strict: bool = True,
    components_of: int | None = None,
    by: User | None = None,
    **settings: Any,
) -> Saved:
    """Put another graph and other settings in the place of a workflow's.

    Components are those of the team ``components_of``, else of the workflow's: who edits by a link has their own.
    Raises StaleWrite, BadGraph, and InvalidGraph when ``strict`` and the graph has errors.
    """
    check_shape(list(nodes), list(edges))
    base = _base(workflow, base_updated_at)
    before = rows.read(workflow)
    known = before.data_by_id()
    filled = with_components(nodes, components_of or workflow.team_id, previous=known)
    graph = normalise(filled, edges, load_catalog(), previous=known)
    report = _checked(graph, strict=strict)
    with transaction.atomic():
        swap(workflow, base, **settings)
        keep_what_goes(workflow, before, [raw["id"] for raw in graph.nodes], by)
        note_piece_edits(workflow, before.as_json(), (graph.nodes, graph.edges), by)
        rows.write(workflow, graph, before)
    return Saved(workflow, report, graph)


def save_draft(
    *,
    workflow: Workflow,
    base_updated_at: str,
    nodes: Sequence[Json],
    edges: Sequence[Json],
    op_id: str = "",
    confirm_empty: bool = False,
    by: User | None = None,
    **settings: Any,
) -> Saved:
    """Save what somebody is drawing; it may be unfinished, and the findings come back in the report.

    Sending the last save again (same ``op_id``, same graph) is taken as done: its answer may have been lost.
    Raises StaleWrite with the current graph, EmptyGraph, BadGraph, and InvalidGraph when two nodes share an id.
    """
    check_shape(list(nodes), list(edges), unfinished=True)
    catalog = load_catalog()
    before = rows.read(workflow)
    known = before.data_by_id()
    filled = with_components(nodes, workflow.team_id, previous=known)
    graph = normalise(filled, edges, catalog, previous=known)
    report = lint(graph.nodes, graph.edges, catalog, supported=SUPPORTED)
    _refuse_unkeepable(report)
    op = op_name(op_id, [nodes, edges, settings]) if op_id else ""
    try:
        base = _base(workflow, base_updated_at)
        if not nodes and not edges and before.nodes and not confirm_empty:
            raise EmptyGraph()
        with transaction.atomic():
            swap(workflow, base, last_op_id=op, **settings)
            keep_what_goes(workflow, before, [raw["id"] for raw in graph.nodes], by)
            note_piece_edits(workflow, before.as_json(), (graph.nodes, graph.edges), by)
            rows.write(workflow, graph, before)
    except StaleWrite as stale:
        _load(workflow)
        if not op_id or op != workflow.last_op_id:
            raise _with_current_graph(workflow, stale) from stale
    return Saved(workflow, report, graph)


def change_settings(*, workflow: Workflow, **settings: Any) -> None:
    """Change name, description, tags or is_active without touching the graph. Raises StaleWrite."""
    with transaction.atomic():
        swap(workflow, workflow.updated_at, **settings)


def share_workflow(*, workflow: Workflow, permission: str, by: User | None = None) -> None:
    """Say who may see it by its link: PRIVATE, VIEW or EDIT. Sharing wipes what looks like a secret, as a change of
    whoever shares.

    Raises StaleWrite.
    """
    was = workflow.link_permission
    before = rows.read(workflow)
    nodes = [row.as_json() for row in before.nodes.values()]
    edges = [row.as_json() for row in before.edges.values()]
    if permission != LinkPermission.PRIVATE:
        nodes = [without_secrets(raw) for raw in nodes]
    with transaction.atomic():
        swap(workflow, workflow.updated_at, link_permission=permission)
        note_piece_edits(workflow, before.as_json(), (nodes, edges), by)
        rows.write(workflow, Normalised(nodes, edges, []), before)
        if permission != was:
            audit.record(
                team=workflow.team,
                change="workflow.shared",
                subject=workflow.name,
                before={"by its link": was},
                after={"by its link": permission},
            )


def patch_node(
    *,
    workflow: Workflow,
    node_id: str,
    values: Sequence[Json] = (),
    label: str | None = None,
    position: Json | None = None,
    base_updated_at: str | None = None,
    by: User | None = None,
) -> dict[str, Any]:
    """Change one node and return it. Each of ``values`` is merged into its settings; null deletes a key.

    Raises NodeNotFound, StaleWrite, BadGraph.
    """
    base = _base(workflow, base_updated_at)
    before = rows.read(workflow)
    row = before.nodes.get(node_id)
    if row is None:
        raise NodeNotFound()
    raw = row.as_json()
    merged = {**raw["data"].get("params", {})}
    for part in values:
        merged.update(part)
    merged = {key: value for key, value in merged.items() if value is not None}
    data = {**raw["data"], "config": merged, "params": merged}
    changed = {**raw, "data": data if label is None else {**data, "label": label}}
    if position is not None:
        changed["position"] = position
    check_shape([changed], [], unfinished=True)
    edges = [edge.as_json() for edge in before.edges.values()]
    graph = normalise([changed], edges, load_catalog(), previous={node_id: raw["data"]})
    node = _with_derived_output(graph.nodes[0])
    with transaction.atomic():
        swap(workflow, base)
        note_piece_edits(workflow, ([raw], ()), ([node], ()), by)
        rows.write_node(workflow, row, node)
    return node


def arrange(
    *,
    workflow: Workflow,
    gap_x: float = 80.0,
    gap_y: float = 40.0,
    scope: Sequence[str] | None = None,
    base_updated_at: str | None = None,
) -> dict[str, Any]:
    """Move nodes to where `layout` puts them and return what it says. Raises StaleWrite."""
    base = _base(workflow, base_updated_at)
    before = rows.read(workflow)
    nodes = [row.as_json() for row in before.nodes.values()]
    edges = [row.as_json() for row in before.edges.values()]
    found = layout(nodes, edges, gap_x=gap_x, gap_y=gap_y, scope=scope)
    if found["moved"]:
        moved = [{**raw, "position": found["positions"].get(raw["id"], raw["position"])} for raw in nodes]
        with transaction.atomic():
            swap(workflow, base)
            rows.write(workflow, Normalised(moved, edges, []), before)
    return found


def duplicate_workflow(*, actor: Actor, workflow: Workflow, name: str = "") -> Workflow:
    """A private copy, without results and history, called ``<name> (copy)`` unless named."""
    nodes, edges = workflow.graph_json()
    if workflow.team_id != actor.team.pk:
        nodes = [without_secrets(raw) for raw in nodes]
    graph = normalise(nodes, edges, load_catalog())
    suffix = " (copy)"
    with transaction.atomic():
        copy = Workflow.objects.create(
            team=actor.team,
            created_by=actor.user,
            name=name or workflow.name[: 200 - len(suffix)] + suffix,
            description=workflow.description,
            tags=workflow.tags,
        )
        rows.write(copy, graph, rows.NOTHING)
    return copy


def delete_workflow(*, workflow: Workflow) -> None:
    """Take a workflow away; `restore_workflow` brings it back for 30 days."""
    with transaction.atomic():
        if Workflow.objects.filter(pk=workflow.pk, deleted_at=None).update(deleted_at=timezone.now()):
            audit.record(team=workflow.team, change="workflow.deleted", subject=workflow.name)


def restore_workflow(*, workflow: Workflow) -> None:
    """Bring a deleted workflow back."""
    with transaction.atomic():
        if Workflow.objects.filter(pk=workflow.pk).exclude(deleted_at=None).update(deleted_at=None):
            audit.record(team=workflow.team, change="workflow.restored", subject=workflow.name)
    workflow.deleted_at = None


def pin_version(*, workflow: Workflow, nodes: Sequence[Json], edges: Sequence[Json]) -> Version:
    """The version that holds this graph, the newest drawing of it; pinning the same graph again gives the same one."""
    for version in select(
        Version, {"workflow": workflow.pk, "digest": digest_of(nodes, edges)}, order=("-pk",)
    ):
        return version
    return _drawing(workflow, nodes, edges)


def keep_version(*, workflow: Workflow, actor: Actor, name: str = "") -> Version:
    """Keep the current graph as a version, just as it is drawn; one that is kept again keeps its number and name."""
    nodes, edges = workflow.graph_json()
    return keep(version=_drawing(workflow, nodes, edges), actor=actor, name=name)


def keep_snapshot(*, snapshot: Snapshot, actor: Actor, name: str = "") -> Version:
    """Make an automatic version one that stays."""
    version = _drawing(snapshot.workflow, snapshot.nodes, snapshot.edges)
    with transaction.atomic():
        keep(version=version, actor=actor, name=name)
        snapshot.delete()
    return version


def _drawing(workflow: Workflow, nodes: Sequence[Json], edges: Sequence[Json]) -> Version:
    """The version with this graph in which cards stand and wires run just so."""
    digest, layout = digest_of(nodes, edges), layout_of(nodes, edges)
    for version in select(Version, {"workflow": workflow.pk, "digest": digest}, order=("-pk",)):
        if (version.layout or layout_of(version.nodes, version.edges)) == layout:
            return version
    version, _ = Version.objects.get_or_create(
        workflow=workflow,
        digest=digest,
        layout=layout,
        defaults={"nodes": without_results(nodes), "edges": list(edges)},
    )
    return version


@transaction.atomic
def keep(*, version: Version, actor: Actor, name: str = "") -> Version:
    """Note that somebody kept this version, and give it the workflow's next number if it has none."""
    Workflow.objects.select_for_update().get(pk=version.workflow_id)
    version.refresh_from_db()
    newest = Version.objects.filter(workflow=version.workflow_id).aggregate(Max("number"))["number__max"]
    changes: dict[str, Any] = {"kept_at": timezone.now(), "kept_by": actor.user}
    changes["number"] = version.number or (newest or 0) + 1
    changes["layout"] = version.layout or layout_of(version.nodes, version.edges)
    Version.objects.filter(pk=version.pk).update(**changes, **({"name": name} if name else {}))
    version.refresh_from_db()
    transaction.on_commit(partial(live.announce, version.workflow_id, {"type": "workflow.kept"}))
    return version


def name_version(*, version: Version, actor: Actor, name: str) -> None:
    """Give a version a name, or take it away; one that has a name counts as kept."""
    if version.kept_at is None:
        keep(version=version, actor=actor)
    Version.objects.filter(pk=version.pk).update(name=name)
    version.refresh_from_db()


def note_execution(*, workflow_id: str, at: datetime, count: int = 1, cover: Json | None = None) -> None:
    """Count executions that were started, with a picture of them if there is one."""
    changes: dict[str, Any] = {"execution_count": Plus(count), "last_executed_at": at}
    write(Workflow, {"pk": workflow_id}, **changes, **({"cover": cover} if cover else {}))


def note_webhook(*, workflow: Workflow, seed: str, digest: str | None) -> None:
    """Keep what the workflow's webhook is known by; without ``digest`` it is off and cannot be found."""
    workflow.webhook_seed, workflow.webhook_digest = seed, digest
    Workflow.objects.filter(pk=workflow.pk).update(webhook_seed=seed, webhook_digest=digest)


def note_published(*, workflow: Workflow, is_published: bool, inputs: Sequence[Json] = ()) -> None:
    """Keep whether the workflow is published as an app, and which of its inputs that shows."""
    workflow.is_published, workflow.exposed_inputs = is_published, list(inputs)
    Workflow.objects.filter(pk=workflow.pk).update(is_published=is_published, exposed_inputs=list(inputs))
    if not is_published:
        forget_piece_edits(workflow=workflow)


def set_cover(*, workflow_id: str, cover: Json) -> None:
    """Show this asset (as its ``as_value``) on the workflow's card."""
    Workflow.objects.filter(pk=workflow_id).update(cover=cover)


def _checked(graph: Normalised, *, strict: bool) -> Report:
    """Lint a graph about to be kept. Raises InvalidGraph."""
    report = lint(graph.nodes, graph.edges, load_catalog(), supported=SUPPORTED)
    if strict and not report.ok:
        raise InvalidGraph(report.violations, report.warnings, graph.migrations)
    _refuse_unkeepable(report)
    return report


def _refuse_unkeepable(report: Report) -> None:
    found = [problem for problem in report.violations if problem.rule in _UNKEEPABLE]
    if found:
        raise InvalidGraph(found, report.warnings)


def _base(workflow: Workflow, base_updated_at: str | None) -> datetime:
    """The moment to compare with: the one the caller names, else the one this workflow was read at."""
    if base_updated_at is None:
        return workflow.updated_at
    if read_moment(base_updated_at) != workflow.updated_at:
        raise StaleWrite(updated_at=written(workflow.updated_at), base=base_updated_at)
    return workflow.updated_at


def swap(workflow: Workflow, base: datetime, *, last_op_id: str = "", **changes: Any) -> None:
    """Write ``changes`` and a later ``updated_at`` if nobody wrote since ``base``, else raise StaleWrite.

    Every other write forgets the last ``op_id``: a save sent again must not pass for the newest one.
    """
    changes["last_op_id"] = last_op_id
    moment = max(now_in_milliseconds(), base + timedelta(milliseconds=1))
    won = Workflow.objects.filter(pk=workflow.pk, updated_at=base, deleted_at=None).update(
        updated_at=moment, unkept_since=moment, **changes
    )
    if not won:
        _load(workflow)
        raise StaleWrite(updated_at=written(workflow.updated_at), base=written(base))
    workflow.updated_at = moment
    for name, value in changes.items():
        setattr(workflow, name, value)
    message = {"type": "workflow.saved", "updatedAt": written(moment)}
    transaction.on_commit(partial(live.announce, workflow.pk, message))


def _load(workflow: Workflow) -> None:
    """Read the workflow again. Raises WorkflowNotFound when it was deleted meanwhile."""
    workflow.refresh_from_db()
    if workflow.deleted_at is not None:
        raise WorkflowNotFound()


def _with_current_graph(workflow: Workflow, stale: StaleWrite) -> StaleWrite:
    nodes, edges = workflow.graph_json()
    moment = written(workflow.updated_at)
    current = {"name": workflow.name, "nodes": nodes, "edges": edges, "updatedAt": moment}
    return StaleWrite(updated_at=moment, base=stale.context["yourBaseUpdatedAt"], current=current)


def _with_derived_output(node: dict[str, Any]) -> dict[str, Any]:
    """An input node shows the value it will give, so that clients that read it see the new one."""
    kind = load_catalog().find(node["data"].get("nodeType", ""))
    if kind is None or not kind.is_source or not kind.outputs:
        return node
    data = {key: value for key, value in node["data"].items() if key != "output"}
    value = data_of(node).get("params", {}).get(kind.spec["run_input"]["param"])
    return {**node, "data": data if value is None else {**data, "output": {kind.outputs[0].id: value}}}
