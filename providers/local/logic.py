"""Nodes that choose where a value goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from providers.base import Request, Value
from providers.local.limits import as_list
from providers.local.values import is_empty, is_truthy, number_of, text_of

_BRANCHES = ("a", "b", "c", "d")


def router(request: Request) -> dict[str, Value]:
    """``value`` as it came."""
    return _unless_empty("value", request.inputs.get("value"))


def preview(request: Request) -> dict[str, Value]:
    """``value`` as it came, as a list."""
    return {"value": as_list(request.inputs.get("value"))}


def branch(request: Request) -> dict[str, Value]:
    """``true`` or ``false`` holds the value, the other is left out."""
    value = request.inputs.get("value")
    tested = request.inputs.get("condition", value)
    holds = is_met(tested, request.params["operator"], request.params["compare_to"])
    return _unless_empty("true" if holds else "false", value)


def merge(request: Request) -> dict[str, Value]:
    """``value``: the first of a, b, c, d that has one."""
    for port in _BRANCHES:
        if request.inputs.get(port) is not None:
            return {"value": request.inputs[port]}
    return {}


def switch(request: Request) -> dict[str, Value]:
    """``value``: the one for the side the condition falls on."""
    holds = is_met(request.inputs.get("condition"), request.params["operator"], request.params["compare_to"])
    return _unless_empty("value", request.inputs.get("when_true" if holds else "when_false"))


def is_met(value: Any, operator: str, compare_to: Any) -> bool:
    """Whether ``value`` stands to ``compare_to`` as the operator of the catalog says."""
    match operator:
        case "truthy":
            return is_truthy(value)
        case "empty":
            return is_empty(value)
        case "contains":
            return _contains(value, compare_to)
    order = _compare(value, compare_to)
    match operator:
        case "equals":
            return order == 0
        case "not_equals":
            return order != 0
        case "greater_than":
            return order > 0
        case "at_least":
            return order >= 0
        case "less_than":
            return order < 0
    return order <= 0


def _compare(left: Any, right: Any) -> int:
    """-1, 0 or 1: as numbers when both are numbers, else as text without regard to case."""
    left_number, right_number = number_of(left), number_of(right)
    if left_number is not None and right_number is not None:
        return (left_number > right_number) - (left_number < right_number)
    left_text, right_text = text_of(left).strip().casefold(), text_of(right).strip().casefold()
    return (left_text > right_text) - (left_text < right_text)


def _contains(value: Any, wanted: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(_compare(item, wanted) == 0 for item in value)
    if isinstance(value, Mapping):
        return text_of(wanted).casefold() in (str(key).casefold() for key in value)
    return text_of(wanted).casefold() in text_of(value).casefold()


def _unless_empty(port: str, value: Value) -> dict[str, Value]:
    return {} if value is None else {port: value}
