"""Ids of an archive that something here has already, and what they are called instead."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterator, Sequence

from django.db.models import Model, Q

from archives.reading import Archive
from assets.models import Asset, PendingUpload, new_id, random_name
from executions.models import Batch, Execution, GoneExecution
from workflows.ids import new_component_id, new_workflow_id
from workflows.models import Component, Workflow

AT_ONCE = 300


def taken_ids(archive: Archive) -> dict[str, str]:
    """Id in the archive → another one, for those that are taken. Elsewhere, where none is, texts stay as they were."""
    renamed: dict[str, str] = {}
    for some in _lots(archive, "workflows", "id"):
        _rename(renamed, _found(Workflow, some), new_workflow_id)
    for some in _lots(archive, "components", "id"):
        _rename(renamed, _found(Component, some), new_component_id)
    for some in _lots(archive, "assets", "id"):
        _rename(renamed, _found(Asset, some) | _found(PendingUpload, some), new_id)
    for key in ("name", "thumbnail_name"):
        for some in _lots(archive, "assets", key):
            for name in sorted(_names(some)):
                renamed[name] = f"{random_name()}.{name.rpartition('.')[2]}"
    for some in _lots(archive, "executions", "id", "batch"):
        ids = [one for one in some if _is_uuid(one)]
        taken = {str(one) for model in (Execution, GoneExecution, Batch) for one in _found(model, ids)}
        _rename(renamed, taken, lambda: str(uuid.uuid4()))
    return renamed


def _lots(archive: Archive, table: str, *keys: str) -> Iterator[Sequence[str]]:
    """The ids under these keys, some at a time."""
    lot: list[str] = []
    for _, row in archive.rows(table):
        for key in keys:
            value = row.get(key)
            value = value.get("id") if isinstance(value, dict) else value
            if isinstance(value, str) and value:
                lot.append(value)
        if len(lot) >= AT_ONCE:
            yield lot
            lot = []
    if lot:
        yield lot


def _found(model: type[Model], ids: Sequence[str]) -> set[str]:
    return {str(pk) for pk in model._default_manager.filter(pk__in=ids).values_list("pk", flat=True)}


def _names(names: Sequence[str]) -> set[str]:
    """Those that something is served under."""
    there = Asset.objects.filter(Q(name__in=names) | Q(thumbnail_name__in=names))
    return {one for pair in there.values_list("name", "thumbnail_name") for one in pair} & set(names)


def _rename(renamed: dict[str, str], taken: Collection[str], new: Callable[[], str]) -> None:
    renamed |= {one: new() for one in sorted(taken)}


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
