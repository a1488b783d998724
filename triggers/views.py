"""The settings of one workflow: its webhook, the app it is published as, and its schedules."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.actor import Actor, actor_of
from accounts.models import User
from assets import actions as assets
from executions.api import workflow_or_404
from executions.run_inputs import describe_inputs
from providers.catalog import load_catalog
from triggers import publishing, schedule_pages, webhooks
from triggers.forms import AppForm, LimitsForm
from triggers.models import App, Webhook
from triggers.serializers import ExposedInput
from wireflow_ui.errors import Forbidden, WireflowError
from workflows.change_words import Word, node_word
from workflows.components import JOINT
from workflows.differences import Piece, pieces
from workflows.errors import VersionNotFound
from workflows.graph import read_graph
from workflows.models import Version, Workflow
from workflows.piece_edits import last_changed_by
from workflows.webhook_ids import shown_webhook_id, webhook_url

TABS = {"webhook": "Webhook", "app": "App", "schedules": "Schedules"}
#: So many versions are offered for publishing, the newest first.
MOST_VERSIONS = 100
#: So many problems of a graph that was refused are told of.
MOST_PROBLEMS = 50
SIMPLE = ("text", "number", "boolean", "select")


def _editor(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if not actor.may("edit"):
        raise Forbidden("Your role does not allow changing workflows. Ask an owner of the team.")
    return actor


def _back(workflow: Workflow, tab: str) -> HttpResponse:
    return HttpResponseRedirect(f"/workflows/{workflow.pk}/settings?tab={tab}", status=303)


@login_required
@never_cache
@require_GET
def workflow_settings(request: HttpRequest, workflow_id: str) -> HttpResponse:
    """What is set up here; schedules may be seen by all of the team."""
    actor = actor_of(request)
    workflow = workflow_or_404(actor, workflow_id)
    tab = request.GET.get("tab", "webhook")
    if tab != "schedules":
        _editor(request)
    return _show(request, workflow, tab if tab in TABS else "webhook")


def _show(
    request: HttpRequest, workflow: Workflow, tab: str, *, status: int = 200, **context: Any
) -> HttpResponse:
    actor = actor_of(request)
    tabs = TABS if actor.may("edit") else {"schedules": TABS["schedules"]}
    shared = {"workflow": workflow, "tab": tab, "tabs": tabs}
    shared |= {"may_edit": actor.may("edit"), "may_run": actor.may("run")}
    match tab:
        case "webhook":
            shown = _webhook_context(workflow)
        case "app":
            ticked = request.POST.getlist("change") if "since" in request.POST else None
            shown = _app_context(workflow, _chosen(workflow, request), ticked)
        case _:
            shown = {"rows": schedule_pages.of_workflow(workflow)}
    return render(request, "triggers/settings.html", {**shared, **shown, **context}, status=status)


def _webhook_context(workflow: Workflow) -> dict[str, Any]:
    webhook = Webhook.objects.filter(workflow=workflow).first()
    webhook_id = shown_webhook_id(workflow)
    address = webhook_url(webhook_id) if webhook_id else ""
    nodes, edges = webhooks.stored_graph(workflow)
    sample = _sample(describe_inputs(nodes, edges))
    return {
        "webhook": webhook,
        "is_on": workflow.webhook_digest is not None,
        "address": address,
        "curl": _curl(address, sample),
        "html": _html(address, sample),
        "limits_form": LimitsForm(instance=webhook),
        "spent_today": webhooks.spent_today(workflow) if webhook else 0,
        "calls": webhook.calls.select_related("execution").order_by("-pk")[:20] if webhook else (),
        "app": App.objects.filter(workflow=workflow, is_on=True).first(),
    }


def _sample(inputs: list[dict[str, Any]]) -> dict[str, Any]:
    """A body that fills the inputs that a few words can fill."""
    found = {one["nodeId"]: one["default"] for one in inputs if one["type"] in SIMPLE}
    return {key: value if len(str(value)) <= 80 else f"{str(value)[:80]}…" for key, value in found.items()}


def _curl(address: str, sample: Mapping[str, Any]) -> str:
    body = json.dumps(sample, ensure_ascii=False).replace("'", "'\\''")
    return f"curl -X POST {address} \\\n  -H 'Content-Type: application/json' \\\n  -d '{body}'"


def _html(address: str, sample: Mapping[str, Any]) -> str:
    fields = "\n".join(f'  <label>{_quoted(key)} <input name="{_quoted(key)}"></label>' for key in sample)
    return "\n".join(
        line
        for line in (
            f'<form action="{address}" method="post">',
            fields,
            "  <button>Start</button>",
            "</form>",
        )
        if line
    )


def _quoted(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")


def _numbered(workflow: Workflow) -> QuerySet[Version]:
    """The versions that people can name."""
    return Version.objects.filter(workflow=workflow).exclude(number=None)


def _chosen(workflow: Workflow, request: HttpRequest) -> Version | None:
    """The version that somebody wants to publish; None is the draft."""
    wanted = (request.POST if request.method == "POST" else request.GET).get("version", "")
    if not wanted:
        return None
    version = (
        _numbered(workflow).filter(number=int(wanted)).first() if re.fullmatch("[0-9]{1,9}", wanted) else None
    )
    if version is None:
        raise VersionNotFound()
    return version


def _changes(
    workflow: Workflow, app: App | None, version: Version | None, ticked: Collection[str] | None
) -> dict[str, Any]:
    """What publishing would change for callers, by who made it, and who kept versions in between.

    ``ticked`` are the tokens of those that somebody chose; None, all of them.
    """
    if app is None or not app.is_on:
        return {}
    after = (version.nodes, version.edges) if version else workflow.graph_json()
    since = _numbered(workflow).filter(kept_at__gt=app.published_at).exclude(pk=app.version_id)
    found = pieces((app.version.nodes, app.version.edges), after)
    return {
        "groups": _by_whom_changed(found, {} if version else last_changed_by(workflow), ticked),
        "count": len(found),
        "keepers": since.defer("nodes", "edges").select_related("kept_by").order_by("-kept_at")[:10],
    }


def _by_whom_changed(
    found: Sequence[Piece], changed_by: Mapping[str, User], ticked: Collection[str] | None
) -> list[dict[str, Any]]:
    """The pieces under the names of who made them; those of whom nobody is known come last."""
    by_key = {one.key: one for one in found}
    made_by = {
        one.key: tuple(dict.fromkeys(changed_by[key] for key in one.parts if key in changed_by))
        for one in found
    }
    names = _told_apart({user for people in made_by.values() for user in people})
    groups: dict[tuple[User, ...], list[dict[str, Any]]] = {}
    for one in found:
        needs = [by_key[key] for key in one.needs if key in by_key]
        groups.setdefault(made_by[one.key], []).append(
            {
                "piece": one,
                "is_ticked": ticked is None or one.token in ticked,
                "needs": " ".join(other.token for other in needs),
                "needed": needs,
            }
        )
    told = [
        {"changed_by": ", ".join(names[user] for user in people), "pieces": rows}
        for people, rows in groups.items()
    ]
    return sorted(told, key=lambda group: (not group["changed_by"], group["changed_by"]))


def _told_apart(people: Collection[User]) -> dict[User, str]:
    """What each is called; with the address where several are called the same."""
    called = Counter(map(str, people))
    return {user: f"{user} ({user.email})" if called[str(user)] > 1 else str(user) for user in people}


def _app_context(
    workflow: Workflow, version: Version | None, ticked: Collection[str] | None
) -> dict[str, Any]:
    app = App.objects.filter(workflow=workflow).first()
    initial = {"name": workflow.name, "description": workflow.description}
    changes = _changes(workflow, app, version, ticked)
    color = {"color": app.color if app and app.color else "#4a57dd", "has_color": bool(app and app.color)}
    return {
        "app": app,
        "form": AppForm(instance=app, initial={**({} if app else initial), **color}, label_suffix=""),
        "rows": _rows(workflow, app, version),
        "version": version,
        "versions": _numbered(workflow).defer("nodes", "edges").order_by("-number")[:MOST_VERSIONS],
        **changes,
        "address": f"/app/{app.slug}" if app else "",
        "is_older": version is None and bool(changes.get("count")),
    }


def _rows(workflow: Workflow, app: App | None, version: Version | None) -> list[dict[str, Any]]:
    """One row per input that could be shown: how it is shown now, or how it might be.

    Beside those of the draft stand those that it took away, as that may be left out.
    """
    rows = _rows_of((version.nodes, version.edges) if version else workflow.graph_json(), app)
    if app and app.is_on and version is None:
        known = {row["nodeId"] for row in rows}
        before = _rows_of((app.version.nodes, app.version.edges), app)
        rows += [row for row in before if row["nodeId"] not in known]
    return rows


def _rows_of(of: tuple[Sequence[Any], Sequence[Any]], app: App | None) -> list[dict[str, Any]]:
    graph, _ = read_graph(*of, load_catalog())
    kinds = {one["nodeId"]: one for one in describe_inputs(*of)}
    chosen = {one["nodeId"]: one for one in app.inputs} if app else {}
    rows = []
    for proposed in publishing.proposed_inputs(graph):
        node_id = proposed["nodeId"]
        node = graph.nodes[node_id]
        one = {**proposed, **chosen.get(node_id, {})}
        rows.append(
            {
                **one,
                "title": Word(node.label, is_ours=node.label == node.kind.title),
                "type": kinds[node_id]["type"],
                "is_shown": node_id in chosen if app else True,
                "is_simple": kinds[node_id]["type"] in SIMPLE,
                "default": "" if one.get("default") is None else one["default"],
            }
        )
    return rows


@require_POST
def change_webhook(request: HttpRequest, workflow_id: str) -> HttpResponse:
    """``do`` is on, off, rotate or limits."""
    actor = _editor(request)
    workflow = workflow_or_404(actor, workflow_id)
    match request.POST.get("do"):
        case "on":
            webhooks.switch_on(workflow=workflow, user=actor.user)
            messages.success(request, "The webhook is on. Its address starts this workflow.")
        case "off":
            webhooks.switch_off(workflow=workflow)
            messages.success(
                request, "The webhook is off. Its address opens nothing until you switch it on again."
            )
        case "rotate":
            webhooks.rotate(workflow=workflow)
            messages.success(request, "The webhook has a new address. The old one opens nothing any more.")
        case "limits":
            webhook = Webhook.objects.filter(workflow=workflow).first()
            form = LimitsForm(request.POST, instance=webhook)
            if webhook is None or not form.is_valid():
                return _show(request, workflow, "webhook", status=400, limits_form=form)
            webhooks.change_limits(workflow=workflow, **form.cleaned_data)
            messages.success(request, "The limits are saved.")
        case _:
            raise WireflowError("This button is not known here. Reload the page and press it again.")
    return _back(workflow, "webhook")


@require_POST
def change_app(request: HttpRequest, workflow_id: str) -> HttpResponse:
    """``do`` is publish or unpublish."""
    actor = _editor(request)
    workflow = workflow_or_404(actor, workflow_id)
    if request.POST.get("do") == "unpublish":
        publishing.unpublish(workflow=workflow)
        messages.success(request, "The app is off. Its settings are kept for the next time.")
        return _back(workflow, "app")
    app = App.objects.filter(workflow=workflow).first()
    version = _chosen(workflow, request)
    form = AppForm(request.POST, request.FILES, instance=app, label_suffix="")
    some = None
    if app is not None and version is None and "since" in request.POST:
        try:
            some = publishing.choose(
                app=app,
                draft=workflow.graph_json(),
                since=request.POST["since"],
                tokens=request.POST.getlist("change"),
            )
        except WireflowError as refusal:
            form.add_error(None, refusal.message)
    rows, exposed, problems = _posted_rows(request, _rows(workflow, app, version))
    for problem in problems:
        form.add_error(None, problem)
    graph = some.graph if some else (version.nodes, version.edges) if version else workflow.graph_json()
    there = publishing.open_inputs(graph)
    exposed = [one for one in exposed if one["nodeId"] in there]
    wrong: list[dict[str, Any]] = []
    if form.is_valid():
        values = form.cleaned_data
        try:
            logo = "" if values["no_logo"] else app.logo if app else ""
            if values["logo_file"]:
                file = values["logo_file"]
                logo = assets.upload(
                    team=actor.team, user=actor.user, file=file, filename=file.name, kind="image"
                ).url
            made = publishing.publish(
                actor=actor,
                workflow=workflow,
                slug=values["slug"],
                name=values["name"],
                description=values["description"],
                exposed_inputs=exposed,
                logo=logo,
                color=values["color"] if values["has_color"] else "",
                version=version,
                some=some,
            )
        except WireflowError as refusal:
            wrong = _wrong(refusal, graph[0])
            cannot = _("It cannot be published like this. What is wrong with it stands below.")
            form.add_error(None, cannot if wrong else refusal.message)
        else:
            messages.success(request, _("Published. The app is at {path}.").format(path=made.path))
            return _back(workflow, "app")
    stored = App.objects.filter(workflow=workflow).first()  # the form has written on the other one
    return _show(request, workflow, "app", status=400, app=stored, form=form, rows=rows, wrong=wrong)


def _wrong(refusal: WireflowError, nodes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What is wrong with a graph that was refused, each with the name of its node."""
    words = {str(raw["id"]): node_word(raw) for raw in nodes}
    found = refusal.context.get("violations") or []
    told = []
    for one in found[:MOST_PROBLEMS]:
        node_id = one.get("nodeId", "")
        # A node inside a component is told of under the component.
        told.append({**one, "node": words.get(node_id) or words.get(node_id.partition(JOINT)[0])})
    return told


