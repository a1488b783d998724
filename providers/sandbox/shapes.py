"""The smallest value that satisfies a JSON schema.

Objects hold what is required (all properties where nothing is said to be), arrays ``minItems`` or else 4
elements, texts are numbered. ``pattern`` and ``format`` of texts are not followed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from providers.errors import InvalidInput

ARRAY_LENGTH = 4
MOST_VALUES = 5_000
DEEPEST = 24


def smallest(schema: Any, about: str = "") -> Any:
    """A value for ``schema``; texts begin with ``about`` where there is room. Raises InvalidInput."""
    return _Filler(schema, about).value(schema, "text", 1, 0)


class _Filler:
    def __init__(self, root: Any, about: str) -> None:
        self._root = root
        self._about = about
        self._made = 0

    def value(self, schema: Any, name: str, number: int, depth: int) -> Any:
        """``name`` and ``number`` say which property and which element of an array this value is for."""
        self._made += 1
        if depth > DEEPEST or self._made > MOST_VALUES:
            raise InvalidInput(
                f"json_schema asks for more than {DEEPEST} levels or {MOST_VALUES} values; make it smaller."
            )
        if schema is True:
            schema = {}
        if not isinstance(schema, Mapping):
            raise InvalidInput('json_schema must be a JSON schema: an object such as {"type": "object"}.')
        if "$ref" in schema:
            return self.value(self._referred(schema["$ref"]), name, number, depth + 1)
        if "const" in schema:
            return schema["const"]
        if (choices := schema.get("enum")) and isinstance(choices, list):
            return choices[(number - 1) % len(choices)]
        for several in ("anyOf", "oneOf"):
            if (options := schema.get(several)) and isinstance(options, list):
                rest = {key: item for key, item in schema.items() if key != several}
                return self.value(_merged([rest, self._resolved(options[0])]), name, number, depth + 1)
        if (parts := schema.get("allOf")) and isinstance(parts, list):
            rest = {key: item for key, item in schema.items() if key != "allOf"}
            whole = [self._resolved(part) for part in parts]
            return self.value(_merged([rest, *whole]), name, number, depth + 1)
        match _type(schema):
            case "object":
                return self._object(schema, number, depth)
            case "array":
                return self._array(schema, name, depth)
            case "integer" | "number" as kind:
                return _number(schema, number, whole=kind == "integer")
            case "boolean":
                return True
            case "null":
                return None
            case _:
                return self._text(schema, name, number)

    def _resolved(self, schema: Any) -> Any:
        return self._referred(schema["$ref"]) if isinstance(schema, Mapping) and "$ref" in schema else schema

    def _referred(self, reference: Any) -> Any:
        found = self._root
        if not isinstance(reference, str) or not reference.startswith("#"):
            raise InvalidInput("json_schema may refer to its own parts only, as in #/$defs/name.")
        for step in reference[1:].split("/")[1:]:
            step = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, Mapping) or step not in found:
                raise InvalidInput(f"json_schema refers to {reference}, which it does not hold.")
            found = found[step]
        return found

    def _object(self, schema: Mapping[str, Any], number: int, depth: int) -> dict[str, Any]:
        properties = schema.get("properties")
        properties = properties if isinstance(properties, Mapping) else {}
        required = schema.get("required")
        names = [str(name) for name in required] if isinstance(required, list) else list(properties)
        return {name: self.value(properties.get(name, {}), name, number, depth + 1) for name in names}

    def _array(self, schema: Mapping[str, Any], name: str, depth: int) -> list[Any]:
        first = schema.get("prefixItems")
        first = first if isinstance(first, list) else []
        least, most = _whole(schema.get("minItems")), _whole(schema.get("maxItems"))
        length = least if least is not None else max(ARRAY_LENGTH, len(first))
        length = length if most is None else min(length, most)
        if length > MOST_VALUES:
            raise InvalidInput(f"json_schema asks for {length} elements; the limit is {MOST_VALUES}.")
        rest = schema.get("items", {})
        kinds = [first[i] if i < len(first) else rest for i in range(length)]
        return [self.value(kind, name, number, depth + 1) for number, kind in enumerate(kinds, 1)]

    def _text(self, schema: Mapping[str, Any], name: str, number: int) -> str:
        text = f"{name} {number}"
        most, least = _whole(schema.get("maxLength")), _whole(schema.get("minLength")) or 0
        longer = f"{self._about}, {text}" if self._about else text
        text = longer if most is None or len(longer) <= most else text
        if least > 100_000:
            raise InvalidInput(f"json_schema asks for a text of {least} characters; the limit is 100000.")
        text = text + "." * (least - len(text))
        return text if most is None else text[:most]


def _type(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((item for item in kind if item != "null"), "null")
    if isinstance(kind, str):
        return kind.lower()  # Gemini writes OBJECT, STRING …
    if "properties" in schema or "required" in schema:
        return "object"
    return "array" if "items" in schema or "minItems" in schema else "string"


def _merged(parts: list[Any]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for part in parts:
        for key, item in part.items() if isinstance(part, Mapping) else ():
            if key == "properties" and isinstance(item, Mapping):
                merged[key] = {**merged.get(key, {}), **item}
            elif key == "required" and isinstance(item, list):
                known = merged.get(key, [])
                merged[key] = [*known, *(name for name in item if name not in known)]
            else:
                merged[key] = item
    return merged


def _whole(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) and math.isfinite(value) and value >= 0 else None


def _number(schema: Mapping[str, Any], number: int, *, whole: bool) -> int | float:
    def bound(key: str, default: float) -> float:
        value = schema.get(key)
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        return float(value) if is_number else default  # type: ignore[arg-type]

    step = bound("multipleOf", 0.0)
    step = step if step > 0 else 1.0
    low, high = bound("minimum", -math.inf), bound("maximum", math.inf)
    above, below = bound("exclusiveMinimum", -math.inf), bound("exclusiveMaximum", math.inf)
    value = max(float(number), low)
    if math.isfinite(max(low, above)):
        value = math.ceil(max(low, above) / step) * step + (number - 1) * step
        value = value + step if value <= above else value
    elif step != 1.0:
        value = number * step
    if value > high or value >= below:  # the numbers run out: stay at the upper end
        value = math.floor(min(high, below) / step) * step
        value = value - step if value >= below else value
        if value < low or value <= above:  # no multiple of the step in between
            value = (max(low, above) + min(high, below)) / 2
    return int(value) if whole or value.is_integer() else value
