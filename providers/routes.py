"""The catalog's routes: which one serves a node's values, and those values in its provider's words.

Everything here is driven by the routes' entries (`docs/providers.md` lists their keys), so that a node type that is
added to the catalog alone runs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from providers import paths
from providers.catalog import NodeType
from providers.errors import InvalidInput

#: What a model likes to choose itself and any viewer can open: no reason to go elsewhere.
_WISHES = frozenset({"output_format"})
_STRATEGIES = frozenset({"repeat_call", "prepend_to_text", "append_to_prompt", "selects_system_prompt"})


class NotServed(InvalidInput):
    """The route cannot serve these values; the sentence names the one."""

    code = "not_served"


@dataclass(frozen=True, slots=True)
class Route:
    """One way to run a node type; ``spec`` is the catalog's entry, its variant applied."""

    provider: str
    model: str
    mode: str
    inputs: Mapping[str, Any]
    params: Mapping[str, Any]
    fixed: Mapping[str, Any]
    output: Mapping[str, Any]
    spec: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Order:
    """A node's values in a provider's words.

    ``body`` is its JSON, ``parts`` what goes into fields the driver puts together, ``times`` how often to call.
    """

    model: str
    body: dict[str, Any]
    parts: list[Any] = field(default_factory=list)
    times: int = 1
    system_prompt: str = ""


def _route(spec: Mapping[str, Any]) -> Route:
    return Route(
        provider=spec["provider"],
        model=spec["model"],
        mode=spec.get("mode", ""),
        inputs=spec.get("inputs", {}),
        params=spec.get("params", {}),
        fixed=spec.get("fixed", {}),
        output=spec.get("output", {}),
        spec=spec,
    )


def routes_of(kind: NodeType) -> tuple[Route, ...]:
    """The routes of a node type, best first, without their variants."""
    return tuple(_route(spec) for spec in kind.spec.get("routes", ()))


def fitted(route: Route, connected: Collection[str], params: Mapping[str, Any]) -> Route:
    """The route as it is for these values: with the first variant whose conditions hold."""
    for variant in route.spec.get("variants", ()):
        if _holds(variant["when"], connected, params):
            changes = {key: value for key, value in variant.items() if key != "when"}
            return _route({**route.spec, **changes})
    return route


def _holds(when: Mapping[str, Any], connected: Collection[str], params: Mapping[str, Any]) -> bool:
    wired = when.get("connected")
    wanted = when.get("param", {})
    return (wired is None or wired in connected) and all(
        params.get(name) == one for name, one in wanted.items()
    )


def why_not(kind: NodeType, route: Route, connected: Collection[str], params: Mapping[str, Any]) -> str:
    """Why a route cannot serve these values, as a sentence; "" when it can.

    ``connected`` are the inputs that have a wire or a value. A value that the route cannot carry is never dropped,
    unless it is the one the provider would take anyway.
    """
    route = fitted(route, connected, params)
    for name in connected:
        if not {name, "*"} & {*route.inputs, *route.params}:
            return f"{route.provider} takes no {name} for “{kind.title}”."
        if _strategy(route.inputs.get(name)) and not params.get("custom_mode"):
            return f"{name} are sung in custom mode only. Switch it on."
    try:
        model_of(route, params)
        _params(kind, route, connected, params)
    except NotServed as error:
        return error.message
    return ""


def order(kind: NodeType, route: Route, inputs: Mapping[str, Any], params: Mapping[str, Any]) -> Order:
    """The values in the provider's words; media in ``inputs`` are already in a form that it takes.

    Raises `NotServed` when the route cannot carry one of them.
    """
    route = fitted(route, with_value(inputs), params)
    body: dict[str, Any] = {}
    parts: list[Any] = []
    for path, value in route.fixed.items():
        paths.write(body, path, deepcopy(value))
    for name, spec in route.inputs.items():
        value = inputs.get(name)
        if value in (None, "", []):
            continue
        if _strategy(spec):  # replaces_prompt_in_custom_mode
            body["prompt"] = value
            continue
        path = spec if isinstance(spec, str) else spec["field"]
        if path.startswith("$"):
            parts += value if isinstance(value, list) else [value]
        else:
            paths.write(body, path, value)
    for path, value in _params(kind, route, with_value(inputs), params):
        paths.write(body, path, value)
    strategies = {spec["strategy"]: name for name, spec in route.params.items() if _strategy(spec)}
    if style := params.get(strategies.get("prepend_to_text", "")):
        parts = [f"{str(style).rstrip(' :')}: {parts[0]}", *parts[1:]] if parts else []
    if flags := params.get(strategies.get("append_to_prompt", "")):
        body["prompt"] = f"{body.get('prompt', '')} {flags}".strip()
    return Order(
        model=model_of(route, params),
        body=body,
        parts=parts,
        times=int(params.get(strategies.get("repeat_call", "")) or 1),
        system_prompt=_system_prompt(route, params),
    )


def with_value(inputs: Mapping[str, Any]) -> frozenset[str]:
    """The inputs that a wire or the node itself gives a value."""
    return frozenset(name for name, value in inputs.items() if value not in (None, "", []))


def _strategy(spec: Any) -> str:
    return str(spec.get("strategy", "")) if isinstance(spec, Mapping) else ""


