"""Archives of the tests: read whole, compared, and forged."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Rows = list[dict[str, Any]]


def rows_of(path: Path, table: str) -> Rows:
    with zipfile.ZipFile(path) as packed:
        text = packed.read(f"data/{table}.jsonl").decode()
    return [json.loads(line) for line in text.splitlines()]


def files_of(path: Path) -> dict[str, bytes]:
    """The stored media by their names in the archive."""
    with zipfile.ZipFile(path) as packed:
        return {name: packed.read(name) for name in packed.namelist() if name.startswith("files/")}


def forged(path: Path, to: Path, table: str, change: Callable[[Rows], object]) -> Path:
    """A copy whose rows are others, with a manifest that agrees: made by somebody who knows the format."""
    rows = rows_of(path, table)
    change(rows)
    text = "".join(json.dumps(row) + "\n" for row in rows).encode()
    told = {"rows": len(rows), "bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()}

    def agree(manifest: dict[str, Any]) -> None:
        manifest["tables"][table] = told

    return rewritten(path, to, {f"data/{table}.jsonl": text}, agree)


def rewritten(
    path: Path,
    to: Path,
    members: Mapping[str, bytes | None],
    change_manifest: Callable[[dict[str, Any]], object] = lambda _: None,
    method: int = zipfile.ZIP_STORED,
) -> Path:
    """A copy with other members; None takes one out."""
    with zipfile.ZipFile(path) as packed, zipfile.ZipFile(to, "w", method) as copy:
        for name in packed.namelist():
            if name == "manifest.json":
                manifest = json.loads(packed.read(name))
                change_manifest(manifest)
                copy.writestr(name, members.get(name) or json.dumps(manifest))
            elif name not in members:
                copy.writestr(name, packed.read(name))
        for name, content in members.items():
            if content is not None and name != "manifest.json":
                copy.writestr(name, content)
    return to


#: What a team is given anew wherever it is imported: numbers, and who people are.
_ANEW = {"version", "created_by", "kept_by", "published_by", "started_by", "node_run"}


def compared(path: Path) -> dict[str, Any]:
    """All that two archives of one team must have in common, whichever instance made them."""
    found: dict[str, Any] = {}
    for table in ("workflows", "versions", "assets", "templates", "components", "executions", "limits"):
        found[table] = sorted((_plain(row) for row in rows_of(path, table)), key=str)
    numbers = {run["id"]: place for place, run in enumerate(_node_runs(path))}
    found["entries"] = [
        {**row, "reference": _named(row["reference"], numbers)} for row in rows_of(path, "entries")
    ]
    found["files"] = files_of(path)
    return found


def _node_runs(path: Path) -> Rows:
    return [run for one in rows_of(path, "executions") for run in one["node_runs"]]


def _named(reference: str, numbers: Mapping[int, int]) -> str:
    kind, _, number = reference.partition(":")
    return f"node run {numbers[int(number)]}" if kind == "node-run" else ""


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        is_numbered = isinstance(value.get("id"), int)
        return {
            key: _plain(one)
            for key, one in value.items()
            if key not in _ANEW and not (key == "id" and is_numbered)
        }
    return [_plain(one) for one in value] if isinstance(value, list) else value
