"""What a team keeps to build with: templates to start from, and components."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Team
from workflows.ids import new_component_id

if TYPE_CHECKING:
    from accounts.actor import Actor

KEPT_AFTER_DELETION = timedelta(days=30)


class TeamTemplateQuerySet(models.QuerySet["TeamTemplate"]):
    def visible_to(self, actor: Actor) -> Self:
        """What the actor's team keeps, without what it removed."""
        return self.filter(team=actor.team, deleted_at=None)

    def deleted_by(self, actor: Actor) -> Self:
        """What the actor's team removed and may still bring back."""
        return self.filter(team=actor.team, deleted_at__gt=timezone.now() - KEPT_AFTER_DELETION)

    def matching(self, search: str) -> Self:
        """Those in which every word of a search is found, as `templates.has_words` finds them."""
        words = search.casefold().split()
        return self.filter(*(Q(words__contains=word) for word in words))

    def for_cards(self) -> Self:
        """Without the graphs and what is searched: a card draws the outline."""
        return self.select_related("created_by").defer("nodes", "edges", "words")


class TeamTemplate(models.Model):
    """A graph that a team keeps to start from: a copy, which what becomes of the workflow it was does not touch.

    ``cover`` is the picture the workflow had then, as `Workflow.cover`. What the gallery searches and draws is made
    when the template is: the graphs of a whole team are too much to read for a page.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="templates")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    name = models.CharField(max_length=200)
    description = models.TextField(blank=True, max_length=500)
    category = models.CharField(max_length=40, blank=True)
    nodes = models.JSONField()
    edges = models.JSONField()
    cover = models.JSONField(null=True, blank=True, editable=False)
    words = models.TextField(editable=False)
    outline = models.JSONField(editable=False)
    node_count = models.PositiveIntegerField(editable=False)

    objects = TeamTemplateQuerySet.as_manager()

    class Meta:
        indexes = [
            # The gallery.
            models.Index(
                fields=["team", "name", "id"], condition=Q(deleted_at=None), name="templates_of_a_team"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ComponentQuerySet(models.QuerySet["Component"]):
    def visible_to(self, actor: Actor) -> Self:
        """What the actor's team has, without what it deleted."""
        return self.filter(team=actor.team, deleted_at=None)


class Component(models.Model):
    """A piece of a graph that a team uses in several; ``version`` is the newest. Nodes hold what they stand for.

    ``listing`` is what the library says of that version (`workflows.components.listing_of`), made when it is: the
    insides of a whole library are too much to read for a list.
    """

    id = models.CharField(primary_key=True, max_length=40, default=new_component_id, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="components")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    name = models.CharField(max_length=200)
    version = models.PositiveIntegerField(default=1, editable=False)
    listing = models.JSONField(default=dict, editable=False)
    #: The version that its workbench was last the same as, and when the workbench had been saved then.
    bench_version = models.PositiveIntegerField(null=True, editable=False)
    bench_saved_at = models.DateTimeField(null=True, editable=False)

    objects = ComponentQuerySet.as_manager()

    class Meta:
        indexes = [
            # The library.
            models.Index(
                fields=["team", "name", "id"], condition=Q(deleted_at=None), name="components_of_a_team"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ComponentVersion(models.Model):
    """What a component was at one time, never edited. ``content`` is what a node of it carries."""

    component = models.ForeignKey(Component, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["component", "number"], name="one_content_per_number"),
        ]

    def __str__(self) -> str:
        return f"{self.number} of {self.component_id}"
