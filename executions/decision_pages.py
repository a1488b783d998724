"""What runs ask people, on pages: on the run's own, in one list for the team, and behind a signed link."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actor import Actor, actor_of
from accounts.models import Team
from executions.api import execution_or_404
from executions.decision_api import MOST_NOTE
from executions.decisions import MOST_TEXT, Answer, decide, may_decide
from executions.models import NodeRun, WaitFor
from executions.pages import shown_values
from executions.questions import APPROVE, PICK, REJECT
from executions.states import NodeStatus
from executions.values import as_text
from wireflow_ui.body import parse_json
from wireflow_ui.errors import Forbidden, NotFound, WireflowError

MOST_SHOWN = 50
MOST_NAME = 80
_SALT = "decision"


class DecisionForm(forms.Form):
    """What our forms send. Fields refuse NUL, which no database keeps."""

    decision = forms.ChoiceField(choices=[(APPROVE, "Approve"), (REJECT, "Reject")])
    item = forms.IntegerField(required=False, min_value=0)
    pick = forms.IntegerField(required=False, min_value=0)
    note = forms.CharField(required=False, max_length=MOST_NOTE)
    name = forms.CharField(required=False, max_length=MOST_NAME)
    value = forms.CharField(required=False, max_length=MOST_TEXT, strip=False)


@dataclass(frozen=True)
class Asked:
    """One question as the pages show it; ``items`` have the item's values, its answer and its text to be corrected."""

    execution_id: str
    workflow_name: str
    node_id: str
    label: str
    path: str
    item_text: str
    message: str
    approvers: str
    due_at: datetime | None
    is_pick: bool
    may_edit: bool
    may_decide: bool
    open_items: int
    items: list[dict[str, Any]]
    link: str


def waiting_for_people(team: Team) -> QuerySet[NodeRun]:
    """The node runs of a team's runs that wait for a decision, the longest first."""
    asking = NodeRun.objects.filter(status=NodeStatus.WAITING, wait_for=WaitFor.PERSON, execution__team=team)
    return asking.order_by("started_at", "id")


def asked_of(rows: Iterable[NodeRun], actor: Actor | None) -> list[Asked]:
    """The questions among these node runs that are open. ``actor`` None: somebody with the link to one of them."""
    return [
        _asked(row, row.question, actor)
        for row in rows
        if row.question is not None and row.status == NodeStatus.WAITING
    ]


def _asked(row: NodeRun, question: dict[str, Any], actor: Actor | None) -> Asked:
    is_pick = question["kind"] == PICK
    answers = [None] * len(question["items"]) if is_pick else question["answers"]
    items = [
        {"index": index, "values": shown_values({"item": item}), "answer": answer, "text": _editable(item)}
        for index, (item, answer) in enumerate(zip(question["items"], answers, strict=True))
    ]
    return Asked(
        execution_id=str(row.execution_id),
        workflow_name=row.execution.workflow_name,
        node_id=row.node_id,
        label=row.label,
        path=row.item_path,
        item_text=" · ".join(str(index + 1) for index in row.path),
        message=question["message"],
        approvers=question["approvers"],
        due_at=row.due_at,
        is_pick=is_pick,
        may_edit=question["mayEdit"],
        may_decide=actor is None or may_decide(actor, question),
        open_items=sum(answer is None for answer in answers),
        items=items,
        link=f"/decide/{signing.dumps(row.pk, salt=_SALT)}" if question["isPublic"] and actor else "",
    )


def _editable(item: Any) -> str | None:
    """The item as text to be corrected; None for a file."""
    if isinstance(item, str):
        return item
    if isinstance(item, bool | int | float):
        return as_text(item)
    return (
        None
        if not isinstance(item, dict | list) or "assetId" in item
        else json.dumps(item, ensure_ascii=False)
    )


def _answer_in(form: QueryDict, by: str, question: dict[str, Any]) -> Answer:
    """The answer as a form gives it. Raises WireflowError for what no form of ours sends."""
    sent = DecisionForm(form)
    if not sent.is_valid():
        raise WireflowError(str(next(message for found in sent.errors.values() for message in found)))
    given = sent.cleaned_data
    item, value = given["item"], None
    if question["mayEdit"] and given["decision"] == APPROVE and "value" in form:
        place = item or 0
        if place < len(question["items"]):
            value = _corrected(given["value"], question["items"][place])
    said_by = f"{given['name']} ({by})" if given["name"] else by
    return Answer(
        given["decision"], by=said_by, note=given["note"], item=item, pick=given["pick"], value=value
    )


def _corrected(text: str, old: Any) -> Any:
    """What was written in place of an item, of its type; None when it says the same."""
    written = text.replace("\r\n", "\n")
    if written == _editable(old):
        return None
    if isinstance(old, str):
        return written
    return parse_json(written.encode())


@require_POST
@login_required
def decide_here(request: HttpRequest, execution_id: uuid.UUID) -> HttpResponse:
    """Answer a question of a run. Goes back to where the form stood."""
    actor = actor_of(request)
    if not actor.may("run"):
        raise Forbidden("Your role lets you look at runs, not decide in them. Ask an owner of the team.")
    execution = execution_or_404(actor, execution_id, with_guests=True)
    path = request.POST.get("path", "")
    row = NodeRun.objects.filter(
        execution=execution.pk, node_id=request.POST.get("node", ""), item_path=path, question__isnull=False
    ).first()
    if row is None:
        raise NotFound("This node waits for no decision in this run.")
    _decide(request, row, by=actor.user.email, actor=actor)
    back = (
        "/approvals" if request.POST.get("back") == "approvals" else f"/executions/{execution.pk}#questions"
    )
    return HttpResponseRedirect(back, status=303)


def _decide(request: HttpRequest, row: NodeRun, *, by: str, actor: Actor | None) -> None:
    """Take the form's answer; what is wrong with it is told on the next page."""
    try:
        answer = _answer_in(request.POST, by, row.question or {})
        decide(execution_id=row.execution_id, node_id=row.node_id, answer=answer, actor=actor, path=row.path)
    except WireflowError as refused:
        messages.error(request, refused.message)


@login_required
@never_cache
@require_GET
def approvals(request: HttpRequest) -> HttpResponse:
    """Everything that waits for people in the team."""
    actor = actor_of(request)
    rows = list(waiting_for_people(actor.team).select_related("execution")[: MOST_SHOWN + 1])
    context = {
        "questions": asked_of(rows[:MOST_SHOWN], actor),
        "more": len(rows) > MOST_SHOWN,
        "site": request.build_absolute_uri("/").rstrip("/"),
    }
    return render(request, "executions/approvals.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """One question, for whoever was sent its link. The link is worth nothing once the question is answered."""
    try:
        pk = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        raise NotFound("This link is not valid. Ask whoever sent it for the whole link.") from None
    row = NodeRun.objects.select_related("execution").filter(pk=pk, question__isnull=False).first()
    if row is None or not (row.question or {})["isPublic"]:
        raise NotFound("This link is no longer valid.")
    if request.method == "POST":
        _decide(request, row, by="by link", actor=None)
        return HttpResponseRedirect(request.path, status=303)
    questions = asked_of([row], None)
    return render(request, "executions/by_link.html", {"questions": questions, "label": row.label})
