"""Workflows from templates, and the templates that teams keep of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.actor import Actor
from accounts.models import Team
from wireflow_ui.errors import Conflict
from workflows.actions import create_workflow
from workflows.models import TeamTemplate, Workflow
from workflows.templates import outline_of, words_of
from workflows.versions import without_results

#: The gallery shows them all at once.
MOST_OF_A_TEAM = 200


class TooManyTemplates(Conflict):
    """The team keeps as many templates as it may."""

    code = "too_many_templates"

    def __init__(self) -> None:
        super().__init__(
            f"A team keeps {MOST_OF_A_TEAM} templates at most. Remove one that nobody needs, then try again."
        )


def create_from_template(*, actor: Actor, template: Mapping[str, Any]) -> Workflow:
    """A workflow of the actor's own from one of `templates.all_templates`."""
    return create_workflow(
        actor=actor,
        name=template["title"],
        description=template["summary"],
        nodes=template["nodes"],
        edges=template["edges"],
    ).workflow


def create_from_team_template(*, actor: Actor, template: TeamTemplate) -> Workflow:
    """A workflow of the actor's own from one that the team keeps; it may be as unfinished as that is."""
    return create_workflow(
        actor=actor,
        name=template.name,
        description=template.description,
        nodes=template.nodes,
        edges=template.edges,
        strict=False,
    ).workflow


@transaction.atomic
def save_as_template(
    *, actor: Actor, workflow: Workflow, name: str, description: str = "", category: str = ""
) -> TeamTemplate:
    """Keep a copy of the current graph, without what runs left on it. Raises TooManyTemplates."""
    _need_a_place(actor.team.pk)
    raw, edges = workflow.graph_json()
    nodes = without_results(raw)
    return TeamTemplate.objects.create(
        team=actor.team,
        created_by=actor.user,
        name=name,
        description=description,
        category=category,
        nodes=nodes,
        edges=edges,
        cover=workflow.cover,
        words=words_of(nodes, name, description),
        outline=outline_of(nodes, edges),
        node_count=len(nodes),
    )


def remove_template(*, template: TeamTemplate) -> None:
    """Take it out of the gallery; `restore_template` brings it back for 30 days."""
    TeamTemplate.objects.filter(pk=template.pk, deleted_at=None).update(deleted_at=timezone.now())


@transaction.atomic
def restore_template(*, template: TeamTemplate) -> None:
    """Bring a removed template back. Raises TooManyTemplates."""
    _need_a_place(template.team_id)
    TeamTemplate.objects.filter(pk=template.pk).update(deleted_at=None)


def _need_a_place(team_id: int) -> None:
    """Raise TooManyTemplates unless the team may keep one more. Holds the team's lock until the commit."""
    Team.objects.select_for_update(no_key=True).get(pk=team_id)
    if TeamTemplate.objects.filter(team=team_id, deleted_at=None).count() >= MOST_OF_A_TEAM:
        raise TooManyTemplates()
