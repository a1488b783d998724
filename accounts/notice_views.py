"""The page of notices, and what a person wants by mail."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import notices
from accounts.actor import actor_of
from accounts.middleware import TEAM
from accounts.models import Member, Notice
from accounts.views import see_other

PAGE_SIZE = 30
#: So many the bell of the canvas shows.
NEWEST = 8


@never_cache
@login_required
@require_GET
def list_notices(request: HttpRequest) -> HttpResponse:
    """A person's notices, the newest first; ``?part=bell`` is the bell alone."""
    actor = actor_of(request)
    if request.GET.get("part") == "bell":
        return render(request, "accounts/_bell.html")
    found = Notice.objects.visible_to(actor).select_related("team").order_by("-pk")
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    rows = list(found[: PAGE_SIZE + 1])
    context = {
        "notices": rows[:PAGE_SIZE],
        "next_id": rows[PAGE_SIZE - 1].pk if len(rows) > PAGE_SIZE else None,
        "has_teams": len(actor.memberships) > 1,
    }
    return render(request, "accounts/notices.html", context)


@never_cache
@login_required
@require_GET
def open_notice(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Leads to what a notice is about, in its team; from now on it is read."""
    actor = actor_of(request)
    notice = get_object_or_404(Notice.objects.visible_to(actor), pk=notice_id)
    notices.read(user=actor.user, ids=[notice.pk])
    if Member.objects.filter(user=actor.user, team=notice.team_id).exists():
        request.session[TEAM] = notice.team_id
    return see_other(notice.link)


@login_required
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    notices.read(user=actor_of(request).user)
    return see_other("/notices")


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def newest(request: HttpRequest) -> JsonResponse:
    """For the bell of the canvas: ``{"unread": n, "notices": [{"id", "text", "team", "at", "isNew"}]}``.

    The newest come first; ``team`` is "" for somebody with one team. A POST says before that all have been read.
    """
    actor = actor_of(request)
    if request.method == "POST":
        notices.read(user=actor.user)
    mine = Notice.objects.visible_to(actor)
    has_teams = len(actor.memberships) > 1
    return JsonResponse(
        {
            "unread": mine.unread().count(),
            "notices": [
                {
                    "id": notice.pk,
                    "text": notice.text,
                    "team": notice.team.name if has_teams else "",
                    "at": notice.at.isoformat(),
                    "isNew": notice.read_at is None,
                }
                for notice in mine.select_related("team").order_by("-pk")[:NEWEST]
            ],
        }
    )


@login_required
@require_POST
def choose_mail(request: HttpRequest) -> HttpResponse:
    kinds = [kind for kind in notices.KINDS if kind in request.POST.getlist("kind")]
    notices.choose(user=actor_of(request).user, kinds=kinds, digest=request.POST.get("digest") == "1")
    messages.success(request, "Your choice is saved.")
    return see_other("/settings?tab=notices")
