"""Keeps secrets out of the log."""

from __future__ import annotations

import logging
import re

SECRET = re.compile(
    r"(\bsk-[0-9A-Za-z_-]{6})[0-9A-Za-z_-]+"
    r"|(/sign-in/link/)[^\s'\"]+"
    r"|((?i:authorization['\"]?\s*[:=]\s*['\"]?\w+\s+))\S+"
    r"|(://[^\s:/@]*:)[^\s/@]+(?=@)"
)


class MaskSecrets(logging.Formatter):
    """Masks API keys, sign-in links, Authorization headers and passwords in addresses in the whole of a record.

    A filter would see the message alone: what an exception says stands in the traceback, which a formatter adds.
    """

    def format(self, record: logging.LogRecord) -> str:
        return SECRET.sub(lambda match: f"{match[match.lastindex or 0]}…", super().format(record))
