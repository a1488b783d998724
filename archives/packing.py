"""A team's data, written into an archive a row and a piece of a file at a time."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Model, QuerySet
from django.utils import timezone

from accounts.models import AuditEntry, Member, Team, User
from archives import shape
from archives.shape import Row, columns
from archives.snapshot import snapshot
from assets.models import UNLISTED, Asset, Favourite
from assets.store import place_of
from credits.models import Entry, SpendingLimit
from executions.models import GUEST, Execution
from history.models import MarkKind, SavedView
from triggers.models import App, Webhook
from wireflow_ui.json_text import dump
from workflows.models import Component, ComponentVersion, TeamTemplate, Version, Workflow

PIECE = 1024 * 1024
#: Rows that are fetched together. Of executions few, because their node runs and events come with them.
AT_ONCE = 500
EXECUTIONS_AT_ONCE = 50
#: Whole graphs: of a busy workflow one for every set of inputs that it was run with.
VERSIONS_AT_ONCE = 50


def pack(team: Team, path: Path) -> Row:
    """Write the archive of a team to ``path``; its manifest. Others may go on: it is of the moment this began."""
    packer = _Packer(team)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        with snapshot():
            packer.team.refresh_from_db()
            for name, rows in packer.tables().items():
                packer.write_table(archive, name, rows)
        packer.write_files(archive)
        manifest = packer.manifest()
        archive.writestr(_entry(shape.MANIFEST, zipfile.ZIP_DEFLATED), dump(manifest) + b"\n")
    return manifest


class _Packer:
    def __init__(self, team: Team) -> None:
        self.team = team
        self.made_at = timezone.now()
        self._tables: dict[str, Row] = {}
        self._people: set[int] = set()
        #: SHA-256 → where the bytes lie.
        self._blobs: dict[str, str] = {}
        self._files = {"count": 0, "bytes": 0}
        self._missing: list[str] = []

    def tables(self) -> Mapping[str, Iterable[Row]]:
        """People last: they are those whom the other rows name."""
        return {
            "workflows": self._workflows(),
            "versions": self._versions(),
            "assets": self._assets(),
            "templates": self._templates(),
            "components": self._components(),
            "executions": self._executions(),
            "views": self._views(),
            "limits": self._limits(),
            "entries": self._plain(Entry, shape.ENTRY),
            "audit": self._plain(AuditEntry, shape.AUDIT),
            "people": self._named_people(),
        }

    def write_table(self, archive: zipfile.ZipFile, name: str, rows: Iterable[Row]) -> None:
        count, size, digest = 0, 0, hashlib.sha256()
        entry = _entry(f"data/{name}.jsonl", zipfile.ZIP_DEFLATED)
        with archive.open(entry, "w", force_zip64=True) as file:
            for row in rows:
                text = shape.line(row)
                file.write(text)
                digest.update(text)
                count, size = count + 1, size + len(text)
        self._tables[name] = {"rows": count, "bytes": size, "sha256": digest.hexdigest()}

    def write_files(self, archive: zipfile.ZipFile) -> None:
        """The stored bytes, each once. Those that are not there any more, or not as they were, are named instead."""
        for sha256, blob in sorted(self._blobs.items()):
            if _hash_of(blob) != sha256:
                self._missing.append(sha256)
                continue
            entry = _entry(f"files/{sha256}", zipfile.ZIP_STORED)
            with (
                default_storage.open(place_of(blob)) as stored,
                archive.open(entry, "w", force_zip64=True) as file,
            ):
                while piece := stored.read(PIECE):
                    file.write(piece)
                    self._files["bytes"] += len(piece)
            self._files["count"] += 1

    def manifest(self) -> Row:
        return {
            "format": shape.FORMAT,
            "version": shape.VERSION,
            "madeAt": self.made_at.isoformat(),
            "team": {"name": self.team.name, "plan": self.team.plan, "sandboxFree": self.team.sandbox_free},
            "tables": self._tables,
            "files": {**self._files, "missing": self._missing},
            "leftOut": list(shape.LEFT_OUT),
        }

    def _person(self, user_id: int | None) -> int | None:
        if user_id is not None:
            self._people.add(user_id)
        return user_id

    def _plain(self, model: type[Model], names: Iterable[str]) -> Iterator[Row]:
        rows: QuerySet[Any] = model._default_manager.filter(team=self.team).order_by("pk")
        for row in rows.iterator(chunk_size=AT_ONCE):
            yield columns(row, names)

    def _workflows(self) -> Iterator[Row]:
        found = Workflow.objects.filter(team=self.team).order_by("created_at", "pk")
        for flow in found.iterator(chunk_size=AT_ONCE):
            nodes = flow.nodes.order_by("place")
            edges = flow.edges.order_by("place")
            webhook = Webhook.objects.filter(workflow=flow).first()
            yield {
                "id": flow.pk,
                "created_by": self._person(flow.created_by_id),
                **columns(flow, shape.WORKFLOW + shape.DRAFT),
                "nodes": [node.as_json() for node in nodes],
                "edges": [edge.as_json() for edge in edges],
                "webhook": webhook and {"created_by": self._person(webhook.created_by_id),
                                        **columns(webhook, shape.WEBHOOK)},
                "schedules": [{"runs_as": self._person(one.runs_as_id), **columns(one, shape.SCHEDULE)}
                              for one in flow.schedules.order_by("created_at", "pk")],
            }  # fmt: skip

    def _versions(self) -> Iterator[Row]:
        apps = {app.version_id: app for app in App.objects.filter(workflow__team=self.team)}
        found = Version.objects.filter(workflow__team=self.team).order_by("pk")
        for version in found.iterator(chunk_size=VERSIONS_AT_ONCE):
            app = apps.get(version.pk)
            yield {
                "id": version.pk,
                "workflow": version.workflow_id,
                "digest": version.digest,
                "kept_by": self._person(version.kept_by_id),
                **columns(version, shape.VERSION_ROW),
                "app": app and {"published_by": self._person(app.published_by_id), **columns(app, shape.APP)},
            }

    def _assets(self) -> Iterator[Row]:
        found = Asset.objects.filter(team=self.team).exclude(reference__startswith=UNLISTED)
        for asset in found.order_by("created_at", "pk").iterator(chunk_size=AT_ONCE):
            self._blobs[asset.sha256] = asset.blob
            liked_by = (
                Favourite.objects.filter(asset=asset).order_by("user_id").values_list("user_id", flat=True)
            )
            yield {
                "created_by": self._person(asset.created_by_id),
                "liked_by": [self._person(user_id) for user_id in liked_by],
                **columns(asset, shape.ASSET),
            }

    def _templates(self) -> Iterator[Row]:
        found = TeamTemplate.objects.filter(team=self.team).order_by("pk")
        for template in found.iterator(chunk_size=AT_ONCE):
            yield {"created_by": self._person(template.created_by_id), **columns(template, shape.TEMPLATE)}

    def _components(self) -> Iterator[Row]:
        for part in Component.objects.filter(team=self.team).order_by("created_at", "pk"):
            yield {
                "id": part.pk,
                **columns(part, shape.COMPONENT),
                "versions": [
                    {"created_by": self._person(one.created_by_id), **columns(one, shape.COMPONENT_VERSION)}
                    for one in ComponentVersion.objects.filter(component=part).order_by("number")
                ],
            }

    def _executions(self) -> Iterator[Row]:
        found = Execution.objects.filter(team=self.team, version__workflow__team=self.team).exclude(
            trigger=GUEST
        )
        rows = found.select_related("batch").order_by("created_at", "pk")
        for one in rows.prefetch_related("node_runs", "events", "marks").iterator(
            chunk_size=EXECUTIONS_AT_ONCE
        ):
            yield {
                "workflow": one.workflow_id,
                "version": one.version_id,
                "batch": {"id": str(one.batch_id), "created_at": one.batch.created_at.isoformat()},
                "started_by": self._person(one.started_by_id),
                **columns(one, shape.EXECUTION),
                "labels": sorted(mark.value for mark in one.marks.all() if mark.kind == MarkKind.LABEL),
                "node_runs": [
                    {"id": run.pk, **columns(run, shape.NODE_RUN)}
                    for run in sorted(one.node_runs.all(), key=_number)
                ],
                "events": [
                    {"node_run": event.node_run_id, **columns(event, shape.EVENT)}
                    for event in sorted(one.events.all(), key=lambda event: event.seq)
                ],
            }

    def _views(self) -> Iterator[Row]:
        for view in SavedView.objects.filter(team=self.team).order_by("pk"):
            yield {"created_by": self._person(view.created_by_id), **columns(view, shape.VIEW)}

    def _limits(self) -> Iterator[Row]:
        for limit in SpendingLimit.objects.filter(team=self.team).order_by("pk"):
            if limit.subject.partition(":")[0] in ("team", "workflow", "webhook"):
                yield columns(limit, shape.LIMIT)

    def _named_people(self) -> Iterator[Row]:
        roles = dict(Member.objects.filter(team=self.team).values_list("user_id", "role"))
        ids = sorted(self._people | roles.keys())
        for start in range(0, len(ids), AT_ONCE):
            for user in User.objects.filter(pk__in=ids[start : start + AT_ONCE]).order_by("pk"):
                yield {"id": user.pk, "name": user.name, "email": user.email, "role": roles.get(user.pk)}


def _number(row: Model) -> int:
    return int(row.pk)


def _entry(name: str, method: int) -> zipfile.ZipInfo:
    """An entry of no particular time: the manifest says when all of it was made."""
    entry = zipfile.ZipInfo(name)
    entry.compress_type = method
    return entry


def _hash_of(blob: str) -> str:
    """The SHA-256 of stored bytes; "" when they are not there."""
    try:
        with default_storage.open(place_of(blob)) as stored:
            digest = hashlib.sha256()
            while piece := stored.read(PIECE):
                digest.update(piece)
            return digest.hexdigest()
    except FileNotFoundError:
        return ""