def model_of(route: Route, params: Mapping[str, Any]) -> str:
    """The provider's name of the model. Raises `NotServed` when the node leaves it open."""
    model = str(_meant(route.model, params) or "")
    if not model:
        raise NotServed("The node names no model. Choose one.")
    return model


def _meant(value: Any, params: Mapping[str, Any]) -> Any:
    """The catalog's ``$param.size`` stands for the value of that parameter."""
    if isinstance(value, str) and value.startswith("$param."):
        return params.get(value.removeprefix("$param."))
    return value


def _params(
    kind: NodeType, route: Route, connected: Collection[str], params: Mapping[str, Any]
) -> list[tuple[str, Any]]:
    """(path, value) of every parameter that is sent. Raises `NotServed`."""
    for param in kind.params:
        if param.id not in route.params and param.id not in _read_elsewhere(route):
            value = params.get(param.id)
            if value not in (None, "", [], param.default) and param.id not in _WISHES:
                raise NotServed(f"{route.provider} cannot be told {param.id} for “{kind.title}”.")
    found: list[tuple[str, Any]] = []
    for name, spec in route.params.items():
        declared = kind.param(name)
        value = params.get(name)
        if value is None and isinstance(spec, Mapping):
            value = spec.get("default")
        if value in (None, []) or (name in route.inputs and name in connected):
            continue
        if value == "" and (declared is None or declared.default in (None, "")):
            continue
        found += _fields(name, {"field": spec} if isinstance(spec, str) else spec, value, params)
    return found


def _read_elsewhere(route: Route) -> set[str]:
    """Parameters that choose the model, a variant, a mapped value or the result rather than fill a field."""
    names = set(route.inputs)
    names |= {str(one.get("at_least")) for one in route.output.get("derived", {}).values()}
    for variant in route.spec.get("variants", ()):
        names |= set(variant["when"].get("param", {}))
    for spec in route.params.values():
        if isinstance(spec, Mapping):
            names |= set(spec.get("send_if", {}))
            names |= {str(one)[len("$param.") :] for one in spec.get("map", {}).values() if _is_param(one)}
    if _is_param(route.model):
        names.add(route.model.removeprefix("$param."))
    return names


def _is_param(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("$param.")


def _fields(
    name: str, spec: Mapping[str, Any], value: Any, params: Mapping[str, Any]
) -> Iterable[tuple[str, Any]]:
    if strategy := spec.get("strategy"):
        if strategy not in _STRATEGIES:
            raise NotServed(f"{name} cannot be sent this way.")
        return []
    if value == spec.get("omit_if", _NEVER) or value in spec.get("unsupported", ()):
        if value == spec.get("omit_if", _NEVER):
            return []
        raise NotServed(f"{name} cannot be {value}.")
    if any(params.get(other) != wanted for other, wanted in spec.get("send_if", {}).items()):
        return []
    if "allowed" in spec and value not in spec["allowed"]:
        raise NotServed(f"{name} cannot be {value}.")
    if "map" in spec:
        known = spec["map"]
        key = as_key(value)
        if key in known:
            value = _meant(known[key], params)
            if value is None:
                raise NotServed(f"{name} is {key}, but the node does not say which.")
        elif spec.get("unmapped") == "omit" or value is False:
            return []
        elif not spec.get("passthrough"):
            raise NotServed(f"{name} cannot be {value}.")
    value = _cast(name, spec, value)
    return [(spec["field"], value), *spec.get("also", {}).items()]


_NEVER = object()


def as_key(value: Any) -> str:
    """A value as the catalog writes it as a key: ``true``, ``2``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)


def _cast(name: str, spec: Mapping[str, Any], value: Any) -> Any:
    if spec.get("transform") == "hex_to_rgb_object":
        return [_rgb(name, one) for one in value]
    if "transform" in spec:
        raise NotServed(f"{name} cannot be sent this way.")
    match spec.get("cast"):
        case "int":
            return int(value)
        case "string":
            return f"{as_key(value)}{spec.get('suffix', '')}"
        case _:
            return value


def _rgb(name: str, color: Any) -> dict[str, int]:
    if not isinstance(color, str) or not re.fullmatch(r"#[0-9a-fA-F]{6}", color):
        raise NotServed(f"{name} must hold colours like #ff8800.")
    return {key: int(color[at : at + 2], 16) for key, at in (("r", 1), ("g", 3), ("b", 5))}


def _system_prompt(route: Route, params: Mapping[str, Any]) -> str:
    """The route's own instruction, with what the parameters choose in place of their names in braces."""
    text = str(route.spec.get("system_prompt", {}).get("text", ""))
    words = route.spec.get("system_prompt", {}).get("words", {})
    for name, value in params.items():
        shown = words.get(name, {}).get(as_key(value), "" if name in words else as_key(value))
        text = text.replace("{" + name + "}", shown)
    return text.strip()


def route_for(kind: NodeType, provider: str, inputs: Mapping[str, Any], params: Mapping[str, Any]) -> Route:
    """The route of this provider that serves these values, its variant applied. Raises `NotServed`."""
    connected = with_value(inputs)
    reason = f"{provider} does not serve “{kind.title}”."
    for route in routes_of(kind):
        if route.provider == provider:
            reason = why_not(kind, route, connected, params)
            if not reason:
                return fitted(route, connected, params)
    raise NotServed(reason)
