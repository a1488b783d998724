"""An archive that somebody brings, taken for hostile: what is wrong with it is said before anything is kept."""

from __future__ import annotations

import hashlib
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from archives import shape
from archives.shape import CHANGED, Row, Unfit
from wireflow_ui.body import BadBody, parse_json

PIECE = 1024 * 1024
MOST_ENTRIES = 2_000_000
MOST_TEXT = 8_000_000
MOST_DEPTH = 48
#: What was stored came from more than request bodies: 1e300 comes back from PostgreSQL with 301 digits, and tables and
#: providers' answers have as many keys as fit. Python reads no integer of more digits.
MOST_DIGITS = 4300
#: Rows of JSON are packed to a tenth or a fiftieth of what they are; more than this is made to burst somebody's disk.
MOST_PACKED, SMALL = 300, 64 * 1024 * 1024
#: The others of a ZIP unpack as much at once as a forged archive wants.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
DAMAGED = "The archive is damaged or not whole. Fetch it again; if it is still refused, make it anew."
ENCRYPTED = "The archive is encrypted. Open it with its password and pack it anew without one."
OTHERWISE_PACKED = "The archive is packed in a way that no archive of a team is. Pack it anew with Deflate."
NO_MANIFEST = "This ZIP has no manifest.json: it is no archive of a team, or not whole."
OTHER_FORMAT = "This is no archive of a team: its manifest is of another format."
BURSTING = (
    "Unpacked, the archive is larger than this page takes. Whoever runs this server takes it in by a command."
)
LONG_MANIFEST = (
    "The manifest is larger than this page takes. Whoever runs this server takes it in by a command."
)
WHERE = "Row {number} of {table}"
BY_COMMAND = "Whoever runs this server may take it in by a command."
MANY_ROWS = (
    "The archive has more rows than this page takes. Whoever runs this server takes it in by a command."
)
MANY_VALUES = (
    "The rows have more values than this page takes. Whoever runs this server takes them in by a command."
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of an archive is read, in bytes where nothing else is said. ``values`` are those of one row or of the
    manifest, which lie in memory together; ``all_values`` those of all rows, which take time."""

    unpacked: int
    manifest: int
    line: int
    values: int
    all_values: int
    rows: int


#: For whoever runs the server, and knows where an archive comes from. A row is a run with all that its nodes gave.
WIDE = Bounds(
    unpacked=2**50,
    manifest=256 * 1024**2,
    line=256 * 1024**2,
    values=256 * 1024**2,
    all_values=2**50,
    rows=2**40,
)

#: Ids as they stand in texts: of workflows, components, assets, files and executions.
ID = re.compile(
    r"(?<![0-9A-Za-z_])(?:c[mp][0-9a-z]{23}|as_[a-z2-7]{26}|[a-z2-7]{26}\.[a-z0-9]{2,5}"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?![0-9A-Za-z_])"
)


@contextmanager
def opened(path: Path, bounds: Bounds = WIDE) -> Iterator[Archive]:
    """The archive at ``path``, its list of contents and manifest looked through. Raises `Unfit`."""
    with _whole():
        packed = zipfile.ZipFile(path)
    with packed:
        with _whole():
            archive = Archive(packed, path.stat().st_size, bounds)
        yield archive


@contextmanager
def _whole() -> Iterator[None]:
    """What a broken or forged ZIP raises, as a sentence."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError) as error:
        raise Unfit(DAMAGED) from error


class Archive:
    def __init__(self, packed: zipfile.ZipFile, size: int, bounds: Bounds) -> None:
        self._packed = packed
        self._bounds = bounds
        self._entries = self._checked_entries(size)
        self.manifest = self._read_manifest()
        self._check_counts()

    @property
    def missing(self) -> frozenset[str]:
        """The hashes of files that were gone already when the archive was made."""
        return frozenset(self.manifest["files"]["missing"])

    def files(self) -> Iterator[str]:
        """The hashes of the files that are there."""
        for name in self._entries:
            if found := shape.FILE.fullmatch(name):
                yield found[1]

    def check(self) -> None:
        """Read every row once: its JSON, and that the tables are those of the manifest. Raises `Unfit`."""
        if sum(map(self._values_of, shape.TABLES)) > self._bounds.all_values:
            raise Unfit(MANY_VALUES)
        for table in shape.TABLES:
            for _ in self.rows(table):
                """Reading it is the check."""

    def _values_of(self, table: str) -> int:
        values = 0
        with _whole(), self._packed.open(self._entries[f"data/{table}.jsonl"]) as file:
            while piece := file.read(PIECE):
                values += _count_values(piece)
        return values

    def rows(self, table: str, renamed: Mapping[str, str] | None = None) -> Iterator[tuple[str, Row]]:
        """The rows with where each stands, for sentences. Ids that are ``renamed`` are, wherever they stand in it."""
        told, digest, size, number = self.manifest["tables"][table], hashlib.sha256(), 0, 0
        with _whole(), self._packed.open(self._entries[f"data/{table}.jsonl"]) as file:
            while text := file.readline(self._bounds.line + 1):
                number += 1
                where = WHERE.format(number=number, table=table)
                if len(text) > self._bounds.line:
                    raise Unfit(f"{where} is larger than {self._bounds.line / 1024**2:.3g} MB. {BY_COMMAND}")
                digest.update(text)
                size += len(text)
                yield where, self._row(text, where, renamed or {})
        if (number, size, digest.hexdigest()) != (told["rows"], told["bytes"], told["sha256"]):
            raise Unfit(f"The rows of {table} are not those that the manifest tells of. {CHANGED}")

    def copy(self, sha256: str, to: Path) -> None:
        """Write a file of the archive to a path of ours. Raises `Unfit` when its bytes have another hash."""
        digest = hashlib.sha256()
        entry = self._entries[f"files/{sha256}"]
        with _whole(), self._packed.open(entry) as file, to.open("wb") as copy:
            while piece := file.read(PIECE):
                digest.update(piece)
                copy.write(piece)
        if digest.hexdigest() != sha256:
            raise Unfit(f"The file {sha256[:12]}… has other bytes than its name says. {CHANGED}")

    def _checked_entries(self, size: int) -> dict[str, zipfile.ZipInfo]:
        known = {shape.MANIFEST, *(f"data/{name}.jsonl" for name in shape.TABLES)}
        found: dict[str, zipfile.ZipInfo] = {}
        listed = self._packed.infolist()
        if len(listed) > MOST_ENTRIES:
            raise Unfit(f"The archive lists {len(listed):,} files; {MOST_ENTRIES:,} are taken.")
        for entry in listed:
            name = entry.filename
            if name not in known and not shape.FILE.fullmatch(name):
                raise Unfit(f"“{name[:80]}” does not belong into an archive of a team. {CHANGED}")
            if name in found:
                raise Unfit(f"“{name}” stands twice in the archive. {CHANGED}")
            if entry.flag_bits & 1:
                raise Unfit(ENCRYPTED)
            if entry.compress_type not in METHODS:
                raise Unfit(OTHERWISE_PACKED)
            _refuse_bomb(entry)
            found[name] = entry
        if sum(entry.compress_size for entry in listed) > size:
            raise Unfit(f"The files in the archive lie over each other. {CHANGED}")
        if sum(entry.file_size for entry in listed) > self._bounds.unpacked:
            raise Unfit(BURSTING)
        if shape.MANIFEST not in found:
            raise Unfit(NO_MANIFEST)
        return found

    def _read_manifest(self) -> Row:
        entry = self._entries[shape.MANIFEST]
        if entry.file_size > self._bounds.manifest:
            raise Unfit(LONG_MANIFEST)
        with self._packed.open(entry) as file:
            manifest = self._row(file.read(self._bounds.manifest), "The manifest", {})
        if manifest.get("format") != shape.FORMAT:
            raise Unfit(OTHER_FORMAT)
        if manifest.get("version") != shape.VERSION:
            raise Unfit(
                f"The archive is of version {str(manifest.get('version'))[:20]} of the format, and this server reads "
                f"version {shape.VERSION}. Import it on a server of the version that made it, or update this one."
            )
        if not _is_manifest(manifest):
            raise Unfit(f"The manifest lacks something. {CHANGED}")
        return manifest

    def _check_counts(self) -> None:
        for name in shape.TABLES:
            if f"data/{name}.jsonl" not in self._entries:
                raise Unfit(f"data/{name}.jsonl is missing. {CHANGED}")
        if sum(self.manifest["tables"][name]["rows"] for name in shape.TABLES) > self._bounds.rows:
            raise Unfit(MANY_ROWS)
        sizes = [entry.file_size for name, entry in self._entries.items() if shape.FILE.fullmatch(name)]
        told = self.manifest["files"]
        if (len(sizes), sum(sizes)) != (told["count"], told["bytes"]):
            raise Unfit(f"The files are not those that the manifest tells of. {CHANGED}")

    def _row(self, text: bytes, where: str, renamed: Mapping[str, str]) -> Row:
        # Before it is read: what is read lies in memory, each value apart.
        if _count_values(text) > self._bounds.values:
            raise Unfit(f"{where} has more than {self._bounds.values:,} values. {BY_COMMAND}")
        if renamed:
            text = ID.sub(lambda found: renamed.get(found[0], found[0]), text.decode()).encode()
        try:
            row = parse_json(
                text,
                max_text=MOST_TEXT,
                max_depth=MOST_DEPTH,
                max_keys=self._bounds.values,
                max_digits=MOST_DIGITS,
            )
        except BadBody as refused:
            raise Unfit(f"{where} cannot be read: {refused.message}") from refused
        if not isinstance(row, dict):
            raise Unfit(f"{where} is no object. {CHANGED}")
        return row


def _count_values(text: bytes) -> int:
    """No fewer than there are in this JSON, found without reading it."""
    return sum(map(text.count, (b",", b"[", b"{")))


def _refuse_bomb(entry: zipfile.ZipInfo) -> None:
    is_file = bool(shape.FILE.fullmatch(entry.filename))
    if is_file and (entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size):
        raise Unfit(f"“{entry.filename[:20]}…” is packed, and files lie in an archive as they are. {CHANGED}")
    if entry.file_size > SMALL and entry.file_size > MOST_PACKED * entry.compress_size:
        raise Unfit(f"“{entry.filename}” would become {entry.file_size / 1024**3:.1f} GB. {CHANGED}")


def _is_manifest(manifest: Row) -> bool:
    """Whether all is there that is read of it."""
    team, tables, files = (manifest.get(name) for name in ("team", "tables", "files"))
    if not (isinstance(team, dict) and isinstance(tables, dict) and isinstance(files, dict)):
        return False
    told = [tables.get(name) for name in shape.TABLES]
    return (
        isinstance(team.get("name"), str)
        and isinstance(team.get("sandboxFree"), bool)
        and all(map(_is_told, told))
        and isinstance(files.get("missing"), list)
        and all(isinstance(one, str) for one in files["missing"])
        and all(isinstance(files.get(name), int) for name in ("count", "bytes"))
    )


def _is_told(table: object) -> bool:
    return (
        isinstance(table, dict)
        and table.keys() == {"rows", "bytes", "sha256"}
        and isinstance(table["rows"], int)
        and table["rows"] >= 0
    )
