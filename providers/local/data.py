"""Records joined with pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from providers.base import Request, Value
from providers.errors import InvalidInput
from providers.local.limits import as_list, check_items
from providers.local.values import is_asset


def build_data(request: Request) -> dict[str, Value]:
    """``data``: the records in order, the n-th holding the n-th picture under ``imageKey``."""
    records = _records(as_list(request.inputs.get("records")))
    images = as_list(request.inputs.get("images"))
    check_items(records, what="The list of records")
    if len(images) > len(records):
        raise InvalidInput(
            f"There are {len(images)} pictures for {len(records)} records; wire no more than one per record."
        )
    key = request.params["imageKey"]
    if images and not key:
        raise InvalidInput("ImageKey is empty; name the key under which each row gets its picture.")
    for row, image in zip(records, images, strict=False):
        row[key] = image
    return {"data": records}


def _records(values: list[Any]) -> list[dict[str, Any]]:
    """The records, those inside arrays one by one, each as an own dict."""
    found: list[Any] = []
    for value in values:
        found.extend(value if isinstance(value, list | tuple) else [value])
    for number, record in enumerate(found, 1):
        if not isinstance(record, Mapping) or is_asset(record):
            raise InvalidInput(f"Record {number} is not an object like {{“title”: “…”}}.")
    return [dict(record) for record in found]
