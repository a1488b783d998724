"""What an archive of a team holds, and how: the format that docs/archives.md tells of.

An archive is a ZIP. ``data/<table>.jsonl`` has a row of JSON on each line; ``files/<sha256>`` are stored media by the
hash of their bytes; ``manifest.json`` says how many rows and bytes there are, with the hash of each table. Nothing is
unpacked under a name that an archive gives it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models

from wireflow_ui.errors import WireflowError

Row = dict[str, Any]

FORMAT, VERSION = "wireflow-team", 1
MANIFEST = "manifest.json"
#: In the order in which an import reads them; ``audit`` is there to be read by people.
TABLES = (
    "people",
    "workflows",
    "versions",
    "assets",
    "templates",
    "components",
    "executions",
    "views",
    "limits",
    "entries",
    "audit",
)
FILE = re.compile(r"files/([0-9a-f]{64})")

LEFT_OUT = (
    "Keys, passwords and secrets: API keys, provider keys, secrets of the team, the addresses of webhooks, links that "
    "were shared, sessions and sign-in links.",
    "People's accounts, invitations, notices and mail. People are named, so that one can see who did what.",
    "Runs of other teams' apps, and pictures that were lent to them: how those are made belongs to other teams.",
    "Runs that were deleted for good. What was paid for them is in the ledger.",
    "Calls to providers, deliveries of results, the logs of webhooks and schedules. What came of them is in the runs.",
    "Automatic versions of drafts. Keep those that should come along.",
    "Rows of large tables that are accepted and not yet runs.",
    "Limits of spending for single people and keys, and the rule that says how long runs are kept.",
)

WORKFLOW = (
    "name", "description", "tags", "is_active", "media_id", "exposed_inputs", "created_at", "updated_at", "deleted_at",
    "execution_count", "last_executed_at", "cover",
)  # fmt: skip
DRAFT = ("is_published", "link_permission")
VERSION_ROW = ("nodes", "edges", "created_at", "number", "name", "kept_at")
WEBHOOK = ("created_at", "takes_workflow_id", "credits_per_day", "calls_per_minute")
SCHEDULE = ("created_at", "name", "when", "time_zone", "since", "inputs", "overlap", "late_minutes")
APP = ("slug", "name", "description", "inputs", "logo", "color", "published_at")
ASSET = (
    "id", "name", "thumbnail_name", "origin", "sandbox", "reference", "workflow", "version", "node_type", "created_at",
    "deleted_at", "filename", "content_type", "bytes", "role", "sha256",
)  # fmt: skip
TEMPLATE = ("name", "description", "category", "nodes", "edges", "cover", "created_at", "deleted_at")
COMPONENT = ("name", "version", "created_at", "deleted_at")
COMPONENT_VERSION = ("number", "content", "created_at")
EXECUTION = (
    "id", "workflow_name", "run_index", "input_index", "row_name", "trigger", "inputs", "trigger_data",
    "target_node_id", "targets", "anew", "reuse", "status", "error", "error_code", "warnings", "credits_used",
    "prices", "last_seq", "created_at", "deadline_at", "ended_at", "stopped_by", "deleted_at",
)  # fmt: skip
NODE_RUN = (
    "node_id", "item_path", "node_type", "label", "position", "status", "attempt", "tries", "polls", "question",
    "output", "error", "error_code", "skip_reason", "is_cached", "content_hash", "provider", "request_id", "fell_back",
    "notice", "price", "credits_used", "ready_at", "started_at", "ended_at",
)  # fmt: skip
EVENT = ("seq", "kind", "data", "created_at")
VIEW = ("name", "query", "is_shared", "created_at")
LIMIT = ("subject", "name", "period", "credits", "is_hard", "created_at")
ENTRY = ("kind", "reference", "debit", "credit", "amount", "note", "is_sandbox", "created_at")
AUDIT = ("at", "who", "key", "address", "action", "subject", "changes")


class Unfit(WireflowError):
    """An archive that cannot be taken; the sentence says why, and what to do."""

    code = "unfit_archive"


def columns(row: models.Model, names: Iterable[str]) -> Row:
    """These columns of a row, as JSON has them."""
    return {name: _plain(getattr(row, name)) for name in names}


def line(row: Mapping[str, Any]) -> bytes:
    """A row as a line of an archive."""
    text = json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return f"{text}\n".encode()


def values(model: type[models.Model], names: Iterable[str], row: Mapping[str, Any], where: str) -> Row:
    """These columns of a row that was read, checked as the model's fields check them. Raises `Unfit`."""
    return {name: _checked(model._meta.get_field(name), row.get(name), name, where) for name in names}


def objects(row: Mapping[str, Any], name: str, where: str) -> list[Row]:
    """The rows that stand in a row. Raises `Unfit`."""
    found = row.get(name)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Unfit(f"{where}: “{name}” is no list of objects. {CHANGED}")
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


#: What a field that holds other types would make of them: numbers of texts, texts of numbers, moments without a zone.
_TYPES: tuple[tuple[type[models.Field[Any, Any]], type | tuple[type, ...]], ...] = (
    (models.BooleanField, bool),
    (models.IntegerField, int),
    (models.FloatField, (int, float)),
    (models.JSONField, object),
    (models.Field, str),
)


def _checked(field: Any, value: Any, name: str, where: str) -> Any:
    wanted = next(types for kind, types in _TYPES if isinstance(field, kind))
    is_number = isinstance(field, (models.IntegerField, models.FloatField))
    if value is None and not isinstance(field, models.JSONField):
        if field.null:
            return None
    elif isinstance(value, wanted) and not (is_number and isinstance(value, bool)):
        try:
            if isinstance(field, models.JSONField):
                return _json(field, value)
            if isinstance(field, models.DateTimeField):
                return _moment(str(value))
            if value != "" or not field.blank:
                return field.clean(value, None)
            return value
        except (ValidationError, ValueError, OverflowError) as error:
            raise Unfit(f"{where}: “{name}” has a value that it cannot have. {CHANGED}") from error
    raise Unfit(f"{where}: “{name}” is missing or of the wrong type. {CHANGED}")


CHANGED = "The archive was changed after it was made, or by another program. Make it anew."


def _json(field: models.JSONField[Any, Any], value: Any) -> Any:
    """A value of the same kind as all others of its column: a list or, where it may be missing too, an object."""
    if field.null:
        if value is not None and not isinstance(value, dict):
            raise ValueError
    elif not isinstance(value, dict if isinstance(field.get_default(), dict) else list):
        raise ValueError
    return value


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None or not 1970 <= found.year <= 9000:
        raise ValueError
    return found
