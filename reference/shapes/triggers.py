"""Webhooks, apps and feedback: contract §§8–10."""

from __future__ import annotations

from reference.schemas import (
    ADDRESS,
    ANY_OBJECT,
    COUNT,
    FLAG,
    ID,
    TEXT,
    Schema,
    a,
    has,
    in_data,
    many,
    maybe,
    ref,
)

TRIGGERS: dict[str, Schema] = {
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
