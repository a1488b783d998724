"""What goes into a step and comes out of it, checked: a wire may have brought any value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from providers.base import Request, Value
from providers.catalog import Param
from providers.errors import InvalidInput
from providers.local.colors import parse_color
from providers.local.values import check_storable, number_of, text_of

Work = Callable[[Request], dict[str, Value]]


def checked(work: Work) -> Work:
    """The same work, started with every parameter of its node type present, typed and within its limits.

    What it gives can be stored, or `InvalidInput` is raised.
    """

    def do(request: Request) -> dict[str, Value]:
        params = dict(request.params)
        for param in request.kind.params:
            params[param.id] = check_param(param, params.get(param.id, param.default))
        outputs = work(replace(request, params=params))
        check_storable(outputs, what="The result")
        return outputs

    return do


def check_param(param: Param, value: Any) -> Any:
    """The value of ``param`` in its type. Raises `InvalidInput` when it does not fit.

    None stays None where the parameter may be empty, and is the default elsewhere.
    """
    if value is None and not param.nullable:
        value = param.default
    if value is None:
        return None
    name = label(param.id)
    match param.type:
        case "int" | "float":
            return _number(param, name, value)
        case "bool":
            return _yes_or_no(name, value)
        case "enum":
            return _choice(param, name, value)
        case "color":
            parse_color(text_of(value), name=name)
            return text_of(value)
        case "string" | "text":
            return text_of(value)
    return value


def label(param_id: str) -> str:
    """``max_bytes`` as ``Max bytes``, the way the canvas writes it."""
    return param_id.replace("_", " ").capitalize()


def _number(param: Param, name: str, value: Any) -> int | float:
    number = number_of(value)
    if number is None:
        raise InvalidInput(f"{name} must be a number, not “{text_of(value)[:40]}”.")
    if param.type == "int" and number != number.to_integral_value():
        raise InvalidInput(f"{name} must be a whole number, not {text_of(value)[:40]}.")
    low, high = number_of(param.min), number_of(param.max)  # exact as well: 0.1 is a little more in binary
    if (low is not None and number < low) or (high is not None and number > high):
        raise InvalidInput(f"{name} is {text_of(value)[:40]}; it must be {_range(param.min, param.max)}.")
    if abs(number) > 10**15:
        raise InvalidInput(f"{name} is out of range.")
    return int(number) if param.type == "int" else float(number)


def _range(low: float | None, high: float | None) -> str:
    if high is None:
        return f"{text_of(low)} or more"
    if low is None:
        return f"{text_of(high)} or less"
    return f"between {text_of(low)} and {text_of(high)}"


def _yes_or_no(name: str, value: Any) -> bool:
    match text_of(value).strip().casefold():
        case "true" | "yes" | "on" | "1":
            return True
        case "false" | "no" | "off" | "0" | "":
            return False
    raise InvalidInput(f"{name} must be true or false, not “{text_of(value)[:40]}”.")


def _choice(param: Param, name: str, value: Any) -> Any:
    text = text_of(value)
    for known in param.values:
        if text_of(known) == text:
            return known
    if text in param.value_aliases:
        return param.value_aliases[text]
    choices = ", ".join(text_of(known) for known in param.values)
    raise InvalidInput(f"{name} is “{text[:40]}”; choose one of {choices}.")
