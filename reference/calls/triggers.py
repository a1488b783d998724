"""Starting workflows from outside: webhooks."""

from __future__ import annotations

from reference.call import JSON, Answer, Call, Calls
from reference.shapes import ANY_OBJECT

_GROUP = "Webhooks"
_OPEN = ("Access-Control-Allow-Origin",)

TRIGGERS: Calls = {
    ("triggers.webhook_api.TriggerView", "POST"): Call(
        name="triggerWorkflow",
        group=_GROUP,
        summary="Start a workflow by its webhook",
        text="No key: the id in the address is the secret. Each key of the body is matched with an input node by id, "
        "label or value key; all of it stays readable as the run's trigger data. The run is polled with a key of the "
        "workflow's team.",
        body={JSON: ANY_OBJECT, "application/x-www-form-urlencoded": ANY_OBJECT},
        needs_body=False,
        example={"prompt": "A lighthouse at dawn"},
        answers={
            202: Answer(text="It runs.", shape="Triggered", headers=(*_OPEN, "Idempotent-Replayed")),
        },
        errors=(402, 409),
        repeatable=True,
    ),
    ("triggers.webhook_api.TriggerView", "GET"): Call(
        name="lookAtWebhook",
        group=_GROUP,
        summary="See whether a webhook works",
        answers={200: Answer(text="It is on.", shape="WebhookState", headers=_OPEN)},
    ),
    ("triggers.webhook_api.WebhookView", "GET"): Call(
        name="getWebhook",
        group=_GROUP,
        summary="Read the webhook of a workflow",
        answers={200: Answer(text="Its address, limits and last calls.", shape="Webhook")},
    ),
    ("triggers.webhook_api.WebhookView", "POST"): Call(
        name="setWebhook",
        group=_GROUP,
        summary="Switch a webhook on, or change it",
        text="`rotate` gives it another address; the old one opens nothing from then on.",
        body={JSON: "triggers.serializers.WebhookInput"},
        needs_body=False,
        example={},
        answers={
            200: Answer(text="It was on already.", shape="Webhook"),
            201: Answer(text="It is on.", shape="Webhook"),
        },
    ),
    ("triggers.webhook_api.WebhookView", "DELETE"): Call(
        name="deleteWebhook",
        group=_GROUP,
        summary="Switch a webhook off",
        answers={200: Answer(text="It is off.", shape="Webhook")},
    ),
}
