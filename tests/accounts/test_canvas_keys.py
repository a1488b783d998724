"""The keys of the canvas: each person's own, the same on every machine."""

from __future__ import annotations

import json

import pytest

from tests.factories import actor_for
from workflows import actions

FIGMA = {"preset": "figma", "own": {"tidy": ["shift+t"], "run": []}}


def keep(browser, keys):
    return browser.post("/settings/keys", keys, content_type="application/json")


def test_keys_are_kept_for_whoever_set_them(signed_in, alice, vera):
    workflow = actions.create_workflow(actor=actor_for(alice), name="W", nodes=[], edges=[]).workflow
    assert keep(signed_in(vera), FIGMA).json() == FIGMA
    vera.refresh_from_db()
    alice.refresh_from_db()
    assert (vera.canvas_keys, alice.canvas_keys) == (FIGMA, None)

    def shown(user):
        page = signed_in(user).get(f"/flow/{workflow.pk}")
        return page.context["canvas_data"]["user"]["keys"]

    assert (shown(vera), shown(alice)) == (FIGMA, None)


def test_the_usual_keys_are_kept_as_nothing(signed_in, alice):
    browser = signed_in(alice)
    keep(browser, FIGMA)
    keep(browser, {"preset": "own", "own": {}})
    alice.refresh_from_db()
    assert alice.canvas_keys is None


@pytest.mark.parametrize(
    "keys",
    [
        {}, [], {"preset": "vim", "own": {}}, {"preset": "own"}, {"preset": "own", "own": {"run": "x"}},
        {"preset": "own", "own": {"run": ["x" * 61]}}, {"preset": "own", "own": {"run": ["x"] * 9}},
        {"preset": "own", "own": {str(number): [] for number in range(301)}},
        {"preset": "own", "own": {"x" * 61: []}}, {"preset": "own", "own": {"run": [{"a": 1}]}},
    ],
    ids=lambda keys: json.dumps(keys)[:40],
)  # fmt: skip
def test_what_are_no_keys_is_refused(signed_in, alice, keys):
    assert keep(signed_in(alice), keys).status_code == 400
    alice.refresh_from_db()
    assert alice.canvas_keys is None
