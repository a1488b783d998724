"""The Channels layer of a server that is alone: messages stay in its memory."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from channels.exceptions import ChannelFull
from channels.layers import InMemoryChannelLayer


class MemoryLayer(InMemoryChannelLayer):
    """Goes to the trouble of sending only where somebody listens: most moves of most runs are watched by nobody."""

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        for channel in list(self.groups.get(group, ())):
            with suppress(ChannelFull):  # whoever does not listen looks again by itself
                await self.send(channel, message)  # type: ignore[no-untyped-call]  # Channels has no types