def _posted_rows(
    request: HttpRequest, rows: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[str]]:
    """The rows as they were sent, the inputs they show, and what is wrong with those."""
    exposed: list[dict[str, Any]] = []
    problems: list[str] = []
    for row in rows:
        node_id = row["nodeId"]
        row |= {part: request.POST.get(f"{part}:{node_id}", "").strip() for part in ("key", "label")}
        row |= {part: f"{part}:{node_id}" in request.POST for part in ("is_shown", "required")}
        if row["is_simple"]:
            row["default"] = request.POST.get(f"default:{node_id}", "").strip()
        if not row["is_shown"]:
            continue
        values = {name: row[name] for name in ("nodeId", "key", "label", "required")}
        if row["default"] != "":
            values["default"] = _typed(row["type"], row["default"])
        given = ExposedInput(data=values)
        if given.is_valid():
            exposed.append(dict(given.validated_data))
        else:
            field, reasons = next(iter(given.errors.items()))
            problems.append(f"{row['title']}, {field}: {reasons[0]}")
    return rows, exposed, problems


def _typed(kind: str, text: Any) -> Any:
    """A default as it was typed, in the type of its input; what is no number is refused where it is used."""
    if kind == "boolean":
        return text == "true" if text in ("true", "false") else text
    if kind == "number":
        try:
            number = float(text)
        except ValueError:
            return text
        return int(number) if number.is_integer() else number
    return text
