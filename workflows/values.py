"""The values written on a node: which key they go by, whether they fit, and what holds where nothing is said.

Effective value of a parameter: ``config`` > ``params`` > ``data`` > preset of the name used > default. A
value may go by an alias of the parameter, and be spelled in one of the ways the catalog lists.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from providers.catalog import NodeType, Param, Port
from workflows.problems import did_you_mean, listed

MAX_TEXT = 50_000
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?")
_SIZE = re.compile(r"\d{1,5}x\d{1,5}")

#: Keys of ``data`` that describe the node and are never values of it.
OWN_KEYS = frozenset(
    [
        "label", "nodeType", "category", "inputs", "outputs", "params", "config", "dims",
        "output", "result", "selectedOutput", "selectedIndex", "isExecuting", "onError", "fallback", "timeLimit",
        "runMode", "pinned",
    ]
)  # fmt: skip


class Misfit(ValueError):
    """A value that a parameter does not take. ``reason`` ends a sentence about it; ``fix`` may be empty."""

    def __init__(self, reason: str, fix: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Values:
    """What a node says. ``misfits`` and ``unknown`` name the keys that could not be used."""

    params: dict[str, Any]
    given: dict[str, tuple[Any, ...]]
    misfits: tuple[tuple[str, Misfit], ...]
    unknown: tuple[str, ...]


def read_values(kind: NodeType, data: Mapping[str, Any], preset: Mapping[str, Any]) -> Values:
    """Everything written on a node of this kind; where a value does not fit, the default holds."""
    written = [part for part in (data.get("config"), data.get("params")) if isinstance(part, Mapping)]
    loose = {key: data[key] for key in data if key not in OWN_KEYS and not _is_model_name(key, data[key])}
    sources = [*written, loose, preset]

    params, said, misfits = _read_params(kind, sources)
    given: dict[str, tuple[Any, ...]] = {}
    own_keys = {key for param in kind.params for key in (param.id, *param.aliases)}
    for port in kind.inputs:
        values = _read_given(port, sources, own_keys)
        param = kind.param(port.id)
        if param is None and values:
            given[port.id] = values
        elif param is not None and values and param.id not in said:
            try:
                params[param.id] = fit(param, values[0])
            except Misfit as misfit:
                misfits.append((param.id, misfit))

    known = own_keys | {key for port in kind.inputs for key, _ in _names(port)}
    unknown = dict.fromkeys(key for part in written for key in part if key not in known)
    if kind.spec.get("dynamic_ports", {}).get("inputs", {}).get("kind") == "named":
        for key in unknown:
            given[key] = (next(part[key] for part in written if key in part),)
        unknown = {}
    return Values(params, given, tuple(misfits), tuple(unknown))


def _read_params(
    kind: NodeType, sources: list[Mapping[str, Any]]
) -> tuple[dict[str, Any], set[str], list[tuple[str, Misfit]]]:
    """Effective values, the parameters somebody set, and what did not fit."""
    params = {param.id: param.default for param in kind.params}
    said: set[str] = set()
    misfits: list[tuple[str, Misfit]] = []
    for param in kind.params:
        found = _first(sources, param)
        if found is None:
            continue
        key, value = found
        said.add(param.id)
        try:
            params[param.id] = fit(param, value, factor=param.aliases.get(key))
        except Misfit as misfit:
            misfits.append((key, misfit))
            continue
        if isinstance(value, Mapping) and params[param.id] == "custom" and "custom_size" in params:
            sources = [{"custom_size": _size(value)}, *sources]
    return params, said, misfits


def _read_given(port: Port, sources: list[Mapping[str, Any]], own_keys: set[str]) -> tuple[Any, ...]:
    """Values given in place of wires, by slot. A key that also names a parameter belongs to the parameter."""
    by_slot: dict[int, Any] = {}
    for key, slot in _names(port):
        if key in own_keys:
            continue
        value = next((part[key] for part in sources if part.get(key) is not None), None)
        if value is not None:
            by_slot.setdefault(slot, value)
    return tuple(by_slot[slot] for slot in sorted(by_slot))


def _is_model_name(key: str, value: Any) -> bool:
    """Old graphs name the node type in ``data.model.name``; that is no value of a ``model`` parameter."""
    return key == "model" and isinstance(value, Mapping)


def _first(sources: list[Mapping[str, Any]], param: Param) -> tuple[str, Any] | None:
    """The key and value that win; null counts as not said, except where a default is to be emptied."""
    for source in sources:
        for key in (param.id, *param.aliases):
            if key in source and (source[key] is not None or (param.nullable and param.default is not None)):
                return key, source[key]
    return None


def _names(port: Port) -> Iterator[tuple[str, int]]:
    yield port.id, 1
    for alias in port.aliases:
        yield alias, 1
    if port.numbered:
        for slot in range(2, (port.max or 1) + 1):
            yield f"{port.stem}{slot}", slot


def fit(param: Param, value: Any, *, factor: float | None = None) -> Any:
    """The value as this parameter stores it. Raises Misfit when the parameter does not take it."""
    if value is None:
        if param.nullable:
            return None
        raise Misfit("may not be empty")
    if factor is not None:
        value = _number(value) * factor
    return _FITTERS.get(param.type, _text)(param, value)


def _enum(param: Param, value: Any) -> Any:
    if isinstance(value, Mapping) and "custom" in param.values and _SIZE.fullmatch(_size(value)):
        return "custom"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = _plain(value)
    if isinstance(value, str):
        value = param.value_aliases.get(value, value)
        if value in param.values:
            return value
        if param.spec.get("allow_custom") and 0 < len(value) <= 200:
            return value
    if param.nullable and value == "":
        return None
    fix = did_you_mean(str(value), param.values, otherwise=f"Use one of {listed(param.values)}.")
    raise Misfit(f"is {_shown(value)}, which is not a choice", fix)


def _size(value: Mapping[str, Any]) -> str:
    return f"{value.get('width')}x{value.get('height')}"


def _int(param: Param, value: Any) -> Any:
    if param.nullable and value == "":
        return None
    number = _number(value)
    if number != int(number):
        raise Misfit(f"is {_shown(value)}; it must be a whole number")
    return int(_bounded(param, number))


def _float(param: Param, value: Any) -> Any:
    if param.nullable and value == "":
        return None
    return _bounded(param, _number(value))


def _bool(param: Param, value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise Misfit(f"is {_shown(value)}; it must be true or false")


def _text(param: Param, value: Any) -> Any:
    if isinstance(value, bool):
        value = "true" if value else "false"
    if isinstance(value, (int, float)):
        value = _plain(value)
    if not isinstance(value, str):
        raise Misfit(f"is {_shown(value)}; it must be a text")
    if len(value) > MAX_TEXT:
        raise Misfit(f"has {len(value):,} characters; {MAX_TEXT:,} is the most")
    pattern = param.spec.get("pattern")
    if pattern and value and not re.fullmatch(pattern, value):
        raise Misfit(f"is {_shown(value)}, which does not look like {pattern}")
    return value


def _color(param: Param, value: Any) -> Any:
    if isinstance(value, str) and _COLOUR.fullmatch(value):
        return value
    if param.nullable and value == "":
        return None
    raise Misfit(f"is {_shown(value)}, which is not a colour", "Write it as #rrggbb or #rrggbbaa.")


def _color_list(param: Param, value: Any) -> Any:
    value = _parsed(value)
    if not isinstance(value, list):
        raise Misfit("must be a list of colours")
    return [_color(param, colour) for colour in value]


def _asset(param: Param, value: Any) -> Any:
    if value == "":
        return None
    if isinstance(value, str) and len(value) <= 2_048:
        return value
    if isinstance(value, Mapping) and any(isinstance(value.get(key), str) for key in ("assetId", "url")):
        return value
    raise Misfit("is neither an asset nor an address of one", "Upload a file, or give its https address.")


def _asset_list(param: Param, value: Any) -> Any:
    items = value if isinstance(value, list) else [value]
    most = param.spec.get("max_items")
    if most and len(items) > most:
        raise Misfit(f"has {len(items)} items; {most} is the most")
    return [item for item in (_asset(param, item) for item in items) if item is not None]


def _json(param: Param, value: Any) -> Any:
    shape = param.spec.get("shape")
    if isinstance(value, str) and (shape or param.id == "paths"):
        if not value.strip():
            return param.default
        value = _parsed(value)
    if shape == "list" and not isinstance(value, list):
        raise Misfit("must be a JSON list")
    if (shape == "object" or param.id == "paths") and not isinstance(value, Mapping):
        raise Misfit("must be a JSON object")
    return value


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise Misfit("is not valid JSON") from None


def _number(value: Any) -> float:
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise Misfit(f"is {_shown(value)}; it must be a number")
    return value


def _bounded(param: Param, number: float) -> float:
    low, high = param.min, param.max
    if (low is None or number >= low) and (high is None or number <= high):
        return number
    if low is None:
        wanted = f"at most {_plain(high or 0)}"
    elif high is None:
        wanted = f"at least {_plain(low)}"
    else:
        wanted = f"between {_plain(low)} and {_plain(high)}"
    raise Misfit(f"is {_plain(number)}; it must be {wanted}")


def _plain(number: float) -> str:
    """12.0 as 12."""
    return str(int(number)) if float(number).is_integer() and abs(number) < 1e15 else str(number)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}…"


_FITTERS = {
    "enum": _enum,
    "int": _int,
    "float": _float,
    "bool": _bool,
    "color": _color,
    "color_list": _color_list,
    "asset": _asset,
    "asset_list": _asset_list,
    "json": _json,
}
