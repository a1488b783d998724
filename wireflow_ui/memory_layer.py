"""The Channels layer of a server that is alone: messages stay in its memory."""

from __future__ import annotations

from typing import Any

from channels.layers import InMemoryChannelLayer


class MemoryLayer(InMemoryChannelLayer):
    """Goes to the trouble of sending only where somebody listens: most moves of most runs are watched by nobody."""

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        if group in self.groups:
            await super().group_send(group, message)  # type: ignore[no-untyped-call]  # Channels has no types
