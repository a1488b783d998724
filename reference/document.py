"""The committed OpenAPI document, as it is served and shown."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

PATH: Path = settings.BASE_DIR / "docs" / "openapi.json"


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The document with this server's address; read once, for it changes only with the code."""
    found: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
    return {**found, "servers": [{"url": settings.PUBLIC_URL}]}
