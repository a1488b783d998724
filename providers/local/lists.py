"""Nodes that pick from lists and join them."""

from __future__ import annotations

import hashlib
import secrets

from providers.base import Request, Value
from providers.errors import InvalidInput
from providers.local.limits import as_list, check_items
from providers.local.values import number_of, text_of


def merge_list(request: Request) -> dict[str, Value]:
    """``items``: those of a, then b, then c."""
    lists = [as_list(request.inputs.get(port)) for port in ("a", "b", "c")]
    check_items(sum(map(len, lists)), what="The joined list")
    return {"items": [item for items in lists for item in items]}


def select_item(request: Request) -> dict[str, Value]:
    """``item`` and its ``index``, counted from 0."""
    items = as_list(request.inputs.get("items"))
    if not items:
        raise InvalidInput("There is nothing to select from: the list is empty.")
    index = _choose(request, items)
    return {"item": items[index], "index": index}


def _choose(request: Request, items: list[Value]) -> int:
    match request.params["mode"]:
        case "first":
            return 0
        case "last":
            return len(items) - 1
        case "random":
            return _random_index(request, len(items))
        case "best_score":
            return _best_index(as_list(request.inputs.get("scores")), len(items))
    index = int(request.params["index"])
    if not -len(items) <= index < len(items):
        raise InvalidInput(f"Index is {index}, but the list has {len(items)} items, counted from 0.")
    return index % len(items)


def _random_index(request: Request, count: int) -> int:
    """Any index; the same one again when the same submission is tried again."""
    if not request.idempotency_key:
        return secrets.randbelow(count)
    seed = f"{request.idempotency_key} {request.item_path}".encode()
    return int.from_bytes(hashlib.sha256(seed).digest()) % count


def _best_index(scores: list[Value], count: int) -> int:
    if len(scores) != count:
        raise InvalidInput(f"There are {count} items but {len(scores)} scores; wire one score per item.")
    numbers = [number_of(score) for score in scores]
    if None in numbers:
        wrong = numbers.index(None)
        raise InvalidInput(f"Score {wrong + 1} is “{text_of(scores[wrong])[:40]}”, which is not a number.")
    return max(range(count), key=lambda index: (numbers[index], -index))
