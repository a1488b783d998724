"""What a form with a field for each input of a workflow begins with, and what was filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict

from accounts.actor import Actor
from assets import actions as assets
from assets.models import ID, Asset
from triggers import publishing

MOST_KEPT = 20
#: Behind the name of a field of files: those that were there and stay.
KEPT = "-kept"

Kept = dict[str, list[Asset]]


def ids_in(inputs: Sequence[Mapping[str, Any]], given: Mapping[str, Any]) -> dict[str, list[str]]:
    """The assets that values by node id are made of, by the keys of inputs."""
    return {one["key"]: _asset_ids(given.get(one["nodeId"])) for one in inputs}


def ids_kept(inputs: Sequence[Mapping[str, Any]], posted: QueryDict) -> dict[str, list[str]]:
    """The assets that stayed ticked."""
    return {one["key"]: posted.getlist(f"in-{one['key']}{KEPT}")[:MOST_KEPT] for one in inputs}


def _asset_ids(value: Any) -> list[str]:
    """Of which assets a value of a run is made."""
    files = value if isinstance(value, list) else [value]
    return [str(one["assetId"]) for one in files if isinstance(one, dict) and one.get("assetId")][:MOST_KEPT]


def kept_files(actor: Actor, inputs: Sequence[Mapping[str, Any]], ids: Mapping[str, list[str]]) -> Kept:
    """The files with these ids that inputs begin with, as far as the team still has them."""
    found = Asset.objects.visible_to(actor).in_bulk(
        {pk for each in ids.values() for pk in each if re.fullmatch(ID, pk)}
    )
    kept: Kept = {}
    for one in inputs:
        if one["type"] not in publishing.MEDIA_TYPES:
            continue
        files = [found[pk] for pk in dict.fromkeys(ids[one["key"]]) if pk in found]
        if one["type"] != "url":
            files = [file for file in files if file.kind == "image"]
        if files:
            kept[one["key"]] = files if one["type"] == "images" else files[:1]
    return kept


def values_of(
    actor: Actor, inputs: Sequence[Mapping[str, Any]], values: Mapping[str, Any], kept: Kept
) -> dict[str, Any]:
    """The values of the form by key; what was left empty is the author's. Files are kept for the caller's team.

    A file chosen now takes the place of the one there was; where there may be several it joins them.
    """
    given: dict[str, Any] = {}
    for one in inputs:
        value = values[one["key"]]
        before = [file.as_value() for file in kept.get(one["key"], ())]
        if isinstance(value, UploadedFile):
            kind = "image" if one["type"] in ("image", "images") else ""
            new = assets.upload(
                team=actor.team, user=actor.user, file=value, filename=value.name or "", kind=kind
            ).as_value()
            value = [*before, new] if one["type"] == "images" else new
        elif before:
            value = before if one["type"] == "images" else before[0]
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if value not in (None, ""):
            given[one["key"]] = value
    return given
