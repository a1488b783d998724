"""Pictures of what templates make: each is run for real on the sandbox, and its results are laid side by side.

What a template has to be given is drawn by the sandbox as well. ``bin/manage template_previews`` makes them, and they
are kept in the repository.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from PIL import Image, ImageFilter, ImageOps

from accounts.actor import Actor
from assets.models import LARGE_SIDE, Asset
from assets.store import open_stored
from executions.actions import Start, start_execution
from executions.decisions import Answer, decide
from executions.models import Execution, NodeRun, WaitFor
from executions.states import ExecutionStatus
from executions.wire import media_in, waits_for_person
from workflows.actions import create_workflow

FOLDER = settings.BASE_DIR / "static" / "img" / "templates"
SIZE = 640, 320
MOST_SHOWN = 3
GAP = 12
MOST_SECONDS, LOOK_SECONDS = 300, 0.2
QUALITY = 62
#: Nodes that need an address to send to are left out: they make nothing to look at.
SENDS = "output:webhook"
#: The Exif tag that holds what the picture was made of.
DESCRIPTION = 0x010E

Json = Mapping[str, Any]


class NoPreview(Exception):
    """The template did not run, or nothing came out that can be shown."""


def path_of(template: Json) -> Path:
    """Where the preview of a template is kept."""
    return Path(FOLDER / f"{template['slug']}.webp")


def digest_of(template: Json) -> str:
    """What a preview was made of: another graph has another one."""
    text = json.dumps([template["nodes"], template["edges"]], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def is_fresh(template: Json) -> bool:
    """Whether there is a preview, and it was made of the template as it is."""
    try:
        with Image.open(path_of(template)) as picture:
            return bool(picture.getexif().get(DESCRIPTION) == digest_of(template))
    except FileNotFoundError:
        return False


def make_preview(template: Json, actor: Actor) -> Path:
    """Run a template on the sandbox and keep a picture of its results. Raises NoPreview."""
    lists = template["expected"]["assumes"].get("lists", {})
    kept = [raw for raw in template["nodes"] if raw["data"]["nodeType"] != SENDS]
    sent = {raw["id"] for raw in template["nodes"]} - {raw["id"] for raw in kept}
    nodes = [_filled(raw, lists.get(raw["id"], 3), template["title"], actor) for raw in kept]
    edges = [edge for edge in template["edges"] if not {edge["source"], edge["target"]} & sent]
    shown = list(_results(_run(nodes, edges, actor)))[:MOST_SHOWN]
    if not shown:
        raise NoPreview(f"{template['slug']} gave no picture.")
    exif = Image.Exif()
    exif[DESCRIPTION] = digest_of(template)
    path = path_of(template)
    path.parent.mkdir(parents=True, exist_ok=True)
    side_by_side([_opened(asset) for asset in shown]).save(path, "WEBP", quality=QUALITY, method=6, exif=exif)
    return path


def side_by_side(pictures: Sequence[Image.Image]) -> Image.Image:
    """The pictures in one of `SIZE`: whole, in a row, before a blurred one."""
    width, height = SIZE
    sheet = (
        ImageOps.fit(pictures[0], SIZE).filter(ImageFilter.GaussianBlur(24)).point(lambda level: level // 2)
    )
    room = (width - GAP * (len(pictures) + 1)) // len(pictures), height - 2 * GAP
    small = [ImageOps.contain(picture, room) for picture in pictures]
    left = (width - sum(one.width + GAP for one in small) + GAP) // 2
    for one in small:
        sheet.paste(one, (left, (height - one.height) // 2))
        left += one.width + GAP
    return sheet


def _filled(raw: Json, count: int, title: str, actor: Actor) -> Json:
    """The node with pictures in its empty places."""
    data, label = raw["data"], raw["data"]["label"]
    match data["nodeType"]:
        case "input:image":
            given: Json = {"image": _drawn(f"{label}: {title}", actor)}
        case "input:image_list":
            given = {"images": [_drawn(f"{label} {number}: {title}", actor) for number in range(count)]}
        case _:
            return raw
    return {**raw, "data": {**data, "params": {**data["params"], **given}}}


def _drawn(words: str, actor: Actor) -> str:
    """The id of a picture that the sandbox draws for these words."""
    nodes = [
        {"id": "gen", "data": {"nodeType": "generate:nano_banana_2", "params": {"prompt": words}}},
        {"id": "out", "data": {"nodeType": "output:preview", "params": {}}},
    ]
    wire = {
        "id": "e",
        "source": "gen",
        "target": "out",
        "sourceHandle": "out-images",
        "targetHandle": "in-value",
    }
    return next(_results(_run(nodes, [wire], actor))).pk


def _run(nodes: Sequence[Json], edges: Sequence[Json], actor: Actor) -> Execution:
    """A run that is over, with everything approved that it asked. Raises NoPreview."""
    workflow = create_workflow(actor=actor, name="Preview", nodes=nodes, edges=edges).workflow
    execution = start_execution(workflow=workflow, team=actor.team, start=Start(), user=actor.user)
    end = time.monotonic() + MOST_SECONDS
    while not execution.is_over and time.monotonic() < end:
        for row in NodeRun.objects.filter(execution=execution, wait_for=WaitFor.PERSON):
            if waits_for_person(row):
                answer = Answer("approve", by="preview")
                decide(execution_id=execution.pk, node_id=row.node_id, answer=answer, path=row.path)
        time.sleep(LOOK_SECONDS)  # the engine, on threads of its own, tells pages and not commands
        execution.refresh_from_db()
    if execution.status != ExecutionStatus.COMPLETED:
        raise NoPreview(f"The run ended as {execution.status}. {execution.error}")
    return execution


def _results(execution: Execution) -> Iterator[Asset]:
    """What the output nodes show that can be seen; where that is files alone, what the last node before them made."""
    rows = NodeRun.objects.filter(execution=execution).exclude(output=None)
    ends = [row for row in rows if row.node_type.startswith("output:")]
    for some in (ends, sorted(rows, key=lambda row: row.position, reverse=True)):
        ids = [str(medium["assetId"]) for row in some for medium in media_in(row.output)]
        found = Asset.objects.filter(pk__in=ids, kind__in=("image", "video")).in_bulk()
        if found:
            yield from (found[one] for one in dict.fromkeys(ids) if one in found)
            return


def _opened(asset: Asset) -> Image.Image:
    side = LARGE_SIDE if asset.thumbnail_name else None
    with open_stored(asset, side) as file, Image.open(file) as picture:
        return picture.convert("RGB")
