"""Publishing workflows as apps, and running those: contract §10.

An app runs the version that was pinned when it was published, for any signed-in caller, at the caller's cost.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

from accounts import audit
from accounts.actor import Actor
from accounts.models import Team
from assets.actions import lend
from assets.store import find_for
from credits.wallets import InsufficientCredits
from executions.actions import Accepted, Start, accept_executions
from executions.inputs_given import apply_inputs, set_value
from executions.models import GUEST
from executions.run_inputs import check_given, describe_inputs, is_open
from executions.values import is_address
from providers.catalog import load_catalog
from triggers.models import App
from triggers.webhooks import for_strangers
from wireflow_ui.errors import Conflict, NotFound, WireflowError
from workflows.actions import keep, note_published, pin_version
from workflows.components import expand
from workflows.differences import pieces, with_pieces
from workflows.errors import InvalidGraph
from workflows.graph import Graph, Node, read_graph
from workflows.lint import lint
from workflows.models import Version, Workflow
from workflows.nodes import data_of
from workflows.normalise import normalise
from workflows.piece_edits import forget_piece_edits
from workflows.problems import ERROR, Problem

TRIGGER = "app"
MEDIA_TYPES = ("image", "images", "url")

Json = Mapping[str, Any]


class AppNotFound(NotFound):
    """No app of this name is published."""

    def __init__(self) -> None:
        super().__init__("App not found")


class BadInputs(WireflowError):
    """The inputs of an app do not fit its workflow."""

    code = "invalid_inputs"


class PublishedMeanwhile(Conflict):
    """Somebody else published since the changes were looked at."""

    def __init__(self) -> None:
        super().__init__(
            "Somebody published this workflow meanwhile. Look at what is left to publish, and press again.",
            code="published_meanwhile",
        )


class TakenOffMeanwhile(Conflict):
    """Nothing is published any more that changes could be added to."""

    def __init__(self) -> None:
        super().__init__(
            "Somebody took this app off meanwhile. Press again to publish the whole draft.",
            code="taken_off_meanwhile",
        )


class NotAsShown(Conflict):
    """What was ticked is not what the draft says by now."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="changed_meanwhile")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was published last (the id of its version) with some changes of the draft."""

    since: int
    graph: tuple[Sequence[Json], Sequence[Json]]


def choose(
    *, app: App, draft: tuple[Sequence[Json], Sequence[Json]], since: str, tokens: Collection[str]
) -> Chosen:
    """What is published now with the changes of the draft that were ticked, just as they were shown.

    Raises `TakenOffMeanwhile`, `PublishedMeanwhile`, and `NotAsShown` when one is no more what it was, or lacks another
    that it needs.
    """
    if not app.is_on:
        raise TakenOffMeanwhile()
    if since != str(app.version_id):
        raise PublishedMeanwhile()
    published = (app.version.nodes, app.version.edges)
    found = pieces(published, draft)
    wanted = [one for one in found if one.token in tokens]
    if len(wanted) != len(set(tokens)):
        raise NotAsShown("What you ticked was changed meanwhile. Look at it again, and press once more.")
    keys, by_key = {one.key for one in wanted}, {one.key: one for one in found}
    for one in wanted:
        for missing in set(one.needs) & by_key.keys() - keys:
            raise NotAsShown(
                f"“{one.title}” needs the change of “{by_key[missing].title}”. Tick both or neither."
            )
    nodes, edges = with_pieces(published, draft, found, keys)
    if len(wanted) < len(found):
        known = {str(raw["id"]): data_of(raw) for raw in (*published[0], *draft[0])}
        filled = normalise(nodes, edges, load_catalog(), previous=known)
        return Chosen(app.version_id, (filled.nodes, filled.edges))
    return Chosen(app.version_id, (nodes, edges))


def find_app(slug: str) -> App:
    """The published app of this name. Raises `AppNotFound`."""
    app = App.objects.published().filter(slug=slug).first()
    if app is None:
        raise AppNotFound()
    return app


