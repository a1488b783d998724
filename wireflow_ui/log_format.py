"""How a log line looks: as text or as JSON, with what it is about, and without secrets."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime

from telemetry import about
from wireflow_ui import request_ids

SECRET = re.compile(
    r"(\bsk-[0-9A-Za-z_-]{6})[0-9A-Za-z_-]+"
    r"|((?:/sign-in/link|/invitation)/)[^\s'\"]+"
    r"|((?i:authorization['\"]?\s*[:=]\s*['\"]?\w+\s+))\S+"
    r"|(://[^\s:/@]*:)[^\s/@]+(?=@)"
)
NAMES = ("request_id", *about.NAMES)


def masked(text: str) -> str:
    """Without API keys, sign-in links and invitations, Authorization headers and passwords in addresses."""
    return SECRET.sub(lambda match: f"{match[match.lastindex or 0]}…", text)


class AddIds(logging.Filter):
    """Says on each record which request, execution, node run and attempt it is about, as far as there is one."""

    def filter(self, record: logging.LogRecord) -> bool:
        known = {"request_id": request_ids.current.get(), **about.current()}
        for name in NAMES:
            if not hasattr(record, name):
                setattr(record, name, known.get(name, ""))
        return True


class MaskSecrets(logging.Formatter):
    """A readable line. Masks secrets in the whole of a record: what an exception says stands in the traceback,
    which a filter would not see."""

    def format(self, record: logging.LogRecord) -> str:
        ids = [f"{name}={value}" for name in NAMES if (value := getattr(record, name, ""))]
        text = masked(super().format(record))
        if not ids:
            return text
        first, newline, rest = text.partition("\n")
        return f"{first} [{' '.join(ids)}]{newline}{rest}"


class JsonLines(logging.Formatter):
    """One JSON object per record, for programs that gather logs."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": masked(record.getMessage()),
            "process": record.process,
        }
        line |= {name: value for name in NAMES if (value := getattr(record, name, ""))}
        if record.exc_info:
            line["exception"] = masked(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


class Message(logging.Formatter):
    """What a record says and the last line of its exception, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        text = record.getMessage()
        if record.exc_info and (error := record.exc_info[1]) is not None:
            text = f"{text} {type(error).__name__}: {error}"
        return masked(text)
