"""Making and changing a team's components, and filling in what the nodes of them stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import TextField
from django.db.models.functions import Cast, Length
from django.utils import timezone

from accounts.actor import Actor
from accounts.models import Team
from providers.catalog import load_catalog
from wireflow_ui.errors import Conflict, WireflowError
from workflows import live
from workflows.components import MOST_DEEP, PREFIX, component_id, components_in, listing_of
from workflows.errors import ComponentNotFound, InvalidGraph
from workflows.ids import written
from workflows.lint import lint
from workflows.merging import MOST_BYTES
from workflows.models import Component, ComponentVersion, Workflow
from workflows.nodes import data_of, is_drawn_only
from workflows.normalise import BadGraph, check_shape, normalise
from workflows.versions import without_results

Json = Mapping[str, Any]

#: The library shows them all at once.
MOST_OF_A_TEAM = 200


class TooManyComponents(Conflict):
    """The team has as many components as it may."""

    code = "too_many_components"


class StaleComponent(Conflict):
    """Somebody made a version meanwhile; nothing was written."""

    code = "stale_write"


class BadComponent(WireflowError):
    """What was sent cannot be a component."""

    code = "invalid_component"


def with_components(
    nodes: Iterable[Json], team_id: int, *, previous: Mapping[str, Json] | None = None
) -> list[Any]:
    """The nodes, and in those of the team's components what the version they name holds, else what the newest does.

    What the team does not have stays as it was sent, and so does what is ``previous`` (stored ``data`` by node id).
    Raises BadGraph when it comes to more than a graph may have: a small body can name a large component often.
    """
    given = list(nodes)
    wanted = {
        place: raw
        for place, raw in enumerate(given)
        if isinstance(raw, Mapping) and component_id(raw) and not _is_known(raw, previous or {})
    }
    if not wanted:
        return given
    ids = {component_id(raw) for raw in wanted.values()}
    found = {one.pk: one for one in Component.objects.filter(team=team_id, deleted_at=None, pk__in=ids)}
    named = {
        place: (component_id(raw), _number(raw, found.get(component_id(raw))))
        for place, raw in wanted.items()
    }
    stored = {
        (one, number): (pk, size)
        for pk, one, number, size in ComponentVersion.objects.filter(
            component__in=found, number__in={number for _, number in named.values()}
        ).values_list("pk", "component_id", "number", Length(Cast("content", TextField())))
    }
    uses = {place: stored[name] for place, name in named.items() if name in stored}
    if sum(size for _, size in uses.values()) > MOST_BYTES:
        raise BadGraph(
            f"The components that are new in this graph bring more than {MOST_BYTES // 1024 // 1024} MB into it. "
            "Take some of them out, or make them smaller."
        )
    versions = ComponentVersion.objects.in_bulk({pk for pk, _ in uses.values()})
    for place, raw in wanted.items():
        version = versions.get(uses[place][0]) if place in uses else None
        if version is not None:
            name = found[version.component_id].name
            data = {"label": name, **data_of(raw), "component": carried(name, version)}
            given[place] = {**raw, "data": data}
    return given


def carried(name: str, version: ComponentVersion) -> dict[str, Any]:
    """What a node of this version holds of it."""
    return {"name": name, "version": version.number, **version.content}


def _is_known(raw: Json, previous: Mapping[str, Json]) -> bool:
    stored = previous.get(str(raw.get("id")))
    same = ("nodeType", "component")
    return stored is not None and all(stored.get(key) == data_of(raw).get(key) for key in same)


def _number(raw: Json, component: Component | None) -> int:
    said = data_of(raw).get("component")
    number = said.get("version") if isinstance(said, Mapping) else None
    if isinstance(number, int) and not isinstance(number, bool) and 0 < number < 2**31:
        return number
    return component.version if component is not None else 0


@transaction.atomic
def make_component(*, actor: Actor, name: str, content: Json) -> ComponentVersion:
    """A component of the actor's team. Raises BadGraph, BadComponent, InvalidGraph, TooManyComponents."""
    checked = _checked(content, team_id=actor.team.pk)
    Team.objects.select_for_update(no_key=True).get(pk=actor.team.pk)
    if Component.objects.filter(team=actor.team, deleted_at=None).count() >= MOST_OF_A_TEAM:
        raise TooManyComponents(
            f"A team has {MOST_OF_A_TEAM} components at most. Delete one that nobody needs, then try again."
        )
    component = Component.objects.create(team=actor.team, name=name, listing=listing_of(checked))
    return component.versions.create(number=1, content=checked, created_by=actor.user)


