"""Providers that tell us of the end of a job: their news makes us ask at once, and nothing else.

Only a poll brings a result in, by the same guarded way as ever, so that doubled, late and early news do no harm. The
address holds the key of the submission, which nobody else knows, and the message is signed.
"""

from __future__ import annotations

from collections.abc import Collection

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from executions import dispatch
from executions.models import NodeRun, Submission, WaitFor
from executions.providers import provider_for
from executions.states import NodeStatus, SubmissionState
from providers.base import Provider, Telling
from providers.drivers import DRIVERS
from providers.errors import NotTold, ProviderError
from wireflow_ui.errors import NotFound, WireflowError


class Forged(WireflowError):
    """The message is not the provider's."""

    code = "bad_signature"
    status = 401
    kind = "authentication_error"


class CannotTell(WireflowError):
    """Whether the message is the provider's cannot be found out now; it will be sent again."""

    code = "unavailable"
    status = 503


def address_for(provider: str, key: str) -> str:
    """Where a provider may tell of the end of the job of this submission; "" when it cannot reach us."""
    return f"{settings.PUBLIC_URL}/webhooks/providers/{provider}/{key}" if settings.PROVIDER_WEBHOOKS else ""


@csrf_exempt
@never_cache
@require_POST
def told(request: HttpRequest, provider: str, key: str) -> HttpResponse:
    """``POST /webhooks/providers/{provider}/{key}``: 200 for whatever the provider signed, 401 for all else."""
    submission = (
        Submission.objects.select_related("node_run__execution")
        .filter(provider=provider, idempotency_key=key)
        .first()
    )
    source: object = _signer(submission) if submission is not None else None
    if submission is None or not isinstance(source, Telling):
        raise NotFound("There is no such job.")
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        ref = async_to_sync(source.told)(headers, request.body)
    except NotTold:
        raise Forged("The message is not signed by the provider, or too old.") from None
    except ProviderError as error:
        raise CannotTell("The signature cannot be checked now. Send it again.") from error
    known = submission.provider_ref or ref
    if ref and (known == ref or known.endswith(f"/{ref}")):
        hear(submission)
    return JsonResponse({"ok": True})


def _signer(submission: Submission) -> Provider:
    """The provider with the key with which the job was begun: some sign with it, or tell it their secret alone."""
    team_id = submission.node_run.execution.team_id
    return provider_for(submission.provider, team_id, own_key=submission.own_key)


def hear(submission: Submission) -> bool:
    """The job of a submission is over at its provider: ask for it at once. False: that is known, or it is over here.

    News that come before the answer to the call wait in the submission, see `executions.engine.waits`.
    """
    under_way = (SubmissionState.INTENT, SubmissionState.SENT, SubmissionState.UNKNOWN)
    with transaction.atomic():
        is_new = Submission.objects.filter(pk=submission.pk, told_at=None, state__in=under_way).update(
            told_at=Now()
        )
        if not is_new:
            return False
        NodeRun.objects.filter(
            pk=submission.node_run_id, status=NodeStatus.WAITING, wait_for=WaitFor.RESULT
        ).update(due_at=Now())
        transaction.on_commit(lambda: dispatch.ring_due([submission.node_run_id]))
    return True


def told_of(node_run_ids: Collection[int]) -> list[int]:
    """Of these node runs those that wait for a job of whose end the provider has told."""
    if not node_run_ids or not settings.PROVIDER_WEBHOOKS:
        return []
    told = Submission.objects.filter(state=SubmissionState.SENT, told_at__isnull=False)
    return list(told.filter(node_run__in=node_run_ids).values_list("node_run", flat=True))


def will_tell(provider: str) -> bool:
    """Does this provider tell of the end of its jobs, so that polls are a safety net alone?"""
    return settings.PROVIDER_WEBHOOKS and provider in DRIVERS and issubclass(DRIVERS[provider], Telling)
