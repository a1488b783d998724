"""No secret reaches the log, wherever in a record it stands."""

from __future__ import annotations

import json
import logging
import os
import sys

import pytest
from django.conf import settings

from telemetry import about, recent
from wireflow_ui import request_ids
from wireflow_ui.log_format import AddIds, JsonLines, MaskSecrets

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


def line_of(record: logging.LogRecord) -> dict[str, object]:
    AddIds().filter(record)
    return json.loads(JsonLines().format(record))


def record_of(message: str, *args: object, exc_info=None) -> logging.LogRecord:
    return logging.LogRecord("wireflow.engine", logging.WARNING, __file__, 1, message, args, exc_info)


def test_a_json_line_says_what_it_is_about_and_nothing_it_does_not_know():
    token = request_ids.current.set("req_1")
    try:
        with about.saying(execution_id="e-1", node_run_id=41, attempt=2):
            line = line_of(record_of("It %s", "broke off"))
    finally:
        request_ids.current.reset(token)
    assert line.pop("time").endswith("+00:00")
    assert line.pop("process") == os.getpid()
    assert line == {
        "level": "warning", "logger": "wireflow.engine", "message": "It broke off",
        "request_id": "req_1", "execution_id": "e-1", "node_run_id": 41, "attempt": 2,
    }  # fmt: skip
    assert set(line_of(record_of("At rest"))) == {"time", "level", "logger", "message", "process"}


def test_a_json_line_stays_json_when_secrets_are_masked():
    try:
        raise ValueError(f"Authorization: Bearer {KEY}")
    except ValueError:
        line = line_of(record_of(f'"Authorization: Bearer {KEY}"', exc_info=sys.exc_info()))
    assert line["message"] == '"Authorization: Bearer …'
    assert line["exception"].endswith("ValueError: Authorization: Bearer …")


def test_a_text_line_names_its_ids_before_the_traceback():
    with about.saying(execution_id="e-1"):
        record = record_of("It broke off")
        AddIds().filter(record)
    record.exc_text = "Traceback …"
    assert MaskSecrets("%(message)s").format(record) == "It broke off [execution_id=e-1]\nTraceback …"


def test_a_task_of_a_claim_is_about_that_claim_alone():
    with about.saying(execution_id="other", attempt=9):
        context = about.context_of(execution_id="e-1", node_run_id=41)
    assert context.run(about.current) == {"execution_id": "e-1", "node_run_id": 41}
    assert about.current() == {}


def test_the_last_warnings_are_kept_without_secrets():
    for number in range(recent.MOST + 1):
        logging.getLogger("wireflow.test").warning("Warning %d of key %s", number, KEY)
    logging.getLogger("wireflow.test").info("Not kept")
    assert len(recent.lines()) == recent.MOST
    lines = [line for line in recent.lines() if line["logger"] == "wireflow.test"]
    assert "Warning 0 of" not in str(lines)
    assert lines[-1]["message"] == f"Warning {recent.MOST} of key sk-012345…"
    assert lines[-1]["level"] == "WARNING"


def test_every_handler_masks():
    formats = settings.LOGGING["formatters"]
    used = {formats[handler["formatter"]]["()"] for handler in settings.LOGGING["handlers"].values()}
    assert used == {"wireflow_ui.log_format.MaskSecrets", "wireflow_ui.log_format.Message"}
    assert formats["json"]["()"] == "wireflow_ui.log_format.JsonLines"
