"""A node as the engine sees it: its type found, its values effective."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from providers.catalog import Catalog, NodeType, Port
from workflows.modes import Pin, with_mode
from workflows.policies import with_policies
from workflows.ports import find_input, find_output
from workflows.problems import ERROR, WARNING, Problem, did_you_mean
from workflows.values import Values, read_values

#: ``type`` of what stands on the canvas and is no node.
DRAWN_ONLY = ("stickyNote", "custom_group")

#: Why an edge cannot end at a node that is there.
NOTE = "a note or group, which takes no wires"
UNKNOWN = "of an unknown type"

#: A place this far out can still be drawn, and written as a number of few digits.
FARTHEST = 1e6

#: Looking for what was meant takes time, so a node gets so many of these warnings and no more.
_MOST_UNKNOWN = 10


@dataclass(frozen=True, slots=True)
class Node:
    """A node with its values as they hold when it runs.

    ``kind`` is the type that runs (the replacement where a model is retired), ``given_name`` the name in
    the graph. ``params`` has a value for every parameter of the catalog; ``given`` holds values written in
    place of wires, by input port. ``data`` is the raw data; ``selected_index`` the result a person chose.
    ``skips_failure``: a run goes on without it when it fails; ``fallback`` is then tried instead. ``mode`` is
    disabled, bypassed or "", ``pin`` says which earlier results stand for what it would make.
    """

    id: str
    kind: NodeType
    given_name: str
    label: str
    position: tuple[float, float]
    params: Mapping[str, Any]
    given: Mapping[str, tuple[Any, ...]]
    data: Mapping[str, Any]
    selected_index: int
    skips_failure: bool = False
    fallback: Node | None = None
    mode: str = ""
    pin: Pin | None = None

    @property
    def kinds(self) -> tuple[NodeType, ...]:
        """The type that runs, and that of the fallback."""
        return (self.kind,) if self.fallback is None else (self.kind, self.fallback.kind)

    def holds(self, port_id: str) -> bool:
        """Is a value written on the node, which counts where nothing is wired into this input or parameter?"""
        return bool(self.given.get(port_id)) or self.params.get(port_id) not in (None, "", [], {})

    def input(self, port_id: str) -> Port:
        """The input with this id, also a parameter's or a dynamic one."""
        landing = find_input(self.kind, f"in-{port_id}")
        assert landing is not None, port_id
        return landing.port

    def output(self, port_id: str) -> Port:
        """The output with this id, also a dynamic one."""
        port = find_output(self.kind, f"out-{port_id}", self.params)
        assert port is not None, port_id
        return port


def is_drawn_only(raw: Mapping[str, Any], catalog: Catalog) -> bool:
    """True for sticky notes and groups, which never run."""
    kind = catalog.find(type_name(raw))
    return raw.get("type") in DRAWN_ONLY or (kind is not None and kind.is_note)


def type_name(raw: Mapping[str, Any]) -> str:
    """The type a raw node names: ``data.nodeType``, or ``model.name`` as in older graphs; "" without one."""
    data = data_of(raw)
    if isinstance(data.get("nodeType"), str):
        return str(data["nodeType"])
    for holder in (data, raw):
        model = holder.get("model")
        if isinstance(model, Mapping) and isinstance(model.get("name"), str):
            return str(model["name"])
    return ""


def data_of(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """The ``data`` of a raw node, empty when it has none."""
    data = raw.get("data")
    return data if isinstance(data, Mapping) else {}


def position_of(raw: Mapping[str, Any]) -> tuple[float, float]:
    """Where a raw node stands, within `FARTHEST`; (0, 0) when it does not say so in numbers."""
    place = raw.get("position")
    if not isinstance(place, Mapping):
        return (0.0, 0.0)
    x, y = (
        min(max(float(value), -FARTHEST), FARTHEST)
        if isinstance(value, (int, float)) and math.isfinite(value)
        else 0.0
        for value in (place.get("x"), place.get("y"))
    )
    return (x, y)


def tidy(number: float) -> float | int:
    """A coordinate as the wire shows it: 500.0 as 500, and no more than three decimals."""
    return int(number) if float(number).is_integer() else round(number, 3)


def read_node(
    node_id: str, raw: Mapping[str, Any], catalog: Catalog
) -> tuple[Node | None, list[Problem], str]:
    """The node, what is wrong with it, and when there is none, why not (`NOTE` or `UNKNOWN`)."""
    if is_drawn_only(raw, catalog):
        return None, [], NOTE
    name = type_name(raw)
    kind = catalog.find(name)
    if kind is None:
        what = f'has the unknown type "{name[:100]}"' if name else "has no type"
        fix = did_you_mean(
            name, list(catalog.names), otherwise="See GET /api/v1/nodes for the types there are."
        )
        message = f'Node "{node_id}" {what}.'
        return None, [Problem("unknown-node-type", ERROR, message, fix, node_id, field="nodeType")], UNKNOWN

    data = data_of(raw)
    said = data.get("label")
    label = said if isinstance(said, str) and said.strip() else kind.title
    values = read_values(kind, data, kind.spec.get("alias_presets", {}).get(name, {}))
    problems = _value_problems(kind, node_id, label, values)
    params: dict[str, Any] = values.params
    if kind.status == "retired":
        kind, params = _replaced(kind, params, catalog)
    index = data.get("selectedIndex")
    node = Node(
        id=node_id,
        kind=kind,
        given_name=name,
        label=label,
        position=position_of(raw),
        params=params,
        given=values.given,
        data=data,
        selected_index=index if isinstance(index, int) and 0 <= index < 10_000 else 0,
    )
    return with_mode(with_policies(node, catalog, problems), problems), problems, ""


def _value_problems(kind: NodeType, node_id: str, label: str, values: Values) -> list[Problem]:
    problems = [
        Problem(
            "bad-param-value",
            ERROR,
            f'{key} of "{label}" {misfit.reason}.',
            misfit.fix or f"Give {key} another value.",
            node_id,
            field=key,
        )
        for key, misfit in values.misfits
    ]
    settings = [param.id for param in kind.params]
    for key in values.unknown[:_MOST_UNKNOWN]:
        message = f'"{label}" has no setting {key[:100]}; it is kept and has no effect.'
        fix = did_you_mean(key, settings, otherwise="Remove it.")
        problems.append(Problem("unknown-param", WARNING, message, fix, node_id, field=key[:100]))
    return problems


def _replaced(kind: NodeType, params: Mapping[str, Any], catalog: Catalog) -> tuple[NodeType, dict[str, Any]]:
    """The node type that runs for a retired one, and the values translated to it."""
    replacement = kind.spec["replacement"]
    new = catalog[replacement["type"]]
    translated = {param.id: params.get(param.id, param.default) for param in new.params}
    for key, rule in replacement.get("params", {}).items():
        old = params.get(key)
        translated[key] = rule.get(old, translated[key]) if isinstance(rule, Mapping) else rule
    return new, translated
