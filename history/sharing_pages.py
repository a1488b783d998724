"""Sharing an execution, and what those see who have the link: its results, not how they were paid or made."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.actor import actor_of
from executions.api import execution_or_404
from executions.pages import EXECUTION_WORDS, duration_text, results_of
from executions.states import ExecutionStatus
from history import sharing


@login_required
@require_POST
def share(request: HttpRequest, execution_id: uuid.UUID) -> HttpResponse:
    """``do`` is on or off."""
    actor = actor_of(request)
    execution = execution_or_404(actor, execution_id)
    if request.POST.get("do") == "off":
        sharing.unshare(actor=actor, execution=execution)
        messages.success(request, "The link is closed. It shows nothing any more.")
    else:
        sharing.share(actor=actor, execution=execution)
        messages.success(request, "Whoever has the link sees the results of this run.")
    return HttpResponseRedirect(f"/executions/{execution_id}", status=303)


@never_cache
@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """The results of a shared execution, for anybody with the link."""
    execution = sharing.find_shared(token)
    runs = list(execution.node_runs.order_by("position", "id"))
    context = {
        "name": execution.workflow_name,
        "status": execution.status,
        "status_word": EXECUTION_WORDS[ExecutionStatus(execution.status)],
        "started_at": execution.created_at,
        "duration": duration_text(execution.created_at, execution.ended_at),
        "is_sandbox": any(run.provider == "sandbox" for run in runs),
        "outputs": results_of(execution, runs),
        "is_over": execution.is_over,
    }
    answer = render(request, "executions/shared.html", context)
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
