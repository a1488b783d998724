"""The last warnings and errors of this process, kept in memory for the System page."""

from __future__ import annotations

import logging
from collections import deque
from datetime import UTC, datetime
from typing import Any

MOST = 20
LONGEST = 500

_lines: deque[dict[str, Any]] = deque(maxlen=MOST)


class Keep(logging.Handler):
    """Keeps the last few records as small JSON objects; its formatter must mask secrets."""

    def emit(self, record: logging.LogRecord) -> None:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": self.format(record)[-LONGEST:],
        }
        for name in ("request_id", "execution_id", "node_run_id"):
            if value := getattr(record, name, ""):
                line[name] = str(value)
        _lines.append(line)


def lines() -> list[dict[str, Any]]:
    """The oldest first."""
    return list(_lines)
