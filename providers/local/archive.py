"""Results packed into one file."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from providers.base import Media, Request, Value
from providers.errors import InvalidInput
from providers.local import sniff
from providers.local.limits import ARCHIVE_BYTES, TooLarge, as_list, check_items
from providers.local.placeholders import fill
from providers.local.values import text_of

#: Input under which the engine may hand over the label of the node each file came from, in the same order.
SOURCE_LABELS = "source_labels"
_SAME_TIME = (1980, 1, 1, 0, 0, 0)  # the same files give the same archive
_ALREADY_PACKED = frozenset({"image", "video", "audio"})


def zip_files(request: Request) -> dict[str, Value]:
    """``file``: the archive. Texts become .txt, JSON becomes .json, media keep their bytes."""
    files = as_list(request.inputs.get("files"))
    if not files:
        raise InvalidInput("There is nothing to pack: no file arrived.")
    check_items(files, what="The list of files")
    contents = [_content(value) for value in files]
    total = sum(
        content.stat().st_size if isinstance(content, Path) else len(content) for content, _ in contents
    )
    if total > ARCHIVE_BYTES:
        raise TooLarge(f"The files have {total:,} bytes in all; the limit is {ARCHIVE_BYTES:,}. Pack fewer.")
    names = unique_names(_wanted_names(request, files), [suffix for _, suffix in contents])
    archive_name = safe_name(request.params["archive_name"]) or "results"
    path = request.scratch / f"{archive_name.removesuffix('.zip')}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, (content, _), value in zip(names, contents, files, strict=True):
            entry = zipfile.ZipInfo(name, _SAME_TIME)
            packed = isinstance(value, Media) and value.kind in _ALREADY_PACKED
            entry.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            _add(archive, entry, content)
    return {"file": Media(path, sniff.ZIP.content_type)}


def safe_name(name: str) -> str:
    """A name without folders, control characters or leading dots, 100 characters at most."""
    kept = "".join("-" if letter in '/\\:*?"<>|' else letter for letter in name if letter.isprintable())
    return kept.strip(" .")[:100].strip(" .")


def unique_names(wanted: list[str], suffixes: list[str]) -> list[str]:
    """Each name with its ending, a number added where two would be the same."""
    names: list[str] = []
    taken: set[str] = set()
    for number, (name, suffix) in enumerate(zip(wanted, suffixes, strict=True), 1):
        stem = safe_name(name) or f"{number:03}"
        if suffix and stem.lower().endswith((suffix, ".jpeg") if suffix == ".jpg" else suffix):
            suffix = stem[stem.rindex(".") :]
            stem = stem[: -len(suffix)]
        candidate, again = stem + suffix, 1
        while candidate.casefold() in taken:
            again += 1
            candidate = f"{stem}-{again}{suffix}"
        taken.add(candidate.casefold())
        names.append(candidate)
    return names


def _wanted_names(request: Request, files: list[Any]) -> list[str]:
    given = [text_of(name) for name in as_list(request.inputs.get("names"))]
    check_items(given, limit=len(files), what="The list of names")
    labels = [text_of(label) for label in as_list(request.inputs.get(SOURCE_LABELS))]
    pattern = request.params["name_pattern"] or "{{index}}"
    names = list(given)
    for number in range(len(given), len(files)):
        label = labels[number] if number < len(labels) else _kind(files[number])
        names.append(fill(pattern, {"index": f"{number + 1:03}", "label": label}.get))
    return names


def _kind(value: Any) -> str:
    if isinstance(value, Media):
        return value.kind if value.kind != "application" else "file"
    return "text" if isinstance(value, str | int | float | bool) else "data"


def _content(value: Any) -> tuple[Path | bytes, str]:
    """The bytes, or the file that holds them, and the ending of its name."""
    if isinstance(value, Media):
        known = sniff.file_type(value.content_type)
        return value.path, known.suffix if known else value.path.suffix
    if isinstance(value, str | int | float | bool):
        return text_of(value).encode("utf-8", "replace"), sniff.TEXT.suffix
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return text.encode("utf-8", "replace"), sniff.JSON.suffix


def _add(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, content: Path | bytes) -> None:
    if isinstance(content, bytes):
        archive.writestr(entry, content)
        return
    entry.file_size = content.stat().st_size
    with content.open("rb") as source, archive.open(entry, "w") as target:
        while piece := source.read(1 << 20):
            target.write(piece)
