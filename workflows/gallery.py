"""The gallery of templates: those that came with the program, and before them those of the team."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actor import actor_of
from workflows import template_actions as actions
from workflows.models import TeamTemplate
from workflows.names import tidy_name
from workflows.templates import all_templates, categories, find_template
from workflows.views import editor_of, own_workflow, to_canvas


@login_required
@never_cache  # the part that htmx asks for has the address of the page: Back would show it alone
@require_safe
def templates(request: HttpRequest) -> HttpResponse:
    """The gallery; ``category`` shows a part of it, ``q`` searches, ``removed`` offers an undo."""
    actor = actor_of(request)
    category, words = request.GET.get("category", "")[:40], request.GET.get("q", "").strip()[:200]
    own = TeamTemplate.objects.visible_to(actor)
    shown = own.filter(category=category) if category else own
    removed = request.GET.get("removed", "")
    removed_id = int(removed) if removed.isascii() and removed.isdecimal() and len(removed) < 19 else 0
    context = {
        "own": list(shown.matching(words).for_cards().order_by("name", "id")),
        "templates": all_templates(category, words),
        "categories": _categories(own),
        "category": category,
        "q": words,
        "removed": TeamTemplate.objects.deleted_by(actor).for_cards().filter(pk=removed_id).first(),
        "may_edit": actor.may("edit"),
    }
    part = request.headers.get("HX-Request") and not request.headers.get("HX-History-Restore-Request")
    return render(request, "workflows/_gallery.html" if part else "workflows/templates.html", context)


@require_POST
def use_template(request: HttpRequest, slug: str) -> HttpResponse:
    """A workflow of one's own from a template, opened on the canvas."""
    actor = editor_of(request)
    template = find_template(slug)
    if template is None:
        raise Http404
    return to_canvas(actions.create_from_template(actor=actor, template=template))


@require_POST
def use_team_template(request: HttpRequest, template_id: int) -> HttpResponse:
    """A workflow of one's own from a template of the team, opened on the canvas."""
    actor = editor_of(request)
    template = get_object_or_404(TeamTemplate.objects.visible_to(actor), pk=template_id)
    return to_canvas(actions.create_from_team_template(actor=actor, template=template))


class TemplateForm(forms.Form):
    """What the gallery says of a team's template."""

    name = forms.CharField(max_length=200)
    description = forms.CharField(
        max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}), label="What it is for"
    )
    category = forms.CharField(
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"list": "categories", "autocomplete": "off"}),
    )

    def clean_name(self) -> str:
        name = tidy_name(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError("Give the template a name.")
        return name

    def clean_category(self) -> str:
        return tidy_name(self.cleaned_data["category"]).lower()


@login_required
@require_http_methods(["GET", "POST"])
def save_as_template(request: HttpRequest, workflow_id: str) -> HttpResponse:
    """Ask what the team's template shall be called, and keep it."""
    actor = editor_of(request)
    workflow = own_workflow(actor, workflow_id)
    told: dict[str, Any] = {"name": workflow.name, "description": workflow.description[:500]}
    form = TemplateForm(request.POST) if request.method == "POST" else TemplateForm(initial=told)
    if request.method == "POST" and form.is_valid():
        actions.save_as_template(actor=actor, workflow=workflow, **form.cleaned_data)
        return HttpResponseRedirect(reverse("templates"), status=303)
    context = {
        "form": form,
        "workflow": workflow,
        "categories": _categories(TeamTemplate.objects.visible_to(actor)),
    }
    return render(request, "workflows/save_as_template.html", context, status=422 if form.errors else 200)


@require_POST
def remove_template(request: HttpRequest, template_id: int) -> HttpResponse:
    """Take it out of the gallery, with a way back."""
    template = get_object_or_404(TeamTemplate.objects.visible_to(editor_of(request)), pk=template_id)
    actions.remove_template(template=template)
    return HttpResponseRedirect(f"{reverse('templates')}?removed={template.pk}", status=303)


@require_POST
def restore_template(request: HttpRequest, template_id: int) -> HttpResponse:
    template = get_object_or_404(TeamTemplate.objects.deleted_by(editor_of(request)), pk=template_id)
    actions.restore_template(template=template)
    return HttpResponseRedirect(reverse("templates"), status=303)


def _categories(own: QuerySet[TeamTemplate]) -> list[str]:
    """Those of the program, and then those that the team made up."""
    made_up = own.exclude(category="").values_list("category", flat=True).distinct()
    return list(dict.fromkeys([*categories(), *sorted(made_up)]))
