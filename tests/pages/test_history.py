"""The history, asked as a browser asks."""

from __future__ import annotations

import pytest
from django.core.exceptions import SuspiciousOperation
from django.test import RequestFactory

from executions import views
from tests.workflows.conftest import make_workflow
from wireflow_ui import api
from workflows import actions


@pytest.fixture
def browser(signed_in, alice):
    return signed_in(alice)


def test_back_gets_the_whole_page(browser):
    part = browser.get("/executions", headers={"HX-Request": "true"})
    assert part.templates[0].name == "executions/_rows.html"
    asked_by_back = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert browser.get("/executions", headers=asked_by_back).templates[0].name == "executions/list.html"


def test_the_workflow_that_is_filtered_by_is_always_among_the_choices(browser, alice, charlie, monkeypatch):
    monkeypatch.setattr(views, "MOST_CHOICES", 2)
    old, gone, mid, new = (make_workflow(alice, name) for name in ("Old", "Gone", "Mid", "New"))
    actions.delete_workflow(workflow=gone)
    foreign = make_workflow(charlie, "Hers")

    def choices(chosen):
        return browser.get("/executions", {"workflow": chosen}).context["workflows"]

    assert choices("") == choices(new.pk) == choices(foreign.pk) == [new, mid]
    assert choices(old.pk) == [new, mid, old]
    assert choices(gone.pk) == [new, mid, gone]


def test_a_request_that_cannot_be_read_is_answered_with_a_page():
    answer = api.bad_request(RequestFactory().get("/"), SuspiciousOperation())
    assert answer.status_code == 400
    assert b"This request cannot be read" in answer.content
