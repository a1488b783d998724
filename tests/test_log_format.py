"""No secret reaches the log, wherever in a record it stands."""

from __future__ import annotations

import logging
import sys

import pytest
from django.conf import settings

from wireflow_ui.log_format import MaskSecrets

KEY = "sk-0123456789abcdef0123456789abcdef0123456789abcdef"


def written(message: str, *args: object, exc_info=None) -> str:
    record = logging.LogRecord("wireflow", logging.ERROR, __file__, 1, message, args, exc_info)
    return MaskSecrets("%(levelname)s %(message)s").format(record)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (f"key {KEY} refused", "key sk-012345… refused"),
        (f"Authorization: Bearer {KEY}", "Authorization: Bearer …"),
        ("{'authorization': 'Key fal:secret'}", "{'authorization': 'Key …"),
        ("Internal Server Error: /sign-in/link/O_Qz6-x", "Internal Server Error: /sign-in/link/…"),
        ("cannot reach redis://:pa55word@redis:6379/0", "cannot reach redis://:…@redis:6379/0"),
        ("postgresql://me:pa55@db/x", "postgresql://me:…@db/x"),
        ("GET http://127.0.0.1:8000/a@b", "GET http://127.0.0.1:8000/a@b"),
        ("a task-listing of risk-free jobs", "a task-listing of risk-free jobs"),
    ],
)
def test_secrets_are_masked_and_the_rest_is_left(said, kept):
    assert written("%s", said) == f"ERROR {kept}"


def test_what_an_exception_says_is_masked_too():
    try:
        raise ValueError(f"refused {KEY}")
    except ValueError:
        text = written("It failed", exc_info=sys.exc_info())
    assert KEY not in text
    assert text.endswith("ValueError: refused sk-012345…")


def test_the_only_handler_masks():
    (handler,) = settings.LOGGING["handlers"].values()
    formats = settings.LOGGING["formatters"]
    assert formats[handler["formatter"]]["()"] == "wireflow_ui.log_format.MaskSecrets"
