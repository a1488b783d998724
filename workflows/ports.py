"""Which port a handle means.

A handle is looked up in this order: exact id, alias, numbered name, parameter port, dynamic port. The
prefixes ``in-`` and ``out-`` may be left out; so may the whole handle where the node has one port only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from providers.catalog import NodeType, Port
from workflows.problems import did_you_mean, listed

_MAX_NAME = 128


@dataclass(frozen=True, slots=True)
class Landing:
    """The port a handle resolved to; ``slot`` counts from 1 where one port has several numbered handles."""

    port: Port
    slot: int = 1
    into_param: bool = False


def find_input(kind: NodeType, handle: str) -> Landing | None:
    """The input that ``handle`` names, or None."""
    name = handle.removeprefix("in-")
    if not name and len(kind.inputs) == 1:
        return Landing(kind.inputs[0])
    port = _named(kind.inputs, name)
    if port is not None:
        return Landing(port)
    for port in kind.inputs:
        slot = _slot(port, name)
        if slot:
            return Landing(port, slot)
    param = kind.param(name)
    if param is not None and param.wirable and not kind.is_source:
        return Landing(Port(param.id, param.port_type, _label(param.id)), into_param=True)
    dynamic = kind.spec.get("dynamic_ports", {}).get("inputs")
    port = _dynamic(dynamic, kind.inputs, name, {})
    return Landing(port) if port else None


def find_output(kind: NodeType, handle: str, params: Mapping[str, Any]) -> Port | None:
    """The output that ``handle`` names on a node with these effective params, or None."""
    name = handle.removeprefix("out-")
    if not name and len(kind.outputs) == 1:
        return kind.outputs[0]
    dynamic = kind.spec.get("dynamic_ports", {}).get("outputs")
    return _named(kind.outputs, name) or _dynamic(dynamic, kind.outputs, name, params)


def input_hint(kind: NodeType, handle: str) -> str:
    """What to write instead of an input handle that does not exist."""
    ports = [f"in-{port.id}" for port in kind.inputs]
    params = [f"in-{param.id}" for param in kind.params if not kind.is_source]
    otherwise = f"Its inputs are {listed(ports)}." if ports else "It takes no wires."
    return did_you_mean(handle, [*ports, *params], otherwise=otherwise)


def output_hint(kind: NodeType, handle: str, params: Mapping[str, Any]) -> str:
    """What to write instead of an output handle that does not exist."""
    dynamic = kind.spec.get("dynamic_ports", {}).get("outputs", {})
    named = params.get(dynamic.get("param", "")) if dynamic.get("kind") == "from_param" else None
    ports = [f"out-{port.id}" for port in kind.outputs]
    ports += [f"out-{name}" for name in named] if isinstance(named, Mapping) else []
    otherwise = f"Its outputs are {listed(ports)}." if ports else "It gives nothing to wire."
    return did_you_mean(handle, ports, otherwise=otherwise)


def _named(ports: tuple[Port, ...], name: str) -> Port | None:
    exact = next((port for port in ports if port.id == name), None)
    return exact or next((port for port in ports if name in port.aliases), None)


def _slot(port: Port, name: str) -> int:
    """2 … max when ``name`` is a numbered name of the port, else 0."""
    if not port.numbered or not name.startswith(port.stem):
        return 0
    digits = name[len(port.stem) :]
    if not digits.isascii() or not digits.isdigit() or digits.startswith("0") or len(digits) > 3:
        return 0
    number = int(digits)
    return number if 1 <= number <= (port.max or 1) else 0


def _dynamic(
    rule: Mapping[str, Any] | None, ports: tuple[Port, ...], name: str, params: Mapping[str, Any]
) -> Port | None:
    if rule is None or not name or len(name) > _MAX_NAME or not name.isprintable():
        return None
    if rule["kind"] == "same_port":
        return _named(ports, rule["port"])
    if rule["kind"] == "from_param":
        names = params.get(rule["param"])
        if not isinstance(names, Mapping) or name not in names:
            return None
    return Port(name, rule["type"], _label(name))


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()
