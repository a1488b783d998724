"""What changes webhooks, and the call that starts a workflow by one.

Locks are taken in one order: webhook, then what `accept_executions` takes. An id that is changed or switched off
while a call is being accepted either lets that call in whole or refuses it whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from accounts import audit, buckets, notices
from accounts.limits import LimitReached
from accounts.models import Member, User
from accounts.roles import Role
from accounts.secrets import digest
from credits.limits import SpendingLimitReached
from credits.wallets import InsufficientCredits
from executions.actions import Start, accept_executions
from executions.idempotency import earlier, note_first
from executions.inputs_given import fitting_inputs, nodes_given
from executions.models import Execution, NodeRun
from executions.payloads import check_payload, delivery_of
from executions.states import NODE_OVER, ExecutionStatus
from executions.values import BadValue
from providers.catalog import load_catalog
from triggers.models import App, Webhook, WebhookCall
from triggers.parsers import BadCall
from wireflow_ui.errors import NotFound, WireflowError
from workflows.actions import note_webhook
from workflows.components import expand
from workflows.errors import InvalidGraph
from workflows.graph import read_graph
from workflows.models import LinkPermission, Workflow
from workflows.modes import UNNEEDED
from workflows.nodes import type_name
from workflows.webhook_ids import new_seed, webhook_id_from

TRIGGER = "webhook"
#: Of keys that nothing takes, so many are named to the caller.
MOST_KEYS_NAMED, MOST_LETTERS_OF_KEY = 50, 100
KEPT_CALLS = 100
#: Refusals that cost work are as many in a minute at most as calls may be, and never fewer than these.
LEAST_REFUSALS = 20

#: What the audit log calls the limits of a webhook.
WORDS = {
    "credits_per_day": "credits a day",
    "calls_per_minute": "calls a minute",
    "takes_workflow_id": "opens by the workflow’s id",
}

Json = Mapping[str, Any]


class WebhookNotFound(NotFound):
    """There is no webhook of this id, or it is off."""

    def __init__(self) -> None:
        super().__init__("Webhook not found")


class CannotPay(WireflowError):
    """`InsufficientCredits` without the balance, which is nobody else's business."""

    code = InsufficientCredits.code
    status = InsufficientCredits.status
    kind = InsufficientCredits.kind


@dataclass(frozen=True, slots=True)
class Door:
    """A webhook found by what the address names: its id, or its workflow's."""

    webhook: Webhook
    workflow: Workflow
    by_workflow_id: bool


def find_door(name: str) -> Door:
    """The webhook that this part of the address opens. Raises `WebhookNotFound`."""
    found = Webhook.objects.select_related("workflow__team").exclude(workflow__webhook_digest=None)
    found = found.filter(
        workflow__team__in=Member.objects.values("team")
    )  # one whose last member left is closed
    webhook = found.filter(workflow__webhook_digest=digest(name), workflow__deleted_at=None).first()
    if webhook is not None:
        return Door(webhook, webhook.workflow, by_workflow_id=False)
    webhook = found.filter(
        takes_workflow_id=True,
        workflow=name,
        workflow__link_permission=LinkPermission.PRIVATE,  # ids stand in the links of those that are shared
        workflow__deleted_at=None,
    ).first()
    if webhook is None:
        raise WebhookNotFound()
    return Door(webhook, webhook.workflow, by_workflow_id=True)


def switch_on(*, workflow: Workflow, user: User | None) -> None:
    """Let the workflow be started by its webhook; one that was off has its old id again."""
    with transaction.atomic():
        Webhook.objects.get_or_create(workflow=workflow, defaults={"created_by": user})
        _lock(workflow)
        was_on = workflow.webhook_digest is not None
        seed = workflow.webhook_seed or new_seed()
        note_webhook(workflow=workflow, seed=seed, digest=digest(webhook_id_from(seed)))
        if not was_on:
            audit.record(team=workflow.team, change="webhook.switched_on", subject=workflow.name)


def switch_off(*, workflow: Workflow) -> bool:
    """Let nobody in by the webhook any more. False when it was off."""
    with transaction.atomic():
        if _lock(workflow) is None or workflow.webhook_digest is None:
            return False
        note_webhook(workflow=workflow, seed=workflow.webhook_seed, digest=None)
        audit.record(team=workflow.team, change="webhook.switched_off", subject=workflow.name)
    return True


