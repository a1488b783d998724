"""Workbenches: the workflow in which a component is changed, saved and run as any other until it makes a version."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from accounts.actor import Actor
from workflows.actions import create_workflow, keep_version, name_version, replace_workflow, restore_workflow
from workflows.errors import ComponentNotFound
from workflows.models import Component, Workflow
from workflows.versions import digest_of

#: What a workbench is kept as when it is taken back to the newest version.
PUT_ASIDE = "Not saved as a version"


@dataclass(frozen=True, slots=True)
class Bench:
    """A component and the workflow that it is changed in."""

    component: Component
    workflow: Workflow

    @property
    def is_changed(self) -> bool:
        """Whether it was written since it was the same as a version."""
        return self.workflow.updated_at != self.component.bench_saved_at


def bench_of(workflow: Workflow) -> Bench | None:
    """What this workflow is a workbench of; None for every other one."""
    component = workflow.workbench_of
    return Bench(component, workflow) if component is not None and component.deleted_at is None else None


@transaction.atomic
def open_workbench(*, actor: Actor, component: Component) -> Bench:
    """The workbench of a component; one that holds nothing of its own is brought to the newest version."""
    component = _locked(component)
    workflow = Workflow.objects.filter(workbench_of=component).first()
    if workflow is None:
        return _made(actor, component)
    if workflow.deleted_at is not None:  # somebody took it for a workflow like others
        restore_workflow(workflow=workflow)
    bench = Bench(component, workflow)
    if bench.is_changed or component.bench_version == component.version:
        return bench
    if not _is_as_noted(bench):
        _keep(actor, bench)
    return _brought(bench)


@transaction.atomic
def clear_workbench(*, actor: Actor, component: Component) -> Bench:
    """Bring the workbench to the newest version. What it held stays among its versions, where it can be found."""
    bench = open_workbench(actor=actor, component=component)
    if not bench.is_changed:
        return bench
    _keep(actor, bench)
    return _brought(bench)


def _locked(component: Component) -> Component:
    found = Component.objects.select_for_update().filter(pk=component.pk, deleted_at=None).first()
    if found is None:
        raise ComponentNotFound()
    return found


def _made(actor: Actor, component: Component) -> Bench:
    content = component.versions.get(number=component.version).content
    saved = create_workflow(
        actor=actor,
        name=component.name,
        nodes=content["nodes"],
        edges=content["edges"],
        strict=False,
        workbench_of=component,
    )
    return _noted(Bench(component, saved.workflow))


def _is_as_noted(bench: Bench) -> bool:
    """Whether it holds what the version does that somebody said was made of it: whoever calls may be mistaken."""
    version = bench.component.versions.get(number=bench.component.bench_version or 0)
    noted = digest_of(version.content["nodes"], version.content["edges"])
    return digest_of(*bench.workflow.graph_json()) == noted


def _keep(actor: Actor, bench: Bench) -> None:
    version = keep_version(workflow=bench.workflow, actor=actor)
    if not version.name:
        name_version(version=version, actor=actor, name=PUT_ASIDE)


def _brought(bench: Bench) -> Bench:
    content = bench.component.versions.get(number=bench.component.version).content
    replace_workflow(
        workflow=bench.workflow,
        nodes=content["nodes"],
        edges=content["edges"],
        strict=False,
        name=bench.component.name,
    )
    return _noted(bench)


def _noted(bench: Bench) -> Bench:
    component = bench.component
    component.bench_version, component.bench_saved_at = component.version, bench.workflow.updated_at
    component.save(update_fields=["bench_version", "bench_saved_at"])
    return bench
