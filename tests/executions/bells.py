"""A bell that keeps what it heard."""

from __future__ import annotations


class Bell:
    """Hears what is rung."""

    def __init__(self) -> None:
        self.heard: dict[str, list[int]] = {"ready": [], "due": [], "cancelled": []}

    def ready(self, node_run_ids: list[int]) -> None:
        self.heard["ready"] += node_run_ids

    def due(self, node_run_ids: list[int]) -> None:
        self.heard["due"] += node_run_ids

    def cancelled(self, node_run_ids: list[int]) -> None:
        self.heard["cancelled"] += node_run_ids
