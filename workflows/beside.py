"""What the canvas offers beside itself, as JSON for its own page: other workflows, and templates to begin with."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.actor import actor_of
from workflows.ids import written
from workflows.models import TeamTemplate, Workflow
from workflows.templates import all_templates

SHOWN = 30
MOST_LETTERS = 200


def _asked(request: HttpRequest) -> str:
    return request.GET.get("q", "").strip()[:MOST_LETTERS]


@never_cache
@require_GET
def recent(request: HttpRequest) -> JsonResponse:
    """The team's workflows, those that were changed last first; ``q`` searches their names."""
    found = Workflow.objects.listed_for(actor_of(request)).matching(_asked(request)).newest_first()
    return JsonResponse(
        {
            "workflows": [
                {
                    "id": one.pk,
                    "name": one.name,
                    "cover": _picture(one.cover),
                    "updatedAt": written(one.updated_at),
                    "lastExecutedAt": written(one.last_executed_at),
                }
                for one in found[:SHOWN]
            ]
        }
    )


@never_cache
@require_GET
def templates(request: HttpRequest) -> JsonResponse:
    """The team's templates, then those that came with the program; ``q`` searches them."""
    words = _asked(request)
    own = (
        TeamTemplate.objects.visible_to(actor_of(request)).matching(words).for_cards().order_by("name", "id")
    )
    return JsonResponse(
        {
            "templates": [
                *(
                    {
                        "title": one.name,
                        "summary": one.description,
                        "cover": _picture(one.cover),
                        "isOwn": True,
                        "use": reverse("team-template-use", args=[one.pk]),
                    }
                    for one in own[:SHOWN]
                ),
                *(
                    {
                        "title": one["title"],
                        "summary": one["summary"],
                        "cover": "",
                        "isOwn": False,
                        "use": reverse("template-use", args=[one["slug"]]),
                    }
                    for one in all_templates(search=words)
                ),
            ]
        }
    )


def _picture(cover: dict[str, Any] | None) -> str:
    return str(cover.get("thumbnailUrl") or cover.get("url") or "") if cover else ""
