"""Bodies that strangers send to webhooks: JSON objects, and what an HTML form sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any
from urllib.parse import parse_qsl

from rest_framework.parsers import BaseParser

from wireflow_ui.errors import WireflowError

MAX_TEXT = 20_000
MAX_FIELDS = 2_000
NUL = "\x00"


class BadCall(WireflowError):
    """The body of a call cannot be taken."""

    code = "invalid_body"


class FormParser(BaseParser):
    """``application/x-www-form-urlencoded`` as an object of texts; a field sent several times is a list of them."""

    media_type = "application/x-www-form-urlencoded"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        try:
            pairs = parse_qsl(
                stream.read().decode("utf-8"),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=MAX_FIELDS,
            )
        except UnicodeDecodeError as error:
            raise BadCall("The form is not UTF-8.") from error
        except ValueError as error:
            raise BadCall(f"The form has too many fields: {MAX_FIELDS:,} are allowed.") from error
        found: dict[str, Any] = {}
        for name, value in pairs:
            if NUL in name or NUL in value:
                raise BadCall("The form holds a NUL character, which cannot be stored.")
            if name in found:
                earlier = found[name]
                found[name] = [*(earlier if isinstance(earlier, list) else [earlier]), value]
            else:
                found[name] = value
        return found


def read_body(data: Any) -> dict[str, Any]:
    """The body if it is an object whose texts are short enough; nothing at all is an empty one. Raises BadCall."""
    if not isinstance(data, Mapping):
        raise BadCall("The body must be a JSON object.")
    waiting: list[Any] = [*data, *data.values()]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str) and len(value) > MAX_TEXT:
            raise BadCall(f"A text has {len(value):,} characters; {MAX_TEXT:,} are allowed here.")
        if isinstance(value, Mapping):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value
    return dict(data)