def publish(
    *,
    actor: Actor,
    workflow: Workflow,
    slug: str = "",
    name: str = "",
    description: str = "",
    exposed_inputs: Sequence[Json] | None = None,
    logo: str = "",
    color: str = "",
    version: Version | None = None,
    some: Chosen | None = None,
) -> App:
    """Publish the saved graph, ``some`` of its changes, or a ``version`` that was kept; without ``exposed_inputs``
    every open input is shown.

    Raises `BadInputs` (400), `InvalidGraph` (422; for a pinned node as well) and `Conflict` (409) when another app has
    the slug.
    """
    nodes, edges = (
        some.graph if some else (version.nodes, version.edges) if version else workflow.graph_json()
    )
    graph, _ = read_graph(nodes, edges, load_catalog())
    inputs = proposed_inputs(graph) if exposed_inputs is None else [dict(one) for one in exposed_inputs]
    _check_inputs(graph, inputs)
    report = lint(apply_inputs(nodes, _defaults(inputs)), edges, load_catalog())
    if not report.ok:
        raise InvalidGraph(report.violations, report.warnings)
    if pinned := _pinned(report.graph):
        raise InvalidGraph(pinned, report.warnings)
    name = name or workflow.name
    earlier = App.objects.filter(workflow=workflow).first()
    slug = slug or (earlier.slug if earlier else _free_slug(name))
    values = {
        "version": version or pin_version(workflow=workflow, nodes=nodes, edges=edges),
        "is_on": True,
        "published_by": actor.user,
        "published_at": timezone.now(),
        "slug": slug,
        "name": name,
        "description": description,
        "inputs": inputs,
        "logo": _logo(actor.team, logo),
        "color": color.lower(),
    }
    try:
        with transaction.atomic():
            locked = App.objects.select_for_update().filter(workflow=workflow).first()
            if some and (locked is None or not locked.is_on):
                raise TakenOffMeanwhile()
            if some and locked and locked.version_id != some.since:
                raise PublishedMeanwhile()
            app, _ = App.objects.update_or_create(workflow=workflow, defaults=values)
            if app.version.kept_at is None:
                keep(version=app.version, actor=actor)
            note_published(workflow=workflow, is_published=True, inputs=inputs)
            # The draft as it is now, and nobody saves before the commit: who saved since it was read is not forgotten.
            draft = Workflow.objects.select_for_update().get(pk=workflow.pk).graph_json()
            left = pieces((app.version.nodes, app.version.edges), draft)
            forget_piece_edits(workflow=workflow, but={key for one in left for key in one.parts})
            before = {"version": earlier.version_id, "address": earlier.path} if earlier else {}
            audit.record(
                team=workflow.team,
                change="app.published",
                subject=name,
                before=before,
                after={"version": app.version_id, "address": app.path},
                by=actor,
            )
    except IntegrityError as error:
        raise Conflict(f"Another app is called “{slug}”. Choose another name.", code="slug_taken") from error
    return app


def unpublish(*, workflow: Workflow) -> bool:
    """Take the app off; its settings are kept for the next time. False when it was not published."""
    with transaction.atomic():
        was_on = App.objects.filter(workflow=workflow, is_on=True).update(is_on=False) == 1
        note_published(workflow=workflow, is_published=False)
        if was_on:
            audit.record(team=workflow.team, change="app.unpublished", subject=workflow.name)
    return was_on


def open_inputs(of: tuple[Sequence[Json], Sequence[Json]]) -> set[str]:
    """The ids of the nodes that a caller could fill."""
    graph, _ = read_graph(*of, load_catalog())
    return {node.id for node in graph.nodes.values() if is_open(graph, node)}


def proposed_inputs(graph: Graph) -> list[dict[str, Any]]:
    """Every input that a caller could fill, with a key made of its label."""
    found: list[dict[str, Any]] = []
    for node in graph.nodes.values():
        if is_open(graph, node):
            word = re.sub(r"[^a-z0-9]+", "_", slugify(node.label).lower()).strip("_")[:40]
            word = word if word[:1].isalpha() else f"input_{word}".rstrip("_")
            taken = {one["key"] for one in found}
            key = next(
                key for n in range(1, 1_000) if (key := word if n == 1 else f"{word}_{n}") not in taken
            )
            found.append({"nodeId": node.id, "key": key, "label": node.label, "required": False})
    return found


def _pinned(graph: Graph) -> list[Problem]:
    """Nodes whose results are of the author's runs, which the runs of other teams may not read."""

    def problem(node: Node) -> Problem:
        said = f'"{node.label}" is pinned, and callers of an app may not read its result.'
        return Problem("pinned-in-app", ERROR, said, "Unpin it and publish again.", node.id, field="pinned")

    return [
        problem(node) for node in graph.nodes.values() if node.pin is not None and node.id not in graph.off
    ]


def _check_inputs(graph: Graph, inputs: Sequence[dict[str, Any]]) -> None:
    """Each names another open input node by another key; labels that are missing are the node's."""
    keys, node_ids = set(), set()
    for one in inputs:
        node = graph.nodes.get(one["nodeId"])
        if node is None or not is_open(graph, node):
            raise BadInputs(f"“{one['nodeId']}” is no input of this workflow that a caller could fill.")
        if one["key"] in keys or one["nodeId"] in node_ids:
            raise BadInputs(f"“{one['key']}” is given twice. Every input needs a key and a node of its own.")
        keys.add(one["key"])
        node_ids.add(one["nodeId"])
        one["label"] = one.get("label") or node.label