@transaction.atomic
def change_component(
    *,
    actor: Actor,
    component: Component,
    base_version: int,
    content: Json,
    name: str = "",
    bench_saved_at: datetime | None = None,
) -> ComponentVersion:
    """A new version of a component, and a new name where one is given. Graphs keep the version that they have.

    ``bench_saved_at`` is the moment of its workbench that the content was taken from, if it was.
    Raises StaleComponent when ``base_version`` is not the newest, and what `make_component` raises.
    """
    checked = _checked(content, team_id=actor.team.pk, of=component.pk)
    locked = Component.objects.select_for_update().filter(pk=component.pk, deleted_at=None).first()
    if locked is None:
        raise ComponentNotFound()
    if locked.version != base_version:
        raise StaleComponent(
            f"Version {locked.version} was made meanwhile. Look at it, then make yours from it.",
            currentVersion=locked.version,
        )
    component.version, component.name = base_version + 1, name or locked.name
    component.listing = listing_of(checked)
    changed = ["version", "name", "listing"]
    if bench_saved_at is not None:
        component.bench_version, component.bench_saved_at = component.version, bench_saved_at
        changed += ["bench_version", "bench_saved_at"]
        message = {"type": "workbench.saved", "updatedAt": written(bench_saved_at)}
        for bench in Workflow.objects.filter(workbench_of=component).values_list("pk", flat=True):
            transaction.on_commit(partial(live.announce, bench, message))
    component.save(update_fields=changed)
    return component.versions.create(number=component.version, content=checked, created_by=actor.user)


@transaction.atomic
def delete_component(*, component: Component) -> None:
    """Take it out of the library. Nodes of it go on as copies: they carry what they stand for.

    What its workbench holds that no version does becomes a workflow among the others.
    """
    if not Component.objects.filter(pk=component.pk, deleted_at=None).update(deleted_at=timezone.now()):
        return
    bench = Workflow.objects.filter(workbench_of=component.pk)
    if component.bench_saved_at is not None:
        bench.filter(updated_at=component.bench_saved_at).update(deleted_at=timezone.now())
    bench.update(workbench_of=None)


def _checked(content: Json, *, team_id: int, of: str = "") -> dict[str, Any]:
    """What is kept of the nodes, wires and ports that make a component."""
    check_shape(list(content["nodes"]), list(content["edges"]))
    catalog = load_catalog()
    filled = with_components(content["nodes"], team_id)
    graph = normalise(filled, content["edges"], catalog)
    if all(is_drawn_only(raw, catalog) for raw in graph.nodes):
        raise BadComponent("A component needs a node that runs.")
    within = list(components_in(graph.nodes))
    if of and any(one == of for one, _ in within):
        raise BadComponent(
            "A component cannot stand in itself, or in what stands in it. Unpack it there first."
        )
    if any(depth >= MOST_DEEP for _, depth in within):
        raise BadComponent(
            f"Components may stand in components {MOST_DEEP} deep. Unpack one of those inside."
        )
    report = lint(graph.nodes, graph.edges, catalog)
    if not report.ok:
        raise InvalidGraph(report.violations, report.warnings)
    ids = {raw["id"] for raw in graph.nodes}
    _check_ports(content, ids)
    return {
        "nodes": without_results(graph.nodes),
        "edges": graph.edges,
        "inputs": [dict(port) for port in content["inputs"]],
        "outputs": [dict(port) for port in content["outputs"]],
        "settings": [dict(one) for one in content["settings"]],
    }


def _check_ports(content: Json, ids: set[str]) -> None:
    """Raise BadComponent unless ports and settings have names of their own and lead to nodes of the component."""
    for side in ("inputs", "outputs", "settings"):
        ports: Sequence[Json] = content[side]
        names = [port["id"] for port in ports]
        if side == "inputs":
            names += [one["id"] for one in content["settings"]]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise BadComponent(f"Two of the {side} are called “{twice}”. Give each its own id.")
        for port in ports:
            ends = [to["node"] for to in port["to"]] if side == "inputs" else [port["node"]]
            lost = next((end for end in ends if end not in ids), None)
            if lost is not None:
                raise BadComponent(f"“{port['id']}” leads to “{lost}”, which is not in the component.")


def node_type_of(component: Component) -> str:
    """What nodes of it have as their type."""
    return PREFIX + component.pk
