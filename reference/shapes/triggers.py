"""Webhooks, apps and feedback: contract §§8–10."""

from __future__ import annotations

from reference.schemas import (
    ADDRESS,
    ANY_OBJECT,
    COUNT,
    FLAG,
    ID,
    TEXT,
    TIME,
    Schema,
    a,
    has,
    in_data,
    many,
    maybe,
    one_of,
    ref,
)

_FIRING = has(
    "What became of a moment of a schedule, or of a press of its “Run now”.",
    moment=a("When it was due.", TIME),
    at=a("When it was dealt with.", TIME),
    outcome=one_of("started", "skipped", "missed", "refused"),
    byHand=FLAG,
    said=maybe(TEXT),
    executionId=maybe(ID),
)
_SCHEDULE = has(
    "A workflow run by itself at set times.",
    id=ID,
    workflowId=TEXT,
    name=TEXT,
    when=ANY_OBJECT,
    timeZone=TEXT,
    inputs=a("Values by node id; what is not among them is the workflow's own.", ANY_OBJECT),
    overlap=one_of("skip", "run"),
    lateMinutes=a("A moment that was missed is made up for when it is no older.", COUNT),
    isActive=FLAG,
    pausedBecause=a("Why it has paused itself.", maybe(TEXT)),
    nextAt=maybe(TIME),
    runsAs=a("The address of whoever it runs as.", maybe(TEXT)),
    createdAt=TIME,
    refusalsInARow=COUNT,
    skipped=a("Moments at which the run before still went on, since it was made.", COUNT),
    last=maybe(_FIRING),
)

TRIGGERS: dict[str, Schema] = {
    "Schedule": in_data(_SCHEDULE),
    "Schedules": in_data(many(_SCHEDULE)),
    "AppInputs": {
        "type": "object",
        "properties": {"inputs": a("Values by key.", ANY_OBJECT)},
        "additionalProperties": False,
    },
    "Published": in_data(has(slug=TEXT, url=ADDRESS)),
    "App": in_data(
        has(
            slug=TEXT,
            name=TEXT,
            description=TEXT,
            url=ADDRESS,
            branding=ANY_OBJECT,
            inputs=many(ref("InputOfRun")),
            endpoint=ADDRESS,
            method={"const": "POST"},
            example=ANY_OBJECT,
        )
    ),
    "FeedbackKept": has(id={}, message=TEXT),
    "Triggered": has(
        "It runs. ``ignored`` are keys of the body that no input takes.",
        optional=("ignored",),
        executionId=ID,
        status={"const": "queued"},
        message=TEXT,
        ignored=many(TEXT),
    ),
    "WebhookState": has("", workflowId=TEXT, name=TEXT, isActive=FLAG, message=TEXT),
    "Webhook": in_data(
        has(
            workflowId=TEXT,
            isOn=FLAG,
            webhookId=maybe(TEXT),
            webhookUrl=a("POST here, without a key.", maybe(ADDRESS)),
            creditsPerDay=maybe(COUNT),
            callsPerMinute=maybe(COUNT),
            takesWorkflowId=a(
                "The workflow's id works in the address too, while it is private.", maybe(FLAG)
            ),
        )
    ),
}