def rotate(*, workflow: Workflow) -> None:
    """Give the webhook another id; the old one opens nothing from now on.

    Whoever had the old id may have read the workflow's id by it, so that one opens nothing either.
    """
    with transaction.atomic():
        webhook = _lock(workflow)
        if webhook is None or workflow.webhook_digest is None:
            raise WebhookNotFound()
        seed = new_seed()
        note_webhook(workflow=workflow, seed=seed, digest=digest(webhook_id_from(seed)))
        Webhook.objects.filter(pk=webhook.pk).update(takes_workflow_id=False)
        audit.record(team=workflow.team, change="webhook.rotated", subject=workflow.name)


def change_limits(*, workflow: Workflow, **limits: Any) -> None:
    """Set ``credits_per_day``, ``calls_per_minute``, ``takes_workflow_id``. Raises `WebhookNotFound`."""
    if not limits:
        return
    with transaction.atomic():
        webhook = _lock(workflow)
        if webhook is None:
            raise WebhookNotFound()
        Webhook.objects.filter(pk=webhook.pk).update(**limits)
        before = {WORDS[name]: getattr(webhook, name) for name in limits}
        after = {WORDS[name]: value for name, value in limits.items()}
        if before != after:
            audit.record(
                team=workflow.team,
                change="webhook.changed",
                subject=workflow.name,
                before=before,
                after=after,
            )


def _lock(workflow: Workflow) -> Webhook | None:
    """The webhook's row, locked until the commit, and the workflow as it is now; None without a webhook."""
    webhook = Webhook.objects.select_for_update().filter(workflow=workflow).first()
    workflow.refresh_from_db(fields=["webhook_seed", "webhook_digest"])
    return webhook


def accept_call(*, name: str, body: Json) -> tuple[Execution, list[str]]:
    """Start the workflow that the address names, with the values of ``body`` that its input nodes take; and the keys
    of those that nothing in it takes.

    A delivery that came before, as its webhook nodes tell by ``dedupe_by``, gives the execution that the first one
    started.

    In one transaction with everything the execution needs: the call counts against the webhook's minute, and what it
    holds against the webhook's day. All of ``body`` stays readable for the workflow's webhook nodes; it can bring
    neither nodes nor settings of other nodes. Raises `WebhookNotFound` (404), `WireflowError` (400), `LimitReached`
    (429) and `InsufficientCredits` (402), worded for strangers.
    """
    with transaction.atomic():
        webhook = Webhook.objects.select_for_update().get(pk=find_door(name).webhook.pk)
        door = find_door(name)  # again, under the lock: the id may have been changed meanwhile
        if door.webhook.pk != webhook.pk:
            raise WebhookNotFound()
        workflow = door.workflow
        _take_call(webhook)
        nodes, edges = stored_graph(workflow)
        delivery = _delivery(nodes, edges, body)
        if delivery and (first := earlier(key=delivery, **_deliveries(webhook, workflow))) is not None:
            note_call(webhook, status=202, error="Delivered before: nothing was started.", execution=first)
            return first, []
        inputs = fitting_inputs(nodes, body)
        ignored = [] if _takes_all(nodes, edges) else [key for key in body if key not in inputs]
        start = Start(nodes=nodes, edges=edges, inputs=inputs, trigger=TRIGGER, trigger_data=body)
        try:
            [accepted] = accept_executions(workflow=workflow, team=workflow.team, start=start)
        except (InvalidGraph, InsufficientCredits, SpendingLimitReached) as refusal:
            raise for_strangers(refusal, given=nodes_given(nodes, inputs)) from refusal
        after = _day_of([workflow.pk])
        if after.of(workflow.pk) > webhook.credits_per_day:
            needed = sum(run.price for run in accepted.runs if run.status not in NODE_OVER)
            raise CapReached(
                webhook, used=after.used[workflow.pk], held=after.held[workflow.pk] - needed, needed=needed
            )
        if delivery:
            note_first(execution=accepted.execution, key=delivery, **_deliveries(webhook, workflow))
        note_call(webhook, status=202, error=_said_of(ignored), execution=accepted.execution)
    return accepted.execution, [key[:MOST_LETTERS_OF_KEY] for key in ignored[:MOST_KEYS_NAMED]]


def _said_of(ignored: Sequence[str]) -> str:
    """What the list of calls tells of keys that no input took."""
    named = ", ".join(f"“{key[:40]}”" for key in ignored[:5])
    more = f" and {len(ignored) - 5} more" if len(ignored) > 5 else ""
    return f"No input takes {named}{more}." if ignored else ""


