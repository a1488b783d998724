"""The ids a webhook goes by: its own, secret one, which may change, and its workflow's while that is private."""

from __future__ import annotations

import re

from accounts.secrets import digest
from executions.models import Execution, IdempotencyKey
from tests.triggers.callers import call, is_open_to_all, refused
from triggers.models import Webhook
from triggers.webhooks import rotate
from workflows.models import LinkPermission, Workflow
from workflows.webhook_ids import shown_webhook_id


def test_the_workflow_id_works_while_the_webhook_is_on_and_the_workflow_private(client, workflow, webhook_id):
    assert call(client, workflow.pk, {"prompt": "x"}).status_code == 202
    for shared in (LinkPermission.VIEW, LinkPermission.EDIT):
        Workflow.objects.update(link_permission=shared)
        assert refused(client, workflow.pk)[0] == 404
        assert call(client, webhook_id).status_code == 202
    Workflow.objects.update(link_permission=LinkPermission.PRIVATE)
    Webhook.objects.update(takes_workflow_id=False)
    assert refused(client, workflow.pk)[0] == 404


def test_a_workflow_without_webhook_does_not_start_by_its_id(client, workflow):
    assert refused(client, workflow.pk)[0] == 404


def test_an_id_is_stored_as_its_hash_and_shown_again(workflow, webhook_id):
    assert re.fullmatch(r"whk_[a-z2-7]{26}", webhook_id)
    stored = Workflow.objects.get()
    assert stored.webhook_digest == digest(webhook_id)
    assert shown_webhook_id(stored) == webhook_id
    assert webhook_id[4:] not in str(Workflow.objects.values().get())


def test_another_secret_key_leaves_the_id_working_and_unseen(client, settings, workflow, webhook_id):
    settings.SECRET_KEY = "another key of enough characters, for a test"
    assert shown_webhook_id(Workflow.objects.get()) is None
    assert call(client, webhook_id).status_code == 202


def test_a_new_id_shuts_out_the_old_one_and_the_workflows(client, workflow, webhook_id):
    rotate(workflow=workflow)
    new = shown_webhook_id(workflow)
    assert new not in (None, webhook_id)
    assert refused(client, webhook_id)[0] == 404
    assert refused(client, workflow.pk)[0] == 404
    assert call(client, new).status_code == 202


def test_a_stored_answer_does_not_hold_the_address(client, workflow, webhook_id):
    call(client, webhook_id, **{"Idempotency-Key": "k"})
    assert webhook_id not in str(IdempotencyKey.objects.values().get())


def test_the_same_key_starts_once_whatever_id_it_came_by(client, workflow, webhook_id):
    first = call(client, webhook_id, {"prompt": "x"}, **{"Idempotency-Key": "k"})
    again = call(client, workflow.pk, {"prompt": "x"}, **{"Idempotency-Key": "k"})
    assert (again.status_code, again.content) == (202, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert is_open_to_all(again)
    assert refused(client, webhook_id, {"prompt": "y"}, **{"Idempotency-Key": "k"})[0] == 409
    assert Execution.objects.count() == 1


def test_a_refused_call_may_be_made_again_with_its_key(client, workflow, webhook_id):
    Workflow.objects.update(is_active=False)
    assert refused(client, webhook_id, **{"Idempotency-Key": "k"})[0] == 400
    Workflow.objects.update(is_active=True)
    assert call(client, webhook_id, **{"Idempotency-Key": "k"}).status_code == 202