def _defaults(inputs: Sequence[Json]) -> dict[str, Any]:
    """What the author wants instead of what is written on the nodes, by node id."""
    return {one["nodeId"]: one["default"] for one in inputs if one.get("default") is not None}


def _free_slug(name: str) -> str:
    word = slugify(name)[:50] or "app"
    return f"{word}-{uuid.uuid4().hex[:6]}" if App.objects.filter(slug=word).exists() else word


def _logo(team: Team, address: str) -> str:
    """The path of a picture of the team; pages load nothing from other hosts."""
    if not address:
        return ""
    asset = find_for(team, address)
    if asset is None or asset.kind != "image":
        raise BadInputs("The logo must be a picture of your team. Upload it first and give its address.")
    return asset.url


def app_graph(app: App) -> tuple[list[Json], list[Json]]:
    """What the app runs when a caller gives nothing."""
    return apply_inputs(app.version.nodes, _defaults(app.inputs)), app.version.edges


def _named(one: Mapping[str, Any]) -> str:
    """An input by its key, with what people call it and what it takes."""
    options = ": " + ", ".join(map(str, one["options"][:12])) if one.get("options") else ""
    needed = ", needed" if one["required"] else ""
    return f"{one['key']} (“{one['label'][:60]}”, {one['type']}{options}{needed})"


def app_inputs(app: App, base: str = "") -> list[dict[str, Any]]:
    """The inputs as callers see them: of the author's files the address alone."""
    nodes, edges = app_graph(app)
    inputs = describe_inputs(nodes, edges, app.inputs)
    for one in inputs:
        if one["type"] in MEDIA_TYPES:
            one["default"] = address_of(app.workflow.team, one["default"], base)
    return inputs


def address_of(team: Team, value: Any, base: str) -> Any:
    if isinstance(value, list):
        return [found for one in value if (found := address_of(team, one, base))]
    asset = find_for(team, value)
    if asset is not None:
        return f"{base}{asset.url}"
    return value if is_address(value) else None


def start_app(*, app: App, actor: Actor, inputs: Json) -> Accepted:
    """Run an app with the caller's values, paid by the caller's team. Of another team's app only the results show.

    Raises `BadInputs` for a key that the app does not have, `MissingInput`, `LimitReached` and
    `InsufficientCredits`.
    """
    by_key = {one["key"]: one for one in app.inputs}
    if unknown := sorted(set(inputs) - set(by_key)):
        takes = ", ".join(_named(one) for one in app_inputs(app)) or "no inputs"
        raise BadInputs(
            f"There is no input “{unknown[0][:100]}”. This app takes: {takes}.", code="unknown_input"
        )
    given = {by_key[key]["nodeId"]: value for key, value in inputs.items() if value is not None}
    nodes, edges = app_graph(app)
    check_given(describe_inputs(apply_inputs(nodes, given), edges, app.inputs))
    owner = app.workflow.team
    is_guest = owner != actor.team
    if is_guest:
        # Components opened: files stand on nodes inside too, and in settings that become theirs.
        opened = expand(nodes, edges)
        edges = list(opened.edges)
        nodes = _with_lent_files(opened.nodes, edges, owner=owner, caller=actor.team)
    trigger, name = (GUEST, app.name) if is_guest else (TRIGGER, "")
    start = Start(nodes=nodes, edges=edges, inputs=given, trigger=trigger, name=name)
    try:
        [accepted] = accept_executions(
            workflow=app.workflow, team=actor.team, start=start, user=actor.user, key=actor.key
        )
    except InvalidGraph as refusal:
        raise (for_strangers(refusal, given=set(given)) if is_guest else refusal) from None
    except InsufficientCredits as refusal:
        if not is_guest:
            raise
        raise InsufficientCredits(required=refusal.required, available=refusal.available) from None
    return accepted


def _with_lent_files(
    nodes: Sequence[Json], edges: Sequence[Json], *, owner: Team, caller: Team
) -> list[Json]:
    """The author's nodes, components opened, with the author's files as files that the caller's run may read."""

    def lent(value: Any) -> Any:
        if isinstance(value, list):
            return [lent(one) for one in value]
        asset = find_for(owner, value)
        return value if asset is None else lend(asset=asset, team=caller).as_value()

    changed = list(nodes)
    graph, _ = read_graph(nodes, edges, load_catalog())
    for node in graph.nodes.values():
        for param in node.kind.params:
            if param.type in ("asset", "asset_list") and node.params.get(param.id):
                changed = set_value(changed, node.id, param.id, lent(node.params[param.id]))
    return changed
