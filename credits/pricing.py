"""What a node costs, in whole credits (1 credit = 0.01 USD).

credits = ceil(100 × usd × quantity), at least 1 for a paid node; a ``credits_by`` table of the catalog replaces
the formula by whole credits per unit. The rules are the catalog's ``credit_rule``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from typing import Any

from providers.catalog import NodeType

CREDITS_PER_USD = 100


@dataclass(frozen=True, slots=True)
class Price:
    """``credits`` is the most that one run of the node may cost; ``usd`` what its provider is thought to ask.

    ``certain`` is False when the quantity shows only during the run and the catalog's usual one was taken.
    """

    credits: int
    usd: Decimal
    certain: bool = True


FREE = Price(0, Decimal(0))


def price_of(
    kind: NodeType,
    params: Mapping[str, Any],
    *,
    wired: Collection[str] = (),
    texts: Mapping[str, str] | None = None,
) -> Price:
    """The price of one run of ``kind`` with these effective parameters.

    ``wired`` names parameters whose value comes by wire and is not known yet: they count at their dearest.
    ``texts`` holds the texts known on inputs, for prices by length.
    """
    if not kind.is_remote:
        return FREE
    quantity, certain = _quantity(kind, params, wired, texts or {})
    usd = _usd(kind.spec["price"], params, wired)
    table = kind.spec.get("credits_by")
    if table:
        (names, branch), *_ = table.items()
        credits = _ceil(_look_up(names, branch, params, wired, Decimal(kind.spec["credits"])) * quantity)
    else:
        credits = _ceil(CREDITS_PER_USD * usd * quantity)
    paid = usd > 0 or bool(table)
    return Price(max(credits, 1) if paid else 0, usd * quantity, certain)


def _ceil(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_CEILING))


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _key(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _usd(price: Mapping[str, Any], params: Mapping[str, Any], wired: Collection[str]) -> Decimal:
    usd = Decimal(str(price["usd"]))
    for names, branch in price.get("by", {}).items():
        usd = _look_up(names, branch, params, wired, usd)
    return usd


def _look_up(
    names: str, branch: Any, params: Mapping[str, Any], wired: Collection[str], otherwise: Decimal
) -> Decimal:
    """Walk a table nested by the comma-separated ``names``; a wired one takes its dearest branch."""
    branches = [branch]
    for name in names.split(","):
        if name in wired:
            branches = [below for one in branches for below in one.values()]
        else:
            key = _key(params.get(name))
            branches = [one[key] for one in branches if key in one]
    return max((Decimal(str(value)) for value in branches), default=otherwise)


def _quantity(
    kind: NodeType, params: Mapping[str, Any], wired: Collection[str], texts: Mapping[str, str]
) -> tuple[Decimal, bool]:
    basis = kind.spec.get("credits_basis", {})
    usual = Decimal(str(basis.get("quantity", 1)))
    source = basis.get("quantity_from")
    if not source:
        return usual, basis.get("unit") in (None, "call", "image")
    if any(params.get(name) != value for name, value in source.get("when", {}).items()):
        return usual, False
    if "chars_of" in source:
        text = texts.get(source["chars_of"])
        number = Decimal(len(text)) if text is not None else None
    elif source["param"] in wired:
        number = _dearest(kind, source["param"])
    else:
        number = _number(params.get(source["param"]))
    if number is None:
        return usual, False
    number = number ** int(source.get("power", 1)) / Decimal(str(source.get("divide", 1)))
    return (Decimal(_ceil(number)) if source.get("round_up") else number), True


def _dearest(kind: NodeType, name: str) -> Decimal | None:
    param = kind.param(name)
    if param is None:
        return None
    numbers = [number for number in map(_number, param.values) if number is not None]
    return max(numbers, default=_number(param.max))