def _takes_all(nodes: Sequence[Json], edges: Sequence[Json]) -> bool:
    """Whether webhook nodes, those inside components among them, take a body as a whole."""
    catalog = load_catalog()
    names = {type_name(raw) for raw in expand(nodes, edges).nodes}
    return any((kind := catalog.find(name)) and kind.name == "input:webhook" for name in names)


def _delivery(nodes: Sequence[Json], edges: Sequence[Json], body: Json) -> str:
    """What the body has in common with a repeated delivery of it, see `delivery_of`. Raises `BadCall` when it is not
    what the webhook nodes that run ask for, those inside components among them.
    """
    if not _takes_all(nodes, edges):
        return ""  # most graphs: they are read only once, to be run
    graph, _ = read_graph(nodes, edges, load_catalog())
    hooks = [node for node in graph.nodes.values() if node.kind.name == "input:webhook"]
    try:
        for hook in hooks:
            if hook.id not in graph.off:
                check_payload(hook, body)
    except BadValue as error:
        raise BadCall(error.message) from None
    # One that only pinned nodes need gives the run nothing, and yet a delivery that comes again is to start no other.
    guards = [hook for hook in hooks if graph.off.get(hook.id, UNNEEDED) == UNNEEDED]
    return delivery_of(guards, body)


def _deliveries(webhook: Webhook, workflow: Workflow) -> dict[str, Any]:
    """Where the deliveries of a webhook are noted; its row's lock keeps them in turn."""
    return {"team": workflow.team, "door": f"deliveries of webhook {webhook.pk}"}


def stored_graph(workflow: Workflow) -> tuple[list[Any], list[Any]]:
    """What triggers run: the published version where there is one, else the saved graph."""
    app = App.objects.filter(workflow=workflow, is_on=True).select_related("version").first()
    return (app.version.nodes, app.version.edges) if app else workflow.graph_json()


def for_strangers(refusal: WireflowError, *, given: set[str]) -> WireflowError:
    """A refusal in words that tell nothing of a graph or a balance that is not the caller's.

    What is wrong with the values of the nodes in ``given`` is said, for the caller brought them.
    """
    if isinstance(refusal, InsufficientCredits):
        return CannotPay(
            "The team of this workflow has too few credits for this run.",
            insufficientCredits=True,
            requiredCredits=refusal.required,
        )
    if isinstance(refusal, SpendingLimitReached):
        return LimitReached(
            "The team of this workflow has reached a limit of its spending. Please try again later.",
            code=refusal.code,
            limit=0,
            ends_at=refusal.ends_at,
        )
    problems = refusal.context.get("violations", [])
    own = [one["message"] for one in problems if one.get("nodeId") in given]
    text = own[0] if own else "This workflow cannot run as it stands. Tell those who gave you its address."
    return WireflowError(text, code="invalid_inputs" if own else "invalid_graph")


@dataclass(frozen=True, slots=True)
class Day:
    """Workflow → credits of the calls since midnight UTC: what they cost, and what is held for those that go on."""

    used: Counter[str]
    held: Counter[str]

    def of(self, workflow_id: str) -> int:
        return self.used[workflow_id] + self.held[workflow_id]


def spent_today(workflow: Workflow) -> int:
    """What the calls since midnight UTC have cost so far, with what is held for those that go on."""
    return _day_of([workflow.pk]).of(workflow.pk)


def spent_today_by(workflow_ids: Collection[str]) -> Counter[str]:
    """The same for each of several workflows."""
    day = _day_of(workflow_ids)
    return day.used + day.held


def _day_of(workflow_ids: Collection[str]) -> Day:
    calls = Execution.objects.filter(workflow__in=workflow_ids, trigger=TRIGGER, created_at__gte=_midnight())
    going_on = calls.filter(status__in=[ExecutionStatus.PENDING, ExecutionStatus.RUNNING])
    waiting = NodeRun.objects.filter(execution__in=going_on).exclude(status__in=list(NODE_OVER))
    # What is held is read first: a node run that is paid for in between counts twice then, and never not at all.
    held = dict(waiting.values_list("execution__workflow").annotate(Sum("price")))
    return Day(Counter(dict(calls.values_list("workflow").annotate(Sum("credits_used")))), Counter(held))


