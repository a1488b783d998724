"""Stored media in a bucket of S3, or of anything that speaks like it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError
from storages.backends.s3 import S3Storage


class Bucket(S3Storage):  # type: ignore[misc]  # the library carries no annotations
    """django-storages', but files are read as far as they are needed, and what is missing is FileNotFoundError."""

    def _open(self, name: str, mode: str = "rb") -> Remote:
        return Remote(self.bucket.Object(self._normalize_name(name)))

    def get_modified_time(self, name: str) -> datetime:
        with _missing_is_no_file(name):
            found: datetime = super().get_modified_time(name)
        return found


class Remote(io.RawIOBase):
    """An object to be read. It is asked for from where one stands, and comes in pieces as they are read."""

    def __init__(self, item: Any) -> None:
        """Raises FileNotFoundError."""
        with _missing_is_no_file(item.key):
            self._size = int(item.content_length)
        self._item = item
        self._place = 0
        self._body: Any = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        place = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        if place != self._place:
            self._let_go()
            self._place = place
        return place

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes, all that are left for -1; b"" at the end."""
        if self._place >= self._size or size == 0:
            return b""
        if self._body is None:
            with _missing_is_no_file(self._item.key):
                self._body = self._item.get(Range=f"bytes={self._place}-")["Body"]
        piece: bytes = self._body.read(None if size < 0 else size)
        self._place += len(piece)
        return piece

    def close(self) -> None:
        self._let_go()
        super().close()

    def _let_go(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None


@contextmanager
def _missing_is_no_file(name: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            raise FileNotFoundError(name) from error
        raise
