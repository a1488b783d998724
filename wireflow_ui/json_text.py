"""JSON as the API writes it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from rest_framework.utils.encoders import JSONEncoder


class ContractEncoder(JSONEncoder):
    """Times as the contract writes them: UTC, milliseconds, ``Z``."""

    def default(self, obj: Any) -> Any:
        if isinstance(obj, datetime):
            return obj.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return super().default(obj)


def dump(data: Any) -> bytes:
    """Compact UTF-8 JSON. NaN and infinity, which JSON does not know, raise ValueError."""
    text = json.dumps(data, cls=ContractEncoder, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode()
