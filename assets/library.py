"""What the library shows: filters that stand in its address, and pages that go on whatever arrives meanwhile."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Q

from accounts.actor import Actor
from assets.models import ID, KINDS, Asset, AssetQuerySet, Favourite


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked for; "" and None leave all."""

    q: str = ""
    kind: str = ""
    workflow: str = ""
    node_type: str = ""
    person: str = ""
    since: date | None = None
    until: date | None = None
    favourites: bool = False
    bin: bool = False

    @property
    def are_set(self) -> bool:
        """Whether anything is left out, the bin aside."""
        return self != Filters(bin=self.bin)


def read_filters(query: Mapping[str, str]) -> Filters:
    """The filters of an address; what makes no sense is left aside."""
    kind, person = query.get("kind", ""), query.get("person", "")
    return Filters(
        q=query.get("q", "").strip()[:200],
        kind=kind if kind in KINDS else "",
        workflow=query.get("workflow", "")[:40],
        node_type=query.get("node", "")[:100],
        person=person if re.fullmatch(r"[0-9]{1,18}", person, re.ASCII) else "",
        since=_day(query.get("since", "")),
        until=_day(query.get("until", "")),
        favourites=bool(query.get("favourites")),
        bin=bool(query.get("bin")),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def found(actor: Actor, filters: Filters) -> AssetQuerySet:
    """The assets that pass, in the library's order: newest first, the bin by when they came there."""
    assets = Asset.objects.deleted_by(actor) if filters.bin else Asset.objects.visible_to(actor)
    assets = assets.of_kind(filters.kind)
    if filters.workflow:
        assets = assets.filter(workflow=filters.workflow)
    if filters.node_type:
        assets = assets.filter(node_type=filters.node_type)
    if filters.person:
        assets = assets.filter(created_by=int(filters.person))
    if filters.since:
        assets = assets.filter(created_at__gte=_midnight(filters.since))
    if filters.until and filters.until < date.max:
        assets = assets.filter(created_at__lt=_midnight(filters.until + timedelta(days=1)))
    if filters.favourites:
        assets = assets.favourites_of(actor.user)
    return assets.matching(filters.q).order_by(f"-{_moment(filters)}", "-id")


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _moment(filters: Filters) -> str:
    return "deleted_at" if filters.bin else "created_at"


def page_of(actor: Actor, filters: Filters, cursor: str, size: int) -> tuple[list[Asset], str]:
    """``size`` assets after the cursor, and the cursor of the next page, "" after the last one.

    A cursor that cannot be read starts from the beginning.
    """
    assets, moment = found(actor, filters), _moment(filters)
    at, _, last_id = cursor.partition("~")
    try:
        began = datetime.fromisoformat(at).replace(tzinfo=UTC)
    except ValueError:
        began = None
    if began is not None and re.fullmatch(ID, last_id):
        # The first condition is for the index: of an "or" alone no database makes a beginning.
        assets = assets.filter(
            Q(**{f"{moment}__lte": began}), Q(**{f"{moment}__lt": began}) | Q(id__lt=last_id)
        )
    assets = assets[: size + 1]
    if filters.q:
        # PostgreSQL reads names in the index when nothing else is wanted, and whole rows of the table otherwise.
        assets = Asset.objects.filter(pk__in=assets.values("pk")).order_by(f"-{moment}", "-id")
    rows = list(assets)
    if len(rows) <= size:
        return rows, ""
    last = rows[size - 1]
    return rows[:size], f"{getattr(last, moment).replace(tzinfo=None).isoformat()}~{last.pk}"


def favourites_among(actor: Actor, assets: list[Asset]) -> set[str]:
    """The ids of those that the person marked."""
    marked = Favourite.objects.filter(user=actor.user, asset__in=assets)
    return set(marked.values_list("asset_id", flat=True))
