"""The rows of an archive, read and then written as a new team. All are written in one transaction: a kill leaves
nothing half made.

Rows that belong together stand in one another in the archive, so none can name what is not the team's: a version
holds the app that shows it, and executions their node runs. What a row names besides was read before it. Numbers are
given anew; ids stay as they are, or are others already where something here has them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.models import Member, Team, User
from accounts.roles import Role
from archives import shape
from archives.files import Key, key_of
from archives.money import Books
from archives.past_runs import PastRuns
from archives.reading import Archive
from archives.shape import CHANGED, Row, Unfit
from archives.spool import Spool
from assets.models import ID, NAME, UNLISTED, Asset, Favourite, kind_of, random_name
from assets.store import Placed, shared_blob
from credits.models import SpendingLimit, Wallet
from history import listing
from history.models import SavedView
from triggers.models import App, Schedule, Webhook
from triggers.timetable import BadTimes, read_times
from wireflow_ui.errors import WireflowError
from workflows.components import listing_of
from workflows.models import Component, ComponentVersion, Edge, Node, TeamTemplate, Version, Workflow
from workflows.normalise import check_shape
from workflows.templates import outline_of, words_of
from workflows.versions import digest_of, layout_of

#: Integers may have more digits than a place on the canvas can be far.
FARTHEST = sys.float_info.max
#: What a version may be called by at most: those that follow need room.
MOST_NUMBER = 1_000_000
IMPORTED = "It came with the archive of a team. Let it go on where it is to run here."
WORKFLOW_ID, COMPONENT_ID = r"cm[0-9a-z]{23}", r"cp[0-9a-z]{23}"


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of an archive."""

    team: Team
    wallet: Wallet
    counts: Mapping[str, int]
    unfinished: int