def _midnight() -> datetime:
    """The last one, in UTC."""
    return timezone.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def check_flood(webhook: Webhook) -> None:
    """Raises `LimitReached` by reading alone where this minute is used up, so that a flood keeps nobody from writing.

    Calls that were refused after some work have a minute of their own.
    """
    for name, most in (_calls(webhook), _refusals(webhook)):
        level = buckets.look(name)
        if level.used >= most:
            raise _too_many(webhook, level.ends_at)
    day = _day_of([webhook.workflow_id])
    if webhook.credits_per_day and day.of(webhook.workflow_id) >= webhook.credits_per_day:
        raise CapReached(webhook, used=day.used[webhook.workflow_id], held=day.held[webhook.workflow_id])


def _take_call(webhook: Webhook) -> None:
    name, most = _calls(webhook)
    level = buckets.take_stored(name, limit=most)
    if not level.is_granted:
        raise _too_many(webhook, level.ends_at)


def _calls(webhook: Webhook) -> tuple[str, int]:
    """The bucket of this minute's calls, and how many it takes."""
    return f"calls of webhook {webhook.pk}", webhook.calls_per_minute


def _refusals(webhook: Webhook) -> tuple[str, int]:
    return f"refusals of webhook {webhook.pk}", max(webhook.calls_per_minute, LEAST_REFUSALS)


def _too_many(webhook: Webhook, ends_at: float) -> LimitReached:
    most = webhook.calls_per_minute
    return LimitReached(
        f"This webhook takes {most} calls a minute. Please try again later.", limit=most, ends_at=ends_at
    )


class CapReached(LimitReached):
    """The credits of a day leave no room. Callers are not told what the team spends: ``for_team`` tells its people."""

    code = "webhook_cap_reached"

    def __init__(self, webhook: Webhook, *, used: int, held: int, needed: int = 0) -> None:
        most = webhook.credits_per_day
        # The first sentence is the same all day, by which calls that were refused alike are known.
        room = f"The {most:,} credits that this webhook may use in a day leave no room for this run."
        needs = f" This run needs {needed:,}." if needed else ""
        end = (_midnight() + timedelta(days=1)).timestamp()
        super().__init__(f"{room}{needs} The next day begins at midnight UTC.", limit=most, ends_at=end)
        self.for_team = f"{room}{needs} {used:,} are used and {held:,} set aside for runs that go on."


def note_refusal(webhook: Webhook, refusal: WireflowError) -> None:
    """Keep what became of a call that was refused. One over a limit of the webhook is told to whoever looks after it,
    and of many in one minute there is one row.
    """
    if refusal.code not in (LimitReached.code, CapReached.code):
        with transaction.atomic():
            name, most = _refusals(webhook)
            buckets.take_stored(name, limit=most)
            note_call(webhook, status=refusal.status, error=refusal.message)
        return
    same = WebhookCall.objects.filter(
        webhook=webhook,
        error__startswith=refusal.message.partition(". ")[0],
        at__gt=timezone.now() - timedelta(seconds=buckets.WINDOW),
    )
    if same.update(times=F("times") + 1):
        return
    with transaction.atomic():
        Webhook.objects.select_for_update().get(pk=webhook.pk)
        if same.update(times=F("times") + 1):
            return
        for_team = refusal.for_team if isinstance(refusal, CapReached) else refusal.message
        note_call(webhook, status=refusal.status, error=for_team)
        name = webhook.workflow.name[:100]
        if isinstance(refusal, CapReached):
            text = (
                f"The {webhook.credits_per_day:,} credits of today of the webhook of “{name}” leave no room for a "
                "further run: calls that need more are refused until midnight UTC."
            )
        else:
            text = (
                f"The webhook of “{name}” is called more than {webhook.calls_per_minute} times a minute: the rest is "
                "refused. If its address leaked, give it a new one."
            )
        notices.tell(
            team_id=webhook.workflow.team_id,
            kind="webhook",
            key=f"webhook:{webhook.pk}:{refusal.code}:{_midnight():%Y%m%d}",
            text=text,
            link=f"/workflows/{webhook.workflow_id}/settings?tab=webhook",
            users=notices.members_of(webhook.workflow.team_id, Role.EDITOR),
        )


def note_call(webhook: Webhook, *, status: int, error: str = "", execution: Execution | None = None) -> None:
    """Keep what became of a call, and the last `KEPT_CALLS` of them."""
    WebhookCall.objects.create(webhook=webhook, status=status, error=error[:300], execution=execution)
    older = WebhookCall.objects.filter(webhook=webhook).order_by("-pk").values("pk")[KEPT_CALLS:]
    WebhookCall.objects.filter(pk__in=list(older.values_list("pk", flat=True))).delete()
