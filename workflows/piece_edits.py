"""Who changed what of a published workflow last: for whoever publishes anew."""

from __future__ import annotations

from collections.abc import Collection

from django.utils import timezone

from accounts.models import User
from workflows.differences import Graph, pieces
from workflows.models import PieceEdit, Workflow


def note_piece_edits(workflow: Workflow, before: Graph, after: Graph, by: User | None) -> None:
    """Note who made the pieces between two states of a draft. Call it in the transaction of the save."""
    if not workflow.is_published:
        return  # nobody publishes anew
    now = timezone.now()
    found = [PieceEdit(workflow=workflow, piece=one.key, by=by, at=now) for one in pieces(before, after)]
    PieceEdit.objects.bulk_create(
        found,
        update_conflicts=True,
        unique_fields=["workflow", "piece"],
        update_fields=["by", "at"],
        batch_size=200,
    )


def last_changed_by(workflow: Workflow) -> dict[str, User]:
    """By the key of a piece, who made it last; those of whom nobody is known are left out."""
    noted = PieceEdit.objects.filter(workflow=workflow, by__isnull=False).select_related("by")
    return {one.piece: one.by for one in noted if one.by is not None}


def forget_piece_edits(*, workflow: Workflow, but: Collection[str] = ()) -> None:
    """Forget those of what is published now; ``but`` are the keys that are still open. Call it with the row of the
    workflow locked, as whoever saves has it: else who saves meanwhile is forgotten too."""
    PieceEdit.objects.filter(workflow=workflow).exclude(piece__in=list(but)).delete()