class Unpacker:
    def __init__(
        self,
        archive: Archive,
        placed: Mapping[Key, Placed],
        renamed: Mapping[str, str],
        team: Team,
        spool: Spool,
    ) -> None:
        self._archive = archive
        self._placed = placed
        self._renamed = renamed
        self._team = team
        self._spool = spool
        self._people: dict[int, int] = {}
        self._flows: set[str] = set()
        #: Number of a version in the archive → its number here. Of graphs there may be more than fit into memory.
        self._versions: dict[int, int] = {}
        #: Numbers that people call versions by, with the workflow.
        self._numbers: set[tuple[str, int]] = set()
        #: Versions that were kept before there were such numbers: workflow, moment and key here.
        self._unnumbered: list[tuple[str, datetime, int]] = []
        self._slugs: set[str] = set()
        self._now = timezone.now()
        self._runs = PastRuns(team, self._flows, self._versions, self._person, self._now, spool)

    def read(self, owner: User, *, keeps_balance: bool) -> Kept:
        """Have all rows ready to be written. It takes long, and is for no transaction. Raises `Unfit`."""
        counts: dict[str, int] = {}
        runs, books = self._runs, Books(self._team, self._runs.priced, self._now, self._spool)
        self._spool.number(self._team)
        self._spool.put(Member(user=owner, team=self._team, role=Role.OWNER))
        takers = {
            "people": lambda where, row: self._take_person(where, row, owner),
            "workflows": self._take_workflow,
            "versions": self._take_version,
            "assets": self._take_asset,
            "templates": self._take_template,
            "components": self._take_component,
            "executions": runs.take,
            "views": lambda where, row: self._take_view(where, row, owner),
            "limits": self._take_limit,
            "entries": books.take,
        }
        for table, take in takers.items():
            counts[table] = 0
            for where, row in self._archive.rows(table, self._renamed):
                take(where, row)
                counts[table] += 1
        wallet = books.close(keeps_balance=keeps_balance)
        self._spool.put(self._team)
        return Kept(self._team, wallet, counts, runs.unfinished)

    def write(self) -> Collection[str]:
        """Write what was read, in the caller's transaction. Returns blobs that the store had already."""
        shared = {
            placed.blob: blob
            for placed in self._placed.values()
            if (blob := shared_blob(placed)) and blob != placed.blob
        }
        self._spool.write()
        self._number_kept()
        for blob, theirs in shared.items():
            Asset.objects.filter(team=self._team, blob=blob).update(blob=theirs)
        listing.learn(self._runs.labels.values())
        return shared

    def _person(self, number: object, where: str) -> int | None:
        """Who stands for a person of the archive."""
        if number is None:
            return None
        if not isinstance(number, int) or number not in self._people:
            raise Unfit(f"{where} names a person who is not in the archive. {CHANGED}")
        return self._people[number]

    def _take_person(self, where: str, row: Row, owner: User) -> None:
        """The new team's owner is who they are; for all others stands somebody who cannot sign in and is no member."""
        number, email = row.get("id"), row.get("email")
        if not isinstance(number, int) or not isinstance(email, str) or number in self._people:
            raise Unfit(f"{where} is no person. {CHANGED}")
        if email.lower() == owner.email:
            self._people[number] = owner.pk
            return
        name = str(row.get("name") or email)
        stand_in = User(
            email=f"imported-{self._team.pk}-{number}@invalid",
            name=f"{''.join(sign for sign in name if sign.isprintable())[:180]} (imported)",
            password=make_password(None),
            is_active=False,
        )
        self._spool.put(stand_in)
        self._people[number] = stand_in.pk

    def _take_workflow(self, where: str, row: Row) -> None:
        flow_id = _id(row, WORKFLOW_ID, where)
        flow = Workflow(
            id=flow_id,
            team=self._team,
            created_by_id=self._person(row.get("created_by"), where),
            **shape.values(Workflow, shape.WORKFLOW, row, where),
        )
        nodes, edges = drawn_graph(row, where)
        self._flows.add(flow_id)
        self._spool.put(
            flow,
            *(Node.from_json(flow, place, raw) for place, raw in enumerate(nodes)),
            *(Edge.from_json(flow, place, raw) for place, raw in enumerate(edges)),
        )
        webhook = row.get("webhook")
        if isinstance(webhook, dict):  # switched off: it gets a new address from whoever switches it on
            by = self._person(webhook.get("created_by"), where)
            values = shape.values(Webhook, shape.WEBHOOK, webhook, where)
            self._spool.put(Webhook(workflow=flow, created_by_id=by, **values))
        if "schedules" in row:  # not so in archives that are older than schedules
            for schedule in shape.objects(row, "schedules", where):
                self._take_schedule(where, flow, schedule)

    def _take_schedule(self, where: str, flow: Workflow, row: Row) -> None:
        """It is paused, until somebody here lets it go on."""
        by = self._person(row.get("runs_as"), where)
        values = shape.values(Schedule, shape.SCHEDULE, row, where)
        try:
            read_times(values["when"], zone=values["time_zone"], since=values["since"])
        except BadTimes as error:
            raise Unfit(f"{where} has a schedule whose times cannot be kept. {CHANGED}") from error
        self._spool.put(Schedule(workflow=flow, runs_as_id=by, paused_because=IMPORTED, **values))

    def _take_version(self, where: str, row: Row) -> None:
        number, flow_id = row.get("id"), row.get("workflow")
        if not isinstance(number, int) or number in self._versions:
            raise Unfit(f"{where} has no number of its own. {CHANGED}")
        if not isinstance(flow_id, str) or flow_id not in self._flows:
            raise Unfit(f"{where} is of a workflow that is not in the archive. {CHANGED}")
        values = shape.values(Version, shape.VERSION_ROW, row, where)
        _check_graph(values["nodes"], values["edges"], where)
        version = Version(
            workflow_id=flow_id,
            digest=digest_of(values["nodes"], values["edges"]),
            layout=layout_of(values["nodes"], values["edges"]),
            kept_by_id=self._person(row.get("kept_by"), where),
            **values,
        )
        self._check_number(where, flow_id, version.number)
        self._spool.put(version)
        if version.kept_at is not None and version.number is None:
            self._unnumbered.append((flow_id, version.kept_at, version.pk))
        self._versions[number] = version.pk
        app = row.get("app")
        if isinstance(app, dict):  # switched off, as webhooks are
            by = self._person(app.get("published_by"), where)
            values = shape.values(App, shape.APP, app, where)
            values["slug"] = self._free_slug(values["slug"])
            self._spool.put(
                App(workflow_id=flow_id, version=version, published_by_id=by, is_on=False, **values)
            )

    def _check_number(self, where: str, flow_id: str, number: int | None) -> None:
        """The number that people call a version by; older archives have none. Raises `Unfit`."""
        if number is None:
            return
        if number > MOST_NUMBER or (flow_id, number) in self._numbers:
            raise Unfit(f"{where} has the number of another, or none that a version can have. {CHANGED}")
        self._numbers.add((flow_id, number))

    def _number_kept(self) -> None:
        """Give versions of an older archive their numbers, in the order in which they were kept."""
        newest: dict[str, int] = {}
        for flow_id, number in self._numbers:
            newest[flow_id] = max(number, newest.get(flow_id, 0))
        for flow_id, _, pk in sorted(self._unnumbered):
            newest[flow_id] = newest.get(flow_id, 0) + 1
            Version.objects.filter(pk=pk).update(number=newest[flow_id])

    def _take_asset(self, where: str, row: Row) -> None:
        placed = self._placed.get(key_of(row, where))
        if placed is None:  # its file was gone when the archive was made
            return
        values = shape.values(Asset, shape.ASSET, row, where)
        _id(row, ID, where)
        thumbnail = values["thumbnail_name"]
        if values["reference"].startswith(UNLISTED) or (thumbnail and not re.fullmatch(NAME, thumbnail)):
            raise Unfit(f"{where} is no asset of the team. {CHANGED}")
        version = (
            self._versions.get(int(values["version"]))
            if re.fullmatch("[0-9]{1,18}", values["version"])
            else None
        )
        asset = Asset(
            team=self._team,
            created_by_id=self._person(row.get("created_by"), where),
            **values
            | {
                "version": str(version) if version else "",
                "thumbnail_name": (thumbnail or f"{random_name()}.webp") if placed.has_thumbnail else "",
                "sha256": placed.sha256,
                "bytes": placed.bytes,
            },
            blob=placed.blob,
            blur=placed.blur,
            kind=kind_of(placed.content_type),
            width=placed.width,
            height=placed.height,
            seconds=placed.seconds,
        )
        self._spool.put(asset)
        for number in row.get("liked_by") or ():
            if (user_id := self._person(number, where)) is not None:
                self._spool.put(Favourite(asset=asset, user_id=user_id))

    def _take_template(self, where: str, row: Row) -> None:
        values = shape.values(TeamTemplate, shape.TEMPLATE, row, where)
        nodes, edges = drawn_graph(row, where)
        self._spool.put(
            TeamTemplate(
                team=self._team,
                created_by_id=self._person(row.get("created_by"), where),
                words=words_of(nodes, values["name"], values["description"]),
                outline=outline_of(nodes, edges),
                node_count=len(nodes),
                **values,
            )
        )

    def _take_component(self, where: str, row: Row) -> None:
        values = shape.values(Component, shape.COMPONENT, row, where)
        part = Component(id=_id(row, COMPONENT_ID, where), team=self._team, **values)
        numbers = set()
        for one in shape.objects(row, "versions", where):
            content = one.get("content")
            if not isinstance(content, dict):
                raise Unfit(f"{where} has a version without content. {CHANGED}")
            _check_graph(content.get("nodes"), content.get("edges"), where)
            by = self._person(one.get("created_by"), where)
            values = {
                "content": content,
                **shape.values(ComponentVersion, ("number", "created_at"), one, where),
            }
            self._spool.put(ComponentVersion(component=part, created_by_id=by, **values))
            numbers.add(values["number"])
            if values["number"] == part.version:
                part.listing = listing_of(content)
        if part.version not in numbers:
            raise Unfit(f"{where} is of a version that it has not. {CHANGED}")
        self._spool.put(part)

    def _take_view(self, where: str, row: Row, owner: User) -> None:
        """Those that the team shares, and the owner's own: others' would be seen by nobody."""
        values = shape.values(SavedView, shape.VIEW, row, where)
        by = self._person(row.get("created_by"), where)
        if by is None:
            raise Unfit(f"{where} is nobody's. {CHANGED}")
        if not (values["is_shared"] or by == owner.pk):
            return
        filters = dict(parse_qsl(values["query"]))
        filters.pop("key", None)
        for name, found in (("person", self._people), ("version", self._versions)):
            if name in filters:
                there = found.get(int(filters[name])) if re.fullmatch("[0-9]{1,18}", filters[name]) else None
                filters[name] = str(there or "")
        values["query"] = urlencode({name: value for name, value in filters.items() if value})
        self._spool.put(SavedView(team=self._team, created_by_id=by, **values))

    def _take_limit(self, where: str, row: Row) -> None:
        values = shape.values(SpendingLimit, shape.LIMIT, row, where)
        kind, _, flow_id = values["subject"].partition(":")
        if not (values["subject"] == "team" or (kind in ("workflow", "webhook") and flow_id in self._flows)):
            raise Unfit(f"{where} is for something that is not in the archive. {CHANGED}")
        self._spool.put(SpendingLimit(team=self._team, **values))
        self._team.limits_spending = True

    def _free_slug(self, slug: str) -> str:
        """The app's address, or one with a number behind it where another app has it."""
        found, number = slug, 1
        while found in self._slugs or App.objects.filter(slug=found).exists():
            number += 1
            found = f"{slug[:50]}-{number}"
        self._slugs.add(found)
        return found


