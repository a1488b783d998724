"""Readers for settings from the environment; each refuses nonsense with a sentence.

Every name may also be given as ``NAME_FILE``, the path of a file that holds the value.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    """The value of ``name``, or of the file that ``name_FILE`` points to. An empty one counts as none."""
    file_name = os.environ.get(f"{name}_FILE")
    if file_name and os.environ.get(name):
        raise ImproperlyConfigured(f"Set {name} or {name}_FILE, not both.")
    if file_name:
        try:
            return Path(file_name).read_text(encoding="utf-8").strip() or default
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE: cannot read {file_name} ({error.strerror}).") from error
        except UnicodeDecodeError as error:
            raise ImproperlyConfigured(f"{name}_FILE: {file_name} is not a text in UTF-8.") from error
    return os.environ.get(name) or default


def number(name: str, default: int, *, low: int, high: int) -> int:
    value = text(name)
    if not value:
        return default
    if not value.isdecimal() or not low <= int(value) <= high:
        raise ImproperlyConfigured(f"{name} must be a whole number from {low} to {high}, not {value!r}.")
    return int(value)


def choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    """One of a few words."""
    value = text(name, default).lower()
    if value not in choices:
        raise ImproperlyConfigured(f"{name} must be {' or '.join(choices)}, not {value!r}.")
    return value


def secret(name: str, *, least: int) -> str:
    """A secret of so many characters or more, or nothing."""
    value = text(name)
    if value and (
        len(value) < least or len(set(value)) < 8 or not value.isascii() or not value.isprintable()
    ):
        raise ImproperlyConfigured(
            f"{name} can be guessed: give it {least} random letters and digits or more."
        )
    return value


def secrets(name: str, *, least: int) -> list[str]:
    """Secrets of so many characters or more, separated by commas, spaces or new lines."""
    values = text(name).replace(",", " ").split()
    for value in values:
        if len(value) < least or len(set(value)) < 8 or not value.isascii() or not value.isprintable():
            raise ImproperlyConfigured(
                f"{name} can be guessed: give it {least} random letters and digits or more."
            )
    return values


def host_and_port(name: str) -> tuple[str, int] | None:
    """An address to listen at, such as 127.0.0.1:9100, or nothing."""
    value = text(name)
    if not value:
        return None
    host, _, port = value.rpartition(":")
    host = host.strip("[]")
    if not re.fullmatch(r"[\w.:-]+", host, re.ASCII) or not port.isdecimal() or not 0 < int(port[:9]) < 65536:
        raise ImproperlyConfigured(f"{name} must look like 127.0.0.1:9100, not {value!r}.")
    return host, int(port)


def words(name: str, default: list[str]) -> list[str]:
    """A list separated by commas."""
    value = text(name)
    return [word.strip() for word in value.split(",") if word.strip()] or default


def split(address: str) -> SplitResult | None:
    """The parts of an address; None where it has none, such as a port that is no number."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return None
    return parts


@dataclass(frozen=True, slots=True)
class MailServer:
    """``is_secure``: encrypted from the first byte on; ``is_upgraded``: by STARTTLS."""

    host: str
    port: int
    user: str
    password: str
    is_secure: bool
    is_upgraded: bool


def mail_server(name: str) -> MailServer | None:
    """A server that takes mail, or none: smtps://, smtp+starttls:// or, unencrypted, smtp://."""
    value = text(name)
    if not value:
        return None
    parts = split(value)
    ports = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
    if parts is None or parts.scheme not in ports or not parts.hostname:
        raise ImproperlyConfigured(
            f"{name} must look like smtps://user:password@mail.example.org:465 or smtp+starttls://…:587."
        )
    return MailServer(
        host=parts.hostname,
        port=parts.port or ports[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        is_secure=parts.scheme == "smtps",
        is_upgraded=parts.scheme == "smtp+starttls",
    )


def redis(name: str) -> str:
    """The address of a Redis, or nothing."""
    value = text(name)
    parts = split(value)
    if value and (parts is None or parts.scheme not in ("redis", "rediss") or not parts.hostname):
        raise ImproperlyConfigured(f"{name} must look like redis://:password@host:6379/0.")
    return value


def web_address(name: str, default: str) -> str:
    """An http(s) address without a path and without a slash at its end."""
    value = text(name, default).rstrip("/")
    parts = split(value)
    if (
        parts is None
        or parts.scheme not in ("http", "https")
        or parts.netloc.lower() != value.lower().partition("://")[2]  # nothing but host and port
        or not re.fullmatch(r"([\w.-]+|\[[0-9a-f:.]+\])(:[0-9]+)?", parts.netloc, re.ASCII | re.IGNORECASE)
    ):
        raise ImproperlyConfigured(f"{name} must look like https://wireflow.example.org, not {value!r}.")
    return value


#: So often PostgreSQL is sent a statement of a fixed text by one connection before it keeps it.
PREPARED_AFTER = 3


def _prepared_after(word: str, name: str) -> int | None:
    """What the address of the database says of prepared statements; None: never, for a pooler that cannot keep them."""
    if word == "off":
        return None
    if not word.isascii() or not word.isdigit():
        raise ImproperlyConfigured(f"{name}: prepare_threshold is a number of times, or off.")
    return int(word)


def database(name: str, data_dir: Path) -> dict[str, object]:
    """The Django database that ``name`` describes; SQLite in the data folder when it is empty."""
    value = text(name)
    if not value:
        return {
            "ENGINE": "wireflow_ui.sqlite",
            "NAME": data_dir / "wireflow.sqlite3",
            "CONN_MAX_AGE": None,
            # A file, because threads that share an in-memory database lock each other's tables.
            "TEST": {"NAME": data_dir / "test.sqlite3"},
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                # Each connection keeps pages up to the size of its cache, and each thread has a connection.
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
                "PRAGMA cache_size=-2000; PRAGMA mmap_size=134217728;",
            },
        }
    parts = split(value)
    if parts is None or parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise ImproperlyConfigured(f"{name} must look like postgresql://user:password@host:5432/database.")
    asked = dict(parse_qsl(parts.query))
    prepared_after = _prepared_after(asked.pop("prepare_threshold", str(PREPARED_AFTER)), name)
    limits = "-c lock_timeout=5000 -c statement_timeout=10000 -c idle_in_transaction_session_timeout=15000"
    return {
        "ENGINE": "wireflow_ui.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
        # Every request has a thread of its own, so connections are kept in a pool and not by threads.
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **asked,
            "options": limits,
            "prepare_threshold": prepared_after,
            "pool": {"min_size": 1, "max_size": 20, "timeout": 10},
        },
    }
