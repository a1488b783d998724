"""What runs were given, in words: the values of their inputs and the prompts on their nodes, behind the nodes' labels.

It is read off the version that a run ran, in which stands what whoever started it gave. The graph itself is not built:
of a table of many runs each may have a version of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from assets.models import ID, Asset
from assets.naming import assets_at
from executions.captions import WORDED
from executions.models import Execution
from executions.values import as_text, is_medium
from providers.catalog import NodeType, load_catalog
from workflows.models import Version

Json = Mapping[str, Any]
LONGEST_ADDRESS = 2_048
#: The label of a node, and a value of it.
Given = tuple[str, Any]


def given_to(executions: Sequence[Execution]) -> dict[UUID, str]:
    """A line for each value that runs were given, whole. Of another team's app what the guest wrote alone."""
    versions = Version.objects.in_bulk({one.version_id for one in executions if not one.is_guest})
    values = {
        one.pk: list(_of_guest(one) if one.is_guest else _of(versions[one.version_id], one.trigger_data))
        for one in executions
    }
    names = _names_of_files(executions, [value for given in values.values() for _, value in given])
    return {
        pk: "\n".join(f"{label}: {words}" for label, value in given if (words := _words(value, names)))
        for pk, given in values.items()
    }


def _of_guest(execution: Execution) -> Iterator[Given]:
    yield from execution.inputs.items()


def _of(version: Version, trigger_data: Json) -> Iterator[Given]:
    catalog = load_catalog()
    wired = {(edge.get("target"), str(edge.get("targetHandle", ""))) for edge in version.edges}
    for node in version.nodes:
        data = node.get("data") or {}
        kind = catalog.find(str(data.get("nodeType", "")))
        if kind is None:
            continue
        params = {**(data.get("params") or {}), **(data.get("config") or {})}
        label = str(data.get("label") or kind.title)
        if kind.name == "input:webhook" and trigger_data:
            yield label, dict(trigger_data)
            continue
        for name in _telling(kind):
            if (value := params.get(name)) not in (None, "", []) and (
                node.get("id"),
                f"in-{name}",
            ) not in wired:
                yield label, value


def _telling(kind: NodeType) -> Sequence[str]:
    """The parameters that hold what a run is given."""
    if not kind.is_source:
        return WORDED if kind.is_remote else ()
    run_input = kind.spec["run_input"]
    return (run_input["param"], "rows", "file") if "also" in run_input else (run_input["param"],)


def _names_of_files(executions: Sequence[Execution], values: Iterable[Any]) -> dict[str, str]:
    """The names of the team's files among these values, by what the values call them."""
    called = {name for value in values for one in _listed(value) if (name := _called(one))}
    team_id = executions[0].team_id if executions else 0
    ids = {name for name in called if re.fullmatch(ID, name)}
    found = dict(Asset.objects.filter(team=team_id, pk__in=ids).values_list("pk", "filename"))
    return found | {name: asset.filename for name, asset in assets_at(team_id, called - ids).items()}


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


def _called(value: Any) -> str:
    """What may be an id or an address of a file; "" for what is none."""
    value = value["assetId"] if is_medium(value) else value
    return value if isinstance(value, str) and len(value) <= LONGEST_ADDRESS else ""


def _words(value: Any, names: Mapping[str, str]) -> str:
    """Files by their names, texts whole, all else as JSON."""
    items = _listed(value)
    if all(isinstance(one, str) or is_medium(one) for one in items):
        return ", ".join(names.get(_called(one), one if isinstance(one, str) else "") for one in items)
    return as_text(value)