def _id(row: Row, form: str, where: str) -> str:
    found = row.get("id")
    if not isinstance(found, str) or not re.fullmatch(form, found):
        raise Unfit(f"{where} has no id as such rows have. {CHANGED}")
    return found


def _check_graph(nodes: Any, edges: Any, where: str) -> None:
    try:
        check_shape(nodes, edges, unfinished=True)
    except WireflowError as refused:
        raise Unfit(f"{where}: {refused.message} {CHANGED}") from refused


def drawn_graph(row: Row, where: str) -> tuple[list[Row], list[Row]]:
    """Nodes and edges as the canvas keeps them. Raises `Unfit`."""
    nodes, edges = row.get("nodes"), row.get("edges")
    _check_graph(nodes, edges, where)
    assert isinstance(nodes, list) and isinstance(edges, list)
    for raw in nodes:
        place = raw.get("position")
        at = [place.get("x"), place.get("y")] if isinstance(place, dict) else [None]
        if not all(isinstance(one, (int, float)) and abs(one) <= FARTHEST for one in at):
            raise Unfit(f"{where}: node {raw['id']} stands nowhere. {CHANGED}")
        if not isinstance(raw.get("type"), str) or not isinstance(raw.get("data"), dict):
            raise Unfit(f"{where}: node {raw['id']} has no type or no data. {CHANGED}")
    if not all(isinstance(edge.get("id"), str) for edge in edges):
        raise Unfit(f"{where} has an edge without an id. {CHANGED}")
    return nodes, edges
