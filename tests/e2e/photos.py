"""Photos as a camera writes them."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

SKY, GRASS = (70, 140, 220), (60, 150, 60)
ORIENTATION = 0x0112


def turned_photo(path: Path) -> Path:
    """A 4,000 × 3,000 photo, sky above grass, stored lying on its side as a phone held upright does."""
    upright = Image.new("RGB", (4000, 3000), GRASS)
    upright.paste(SKY, (0, 0, 4000, 1500))
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # shown turned a quarter to the right
    upright.transpose(Image.Transpose.ROTATE_90).save(path, quality=92, exif=exif)
    return path
