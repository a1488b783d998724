"""What people do with executions of the history: label them, throw them away, bring them back, save a view."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import audit
from accounts.actor import Actor
from executions.models import Execution
from executions.states import EXECUTION_OVER
from history import listing
from history.filters import filters_of
from history.models import Mark, MarkKind, Retention, SavedView
from wireflow_ui.errors import Forbidden, NotFound, WireflowError

MOST_LABELS = 20
MOST_VIEWS = 50


def need(actor: Actor, action: str, what: str) -> None:
    """Raises `Forbidden` for a role that may not, naming what it may not do."""
    if not actor.may(action):
        raise Forbidden(f"Your role does not let you {what}. Ask an owner of the team.")


def add_label(*, actor: Actor, executions: Sequence[Execution], label: str) -> int:
    """Put a label on executions; one that has it keeps it. How many did not have it."""
    need(actor, "run", "label runs")
    label = checked_label(label)
    count = 0
    for execution in executions:
        with transaction.atomic():
            Execution.objects.select_for_update().get(pk=execution.pk)
            own = Mark.objects.filter(execution=execution, kind=MarkKind.LABEL)
            if own.filter(value=label).exists():
                continue
            if own.count() >= MOST_LABELS:
                raise WireflowError(f"A run has {MOST_LABELS} labels at most. Take one away first.")
            mark = Mark(
                execution=execution,
                team_id=execution.team_id,
                kind=MarkKind.LABEL,
                value=label,
                created_at=execution.created_at,
            )
            mark.save()
            listing.learn([mark])
            listing.relist(execution)
            count += 1
    return count


def remove_label(*, actor: Actor, executions: Sequence[Execution], label: str) -> int:
    """Take a label off executions. How many had it."""
    need(actor, "run", "label runs")
    count = 0
    for execution in executions:
        with transaction.atomic():
            Execution.objects.select_for_update().get(pk=execution.pk)
            gone, _ = Mark.objects.filter(
                execution=execution, kind=MarkKind.LABEL, value=label.strip()
            ).delete()
            if gone:
                listing.relist(execution)
                count += 1
    return count


def checked_label(label: str) -> str:
    label = " ".join(label.split())
    if not 1 <= len(label) <= 50 or not label.isprintable():
        raise WireflowError("A label has 1 to 50 characters.")
    return label


def throw_away(*, actor: Actor, ids: Collection[UUID]) -> int:
    """Put executions that are over into the bin. How many; those that go on are left alone."""
    need(actor, "edit", "delete runs")
    mine = Execution.objects.visible_to(actor).filter(pk__in=ids, status__in=list(EXECUTION_OVER))
    with transaction.atomic():
        count = mine.update(deleted_at=timezone.now())
        if count:
            audit.record(team=actor.team, change="run.deleted", subject=_runs(count), by=actor)
    return count


def bring_back(*, actor: Actor, ids: Collection[UUID]) -> int:
    """Take executions out of the bin. How many."""
    need(actor, "edit", "bring runs back")
    with transaction.atomic():
        count = Execution.objects.deleted_by(actor).filter(pk__in=ids).update(deleted_at=None)
        if count:
            audit.record(team=actor.team, change="run.restored", subject=_runs(count), by=actor)
    return count


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"


def save_view(*, actor: Actor, name: str, query: dict[str, str], is_shared: bool) -> SavedView:
    """Keep filters under a name; one's own view of this name is replaced. A viewer keeps them for themselves."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= 60:
        raise WireflowError("Give the view a name of 1 to 60 characters.")
    text = filters_of(query).query
    if not text:
        raise WireflowError("Set a filter first: this view would show everything.")
    if is_shared:
        need(actor, "run", "share views")
    mine = SavedView.objects.filter(team=actor.team, created_by=actor.user)
    if mine.exclude(name=name).count() >= MOST_VIEWS:
        raise WireflowError(f"You have {MOST_VIEWS} views. Delete one first.")
    try:
        with transaction.atomic():
            view, _ = SavedView.objects.update_or_create(
                team=actor.team,
                created_by=actor.user,
                name=name,
                defaults={"query": text, "is_shared": is_shared},
            )
    except IntegrityError as error:
        raise WireflowError("A view of this name was just saved. Choose another name.") from error
    return view


def delete_view(*, actor: Actor, view_id: int) -> None:
    deleted, _ = SavedView.objects.changeable_by(actor).filter(pk=view_id).delete()
    if not deleted:
        raise NotFound("View not found")


def change_retention(
    *, actor: Actor, days: int | None, failed_days: int | None, keeps_labelled: bool
) -> None:
    """Say how long the team keeps executions; the cleaner begins within seconds."""
    need(actor, "manage", "change what the team keeps")
    with transaction.atomic():
        earlier = Retention.objects.filter(team=actor.team).first()
        now, _ = Retention.objects.update_or_create(
            team=actor.team,
            defaults={"days": days, "failed_days": failed_days, "keeps_labelled": keeps_labelled},
        )
        before, after = _kept(earlier), _kept(now)
        if before != after:
            audit.record(
                team=actor.team, change="run.retention_changed", before=before, after=after, by=actor
            )


def _kept(retention: Retention | None) -> dict[str, str | bool]:
    """What the audit log tells of it."""
    if retention is None:
        return {"days": "for ever", "days of failed ones": "for ever", "keeps labelled ones": True}
    days = "for ever" if retention.days is None else str(retention.days)
    failed = days if retention.failed_days is None else str(retention.failed_days)
    return {"days": days, "days of failed ones": failed, "keeps labelled ones": retention.keeps_labelled}
