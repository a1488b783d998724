"""Lists of inputs for one call: which runs they make, and the graph of each. Contract §7.5."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from executions.inputs_given import apply_inputs, set_value
from wireflow_ui.errors import WireflowError

#: More are never accepted in one transaction.
MOST_RUNS = 50


@dataclass(frozen=True, slots=True)
class ItemList:
    """Values for one node, one run each. Lists of mode ``zip`` advance together, ``product`` multiplies.

    ``key`` names the node's parameter; without one it is the value that an input node is for.
    """

    node_id: str
    items: Sequence[Any]
    key: str = ""
    mode: str = "zip"


@dataclass(frozen=True, slots=True)
class Row:
    """What one run of a batch is given: an item of each list. ``index`` is its place in the first list."""

    index: int = 0
    values: tuple[tuple[ItemList, Any], ...] = ()

    def apply(self, nodes: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """The nodes with this run's items in them. Raises `WireflowError` where there is no place for one."""
        changed = list(nodes)
        for one, value in self.values:
            if one.key:
                changed = set_value(changed, one.node_id, one.key, value)
            else:
                changed = apply_inputs(changed, {one.node_id: value})
        return changed

    def inputs(self) -> dict[str, Any]:
        """The items by node id, for the record."""
        return {one.node_id: value for one, value in self.values}


def rows_of(lists: Sequence[ItemList], *, most: int = MOST_RUNS) -> list[Row]:
    """One row per run, in order; a single empty one without lists. Raises `WireflowError` (400)."""
    if not lists:
        return [Row()]
    zipped = [one for one in lists if one.mode == "zip"]
    if len({len(one.items) for one in zipped}) > 1:
        sizes = ", ".join(f"{one.node_id}: {len(one.items)}" for one in zipped)
        raise WireflowError(
            f"Lists that advance together must be equally long ({sizes}). Use mode “product” to combine them.",
            code="list_length_mismatch",
        )
    axes: list[tuple[ItemList, ...]] = [(one,) for one in lists if one.mode == "product"]
    if zipped:
        axes.insert(0, tuple(zipped))
    count = 1
    for axis in axes:
        count *= len(axis[0].items)
    if count > most:
        raise WireflowError(
            f"This makes {count} runs; a batch may have {most}. Send shorter lists.",
            code="too_many_items",
        )
    rows = []
    for places in product(*(range(len(axis[0].items)) for axis in axes)):
        at = {id(one): place for axis, place in zip(axes, places, strict=True) for one in axis}
        values = tuple((one, one.items[at[id(one)]]) for one in lists)
        rows.append(Row(at[id(lists[0])], values))
    return rows
