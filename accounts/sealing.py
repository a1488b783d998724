"""Texts that must be read again, such as keys of providers, sealed before they are stored.

The newest of the server's sealing keys seals, all of them open. They are no part of the database and not derived from
SECRET_KEY, so that neither a dump nor a session's secret opens anything.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from wireflow_ui.errors import WireflowError


class NoSealKey(WireflowError):
    """The operator gave the servers of a cluster no key to seal with."""

    code = "no_seal_key"
    status = 409

    def __init__(self) -> None:
        super().__init__(
            "This server cannot keep keys yet: its operator has to set WIREFLOW_SEAL_KEY for all of its processes."
        )


class CannotOpen(Exception):
    """Sealed by a key that this server does not have (any more)."""


def can_seal() -> bool:
    return bool(settings.SEAL_KEYS or settings.SEAL_KEY_FILE)


def seal(text: str) -> str:
    """The text, sealed by the newest key. Raises `NoSealKey`."""
    return _line(seal_keys()).encrypt(text.encode()).decode()


def open_sealed(sealed: str) -> str:
    """The text that was sealed. Raises `CannotOpen` or `NoSealKey`."""
    try:
        return _line(seal_keys()).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise CannotOpen from None


def reseal(sealed: str) -> str:
    """The same text, sealed by the newest key. Raises `CannotOpen` or `NoSealKey`."""
    try:
        return _line(seal_keys()).rotate(sealed.encode()).decode()
    except InvalidToken:
        raise CannotOpen from None


def is_newest(sealed: str) -> bool:
    """Was it sealed by the newest key?"""
    try:
        _line(seal_keys()[:1]).decrypt(sealed.encode())
    except InvalidToken:
        return False
    return True


def seal_keys() -> tuple[str, ...]:
    """The keys, the newest first: those of the settings, then those of the file in the data folder, where there is one
    or nothing else."""
    file, given = settings.SEAL_KEY_FILE, tuple(settings.SEAL_KEYS)
    if file is None and not given:
        raise NoSealKey
    return given if file is None or (given and not file.exists()) else (*given, *_keys_in(file))


def renew_key_file(path: Path) -> None:
    """Put a new key before the newest of the file, and forget those behind that. What others seal meanwhile with the
    one that was the newest still opens."""
    _written(path.parent, [secrets.token_urlsafe(48), *_keys_in(path)[:1]]).replace(path)


def _keys_in(path: Path) -> tuple[str, ...]:
    """Read each time, because a command may renew it while a server runs; made by whoever asks first."""
    if not path.exists():
        made = _written(path.parent, [secrets.token_urlsafe(48)])
        with suppress(FileExistsError):  # somebody else was first
            path.hardlink_to(made)
        made.unlink()
    return tuple(path.read_text(encoding="ascii").split())


def _written(folder: Path, keys: Sequence[str]) -> Path:
    """A new file with these keys, which nobody else can read."""
    descriptor, name = tempfile.mkstemp(dir=folder)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write("\n".join(keys))
    return Path(name)


@lru_cache(maxsize=4)
def _line(keys: tuple[str, ...]) -> MultiFernet:
    """Any long random text is a key: Fernet's own form comes from its hash."""
    hashes = (hashlib.sha256(f"wireflow seal {key}".encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(one)) for one in hashes])
