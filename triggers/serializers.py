"""Shapes of what may be sent about webhooks, apps and feedback, and of what is answered."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from executions.wire import when
from triggers.forms import SLUG_LETTERS
from triggers.models import (
    MOST_CALLS_PER_MINUTE,
    MOST_CREDITS_PER_DAY,
    MOST_LATE_MINUTES,
    Category,
    Firing,
    Overlap,
    Schedule,
    Webhook,
)
from wireflow_ui.errors import one_of
from workflows.models import Workflow
from workflows.webhook_ids import shown_webhook_id, webhook_url


class WebhookInput(serializers.Serializer[Any]):
    """The body of ``POST /workflows/{id}/webhook``; all of it may be left out."""

    rotate = serializers.BooleanField(required=False, default=False)
    creditsPerDay = serializers.IntegerField(
        required=False, min_value=0, max_value=MOST_CREDITS_PER_DAY, source="credits_per_day"
    )
    callsPerMinute = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_CALLS_PER_MINUTE, source="calls_per_minute"
    )
    takesWorkflowId = serializers.BooleanField(required=False, source="takes_workflow_id")


def webhook_object(workflow: Workflow, webhook: Webhook | None) -> dict[str, Any]:
    """A webhook as those see it who may change it."""
    webhook_id = shown_webhook_id(workflow)
    return {
        "workflowId": workflow.pk,
        "isOn": workflow.webhook_digest is not None,
        "webhookId": webhook_id,
        "webhookUrl": webhook_url(webhook_id) if webhook_id else None,
        "creditsPerDay": webhook.credits_per_day if webhook else None,
        "callsPerMinute": webhook.calls_per_minute if webhook else None,
        "takesWorkflowId": webhook.takes_workflow_id if webhook else None,
    }


class ContextInput(serializers.Serializer[Any]):
    route = serializers.CharField(required=False, allow_blank=True, max_length=500)
    workflowId = serializers.CharField(required=False, allow_blank=True, max_length=100)
    executionId = serializers.CharField(required=False, allow_blank=True, max_length=100)
    repro = serializers.CharField(required=False, allow_blank=True, max_length=10_000)


class FeedbackInput(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=200)
    body = serializers.CharField(max_length=10_000)
    category = serializers.ChoiceField(
        required=False,
        choices=Category.choices,
        default=Category.OTHER,
        error_messages={"invalid_choice": one_of(Category.values)},
    )
    context = ContextInput(required=False)  # type: ignore[assignment]


class ExposedInput(serializers.Serializer[Any]):
    """One input of an app; without ``default`` it falls back to what the author saved on the node."""

    nodeId = serializers.CharField(max_length=128)
    key = serializers.RegexField(
        r"\A[a-z][a-z0-9_]{0,49}\Z",
        error_messages={"invalid": "A key has lower-case letters, digits and _, and begins with a letter."},
    )
    label = serializers.CharField(required=False, allow_blank=True, max_length=200)  # type: ignore[assignment]
    required = serializers.BooleanField(required=False, default=False)  # type: ignore[assignment]
    default = serializers.JSONField(required=False, allow_null=True)


class BrandingInput(serializers.Serializer[Any]):
    logoUrl = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=2_048)
    color = serializers.RegexField(
        r"\A#[0-9a-fA-F]{6}\Z",
        required=False,
        allow_blank=True,
        allow_null=True,
        error_messages={"invalid": "Write the colour as # and six hex digits, such as #4a57dd."},
    )


class PublishInput(serializers.Serializer[Any]):
    """The body of ``POST /workflows/{id}/publish``."""

    slug = serializers.SlugField(
        required=False, allow_blank=True, max_length=60, error_messages={"invalid": SLUG_LETTERS}
    )
    name = serializers.CharField(required=False, allow_blank=True, max_length=200)
    description = serializers.CharField(required=False, allow_blank=True, max_length=5_000)
    exposedInputs = serializers.ListField(
        required=False, child=ExposedInput(), max_length=50, source="exposed_inputs"
    )
    branding = BrandingInput(required=False)


class ScheduleChanges(serializers.Serializer[Any]):
    """The body of ``PATCH /workflows/{id}/schedules/{scheduleId}``: what is left out stays as it is."""

    name = serializers.CharField(required=False, max_length=100)
    when = serializers.JSONField(required=False)
    timeZone = serializers.CharField(required=False, max_length=64, source="time_zone")
    inputs = serializers.DictField(required=False)
    overlap = serializers.ChoiceField(
        required=False, choices=Overlap.choices, error_messages={"invalid_choice": one_of(Overlap.values)}
    )
    lateMinutes = serializers.IntegerField(
        required=False, min_value=0, max_value=MOST_LATE_MINUTES, source="late_minutes"
    )
    isActive = serializers.BooleanField(required=False, source="is_active")


class ScheduleInput(ScheduleChanges):
    """The body of ``POST /workflows/{id}/schedules``."""

    name = serializers.CharField(max_length=100)
    when = serializers.JSONField()
    timeZone = serializers.CharField(required=False, max_length=64, default="UTC", source="time_zone")
    inputs = serializers.DictField(required=False, default=dict)


def schedule_object(schedule: Schedule, last: Firing | None) -> dict[str, Any]:
    """A schedule, with what became of its last moment."""
    return {
        "id": str(schedule.pk),
        "workflowId": schedule.workflow_id,
        "name": schedule.name,
        "when": schedule.when,
        "timeZone": schedule.time_zone,
        "inputs": schedule.inputs,
        "overlap": schedule.overlap,
        "lateMinutes": schedule.late_minutes,
        "isActive": schedule.is_active,
        "pausedBecause": schedule.paused_because or None,
        "nextAt": when(schedule.next_at) if schedule.next_at else None,
        "runsAs": schedule.runs_as.email if schedule.runs_as else None,
        "createdAt": when(schedule.created_at),
        "refusalsInARow": schedule.refusals,
        "skipped": schedule.skipped,
        "last": firing_object(last) if last else None,
    }


def firing_object(firing: Firing) -> dict[str, Any]:
    return {
        "moment": when(firing.moment),
        "at": when(firing.at),
        "outcome": firing.outcome,
        "byHand": firing.is_by_hand,
        "said": firing.said or None,
        "executionId": str(firing.execution_id) if firing.execution_id else None,
    }
