"""Starting workflows from outside: webhooks and apps; and what people and agents tell us."""

from __future__ import annotations

from reference.call import JSON, Answer, Call, Calls
from reference.schemas import ANY_OBJECT

_GROUP = "Webhooks"
_APPS = "Apps"
_SCHEDULES = "Schedules"
_HELP = "Catalog and usage"
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
    ("triggers.schedule_api.SchedulesView", "GET"): Call(
        name="listSchedules",
        group=_SCHEDULES,
        summary="List the schedules of a workflow",
        text="Schedules are an addition of this server.",
        answers={200: Answer(text="All of them, by name.", shape="Schedules")},
    ),
    ("triggers.schedule_api.SchedulesView", "POST"): Call(
        name="makeSchedule",
        group=_SCHEDULES,
        summary="Have a workflow run at set times",
        text="`when` is one of `{every: minutes, minutes}`, `{every: hour, minute}`, `{every: day, at}`, "
        "`{every: week, days, at}`, `{every: month, day, at}` and `{every: cron, cron}`; see docs/schedules.md. "
        "`inputs` are values as of `execute`. It runs as whoever made it, and from then on as "
        "whoever changed it last or let it go on.",
        body={JSON: "triggers.serializers.ScheduleInput"},
        example={
            "name": "Boats at nine",
            "when": {"every": "week", "days": ["mon", "fri"], "at": "09:00"},
            "timeZone": "Europe/Berlin",
            "inputs": {"text": "A harbour at dawn"},
        },
        answers={201: Answer(text="It is made.", shape="Schedule")},
        errors=(409,),
    ),
    ("triggers.schedule_api.ScheduleView", "GET"): Call(
        name="getSchedule",
        group=_SCHEDULES,
        summary="Read a schedule",
        answers={200: Answer(text="Its settings, its next moment and its last.", shape="Schedule")},
    ),
    ("triggers.schedule_api.ScheduleView", "PATCH"): Call(
        name="changeSchedule",
        group=_SCHEDULES,
        summary="Change a schedule, pause it or let it go on",
        text="What is left out stays as it is. `isActive` false pauses it; true lets it go on from now.",
        body={JSON: "triggers.serializers.ScheduleChanges"},
        example={"isActive": False},
        answers={200: Answer(text="It is changed.", shape="Schedule")},
    ),
    ("triggers.schedule_api.ScheduleView", "DELETE"): Call(
        name="deleteSchedule",
        group=_SCHEDULES,
        summary="Delete a schedule",
        text="Its runs stay.",
        answers={200: Answer(text="It is gone.", shape="Deleted")},
    ),
    ("triggers.schedule_api.ScheduleRunView", "POST"): Call(
        name="runSchedule",
        group=_SCHEDULES,
        summary="Start a schedule's run now",
        text="With the schedule's values, as the caller. Its own moments stay as they are.",
        answers={
            202: Answer(
                text="It runs. Poll the address in Location.",
                shape="StartedRun",
                headers=("Location", "Idempotent-Replayed"),
            )
        },
        errors=(402, 409, 422),
        repeatable=True,
    ),
    ("triggers.app_api.PublishView", "POST"): Call(
        name="publishApp",
        group=_APPS,
        summary="Publish a workflow as an app",
        text="The saved graph is published; later changes wait until it is published again. `exposedInputs` picks "
        "what callers may set, by names of their own.",
        body={JSON: "triggers.serializers.PublishInput"},
        needs_body=False,
        example={
            "name": "Lighthouses",
            "exposedInputs": [
                {"nodeId": "text-1", "key": "prompt", "label": "What to draw", "required": True}
            ],
        },
        answers={200: Answer(text="Where the app is.", shape="Published")},
        errors=(409, 422),
    ),
    ("triggers.app_api.PublishView", "DELETE"): Call(
        name="unpublishApp",
        group=_APPS,
        summary="Take an app off",
        answers={200: Answer(text="Nobody can run it any more.", shape="Deleted")},
    ),
    ("triggers.app_api.AppView", "GET"): Call(
        name="getApp",
        group=_APPS,
        summary="Describe an app",
        text="Apps are open to callers of any team.",
        answers={200: Answer(text="What it is and takes.", shape="App")},
    ),
    ("triggers.app_api.AppExecuteView", "POST"): Call(
        name="executeApp",
        group=_APPS,
        summary="Run an app",
        text="The caller pays. Every value stands inside `inputs`, by the keys that `GET /apps/{slug}` names; what is "
        "left out falls back to what the author saved.",
        body={JSON: "AppInputs"},
        needs_body=False,
        example={"inputs": {"prompt": "A lighthouse at dawn"}},
        answers={
            202: Answer(
                text="It runs. Poll the address in Location.",
                shape="StartedRun",
                headers=("Location", "Idempotent-Replayed"),
            )
        },
        errors=(402, 409, 422),
        repeatable=True,
    ),
    ("triggers.guide_api.FeedbackView", "POST"): Call(
        name="sendFeedback",
        group=_HELP,
        summary="Tell the operator what is wrong",
        body={JSON: "triggers.serializers.FeedbackInput"},
        example={
            "title": "Poll says nothing of retries",
            "body": "I would like to see them.",
            "category": "other",
        },
        answers={201: Answer(text="It is kept for the operator.", shape="FeedbackKept")},
    ),
    ("triggers.guide_api.GuidelinesView", "GET"): Call(
        name="readGuidelines",
        group=_HELP,
        summary="Read how agents should work with workflows",
        answers={200: Answer(text="A text for agents.", shape={"type": "string"}, media="text/markdown")},
    ),
}
