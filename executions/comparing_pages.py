"""The page that holds executions against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.actor import actor_of
from assets.models import Asset
from executions.api import execution_or_404
from executions.captions import captions_of
from executions.comparing import Difference, Side, Why, compare
from executions.models import Execution, NodeRun
from executions.pages import results_of, row_of, span_text
from executions.runs import graph_of
from executions.wire import media_in
from wireflow_ui.errors import WireflowError
from workflows.graph import Graph

LETTERS = "ABCD"
FEWEST, MOST = 2, len(LETTERS)
#: What is said of a node, after its name.
SAID = {
    Why.ONLY_SOME: "stands in some of these graphs only",
    Why.TYPE: "is of another type",
    Why.SETTINGS: "has other settings",
    Why.WIRES: "is wired otherwise",
    Why.PROVIDER: "was served by another provider",
    Why.CAME_IN: "was given other values",
    Why.OUTCOME: "ended otherwise",
    Why.RESULT: "made something else of the same",
}
#: What is said of the first, with what to think of it.
FIRST = {
    Why.ONLY_SOME: "It stands in some of these graphs only.",
    Why.TYPE: "It is of another type.",
    Why.SETTINGS: "It has other settings, which stand below.",
    Why.WIRES: "It is wired otherwise.",
    Why.PROVIDER: "It was served by another provider.",
    Why.CAME_IN: "It was given other values by what started the run.",
    Why.OUTCOME: "It ended otherwise: look at its error.",
    Why.RESULT: "It made something else of the same content, as models do unless they are given a seed.",
}


@login_required
@never_cache
@require_GET
def compare_executions(request: HttpRequest) -> HttpResponse:
    """``?run=…&run=…``: two to four executions, the first of which the others are held against."""
    chosen = list(dict.fromkeys(request.GET.getlist("run")))
    if not FEWEST <= len(chosen) <= MOST:
        raise WireflowError(
            f"Choose {FEWEST} to {MOST} executions to compare. Go back to the list and tick them there."
        )
    actor = actor_of(request)
    executions = [execution_or_404(actor, one) for one in chosen]
    runs = [list(one.node_runs.order_by("position", "id")) for one in executions]
    digests = _digests(runs)
    graphs = [graph_of(one) for one in executions]
    found = compare([Side(graph, own, digests) for graph, own in zip(graphs, runs, strict=True)])
    results = _results(executions, runs, digests)
    differing = [one for one in results if one["differs"]]
    captions = captions_of(executions, {one.pk: own for one, own in zip(executions, runs, strict=True)})
    context = {
        "columns": [
            _column(place, one, own, executions[0], captions[one.pk])
            for place, (one, own) in enumerate(zip(executions, runs, strict=True))
        ],
        "cause": found.cause,
        "told": FIRST[found.cause.why] if found.cause else "",
        "differences": [_shown(one) for one in found.differences],
        "results": differing or results,
        "same_results": [one for one in results if not one["differs"]] if differing else [],
        "same_nodes": _same(graphs, found.differences),
    }
    return render(request, "executions/compare.html", context)


def _digests(runs: Sequence[list[NodeRun]]) -> dict[str, str]:
    """Asset id → SHA-256 of the file, of everything that these node runs made."""
    made = {one["assetId"] for own in runs for run in own for one in media_in(run.output or {})}
    return dict(Asset.objects.filter(pk__in=made).values_list("pk", "sha256"))


def _column(
    place: int, execution: Execution, runs: list[NodeRun], first: Execution, caption: str
) -> dict[str, Any]:
    """An execution as the page's head shows it, with what it took more or less than the first."""
    more = execution.credits_used - first.credits_used
    return {
        "letter": LETTERS[place],
        "row": row_of(execution, runs, caption=caption),
        "credits_more": f"{'+' if more > 0 else '−'}{abs(more):,}".replace(",", "\u202f") if more else "",
        "duration_more": _signed(_took(execution) - _took(first)),
    }


def _took(execution: Execution) -> timedelta:
    return (execution.ended_at or timezone.now()) - execution.created_at


def _signed(span: timedelta) -> str:
    if abs(span) < timedelta(milliseconds=1):
        return ""
    return f"{'+' if span > timedelta(0) else '−'}{span_text(abs(span))}"


def _results(
    executions: Sequence[Execution], runs: Sequence[list[NodeRun]], digests: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Each result by name, with what every execution has of it; those that one looks at come first."""
    by_name: dict[str, list[list[dict[str, Any]]]] = {}
    for place, (execution, own) in enumerate(zip(executions, runs, strict=True)):
        for one in results_of(execution, own):
            by_name.setdefault(one["label"], [[] for _ in executions])[place] += one["items"]
    results = [
        {
            "label": label,
            "cells": [_cell(place, items) for place, items in enumerate(cells)],
            "differs": any(_content(items, digests) != _content(cells[0], digests) for items in cells[1:]),
        }
        for label, cells in by_name.items()
    ]
    return sorted(results, key=lambda one: not any(cell["pictures"] for cell in one["cells"]))


def _content(items: Sequence[Mapping[str, Any]], digests: Mapping[str, str]) -> list[str]:
    """What stands for some results: files by what they hold."""
    return [
        digests.get(one["ref"]["assetId"], one["ref"]["assetId"]) if "ref" in one else one["text"]
        for one in items
    ]


def _same(graphs: Sequence[Graph], differences: Sequence[Difference]) -> list[str]:
    """The names of the nodes that did the same in all."""
    other = {one.node_id for one in differences}
    return [graphs[0].nodes[node_id].label for node_id in graphs[0].order if node_id not in other]


def _cell(place: int, items: list[dict[str, Any]]) -> dict[str, Any]:
    """``pictures`` says that they can be laid over those of the others."""
    return {
        "letter": LETTERS[place],
        "items": items,
        "pictures": any(item["kind"] == "image" for item in items),
    }


def _shown(difference: Difference) -> dict[str, Any]:
    """A difference with the values of its settings by execution."""
    settings = [
        {
            "name": setting.name,
            "shown": [
                {"letter": LETTERS[place], "value": value, "words": setting.pieces[place]}
                for place, value in enumerate(setting.values)
            ],
        }
        for setting in difference.settings
    ]
    return {"found": difference, "settings": settings, "said": SAID[difference.why]}
