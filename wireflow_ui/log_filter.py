"""Keeps secrets out of the log."""

from __future__ import annotations

import logging
import re

SECRET = re.compile(
    r"(sk-[0-9A-Za-z_-]{6})[0-9A-Za-z_-]+|(?i:(authorization['\"]?\s*[:=]\s*['\"]?\w+\s+))\S+"
)


class MaskSecrets(logging.Filter):
    """Masks API keys and Authorization headers in every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        masked = SECRET.sub(lambda match: f"{match[1] or match[2]}…", message)
        if masked != message:
            record.msg, record.args = masked, None
        return True
