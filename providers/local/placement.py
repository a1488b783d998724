"""Where a smaller box stands in a bigger one."""

from __future__ import annotations


def place(position: str, box: tuple[int, int], room: tuple[int, int], *, margin: int = 0) -> tuple[int, int]:
    """The top left corner of ``box`` at ``top-left``, ``top`` … ``bottom-right`` or ``center`` of ``room``.

    Both sizes are width and height; the corner may be negative when the box is bigger than the room.
    """
    left, top = (room[0] - box[0]) // 2, (room[1] - box[1]) // 2
    if "left" in position:
        left = margin
    if "right" in position:
        left = room[0] - box[0] - margin
    if "top" in position:
        top = margin
    if "bottom" in position:
        top = room[1] - box[1] - margin
    return left, top
