"""What the history does in the background."""

from __future__ import annotations

from history import cleaning, listing


def keep_up() -> None:
    """Note what is new, then take away a little of what nobody keeps any longer."""
    listing.keep_up()
    cleaning.clean_some()
