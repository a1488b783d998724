"""Whatever can fail leads to a step, and the docs list them all."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from django.conf import settings

import executions
import providers
from credits.limits import SpendingLimitReached
from credits.wallets import InsufficientCredits
from executions.models import NodeRun
from executions.next_steps import ADVICE, CHANGES, STEPS, step_for
from providers.errors import ProviderError
from tests.executions.runs import Hand, prompt, start


def kinds_of_failure() -> Iterator[type[ProviderError]]:
    for package in (providers, executions):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" not in module.name and ".management" not in module.name:
                importlib.import_module(module.name)
    left = [ProviderError]
    while left:
        kind = left.pop()
        left += kind.__subclasses__()
        if not kind.__module__.startswith("tests."):
            yield kind


def test_every_code_that_a_node_may_fail_with_has_its_step():
    codes = {kind.code for kind in kinds_of_failure()} | {InsufficientCredits.code, SpendingLimitReached.code}
    assert codes - set(STEPS) == set()
    assert set(STEPS.values()) == set(ADVICE)
    assert set(ADVICE) > CHANGES


def test_what_is_said_of_a_step_agrees_with_whether_the_run_can_be_resumed():
    assert {step for step, words in ADVICE.items() if "run from there" in words} == CHANGES


@pytest.mark.parametrize(
    ("code", "step"), [("content_blocked", "prompt"), ("no_such_code", "again"), ("", "")]
)
def test_what_nobody_has_named_is_tried_again(code, step):
    assert step_for(code) == step


def test_the_docs_list_every_code_with_its_step():
    said = (settings.BASE_DIR / "docs" / "errors.md").read_text("utf-8")
    assert [code for code in STEPS if f"`{code}`" not in said] == []


@pytest.mark.parametrize(
    ("code", "said", "resumes"),
    [
        ("content_blocked", "Change the prompt, or the file that goes in", False),
        ("delivery_failed", "change the address if it is wrong, and run from there", False),
        ("timeout", "Such faults often pass by themselves", True),
    ],
)
def test_the_page_of_a_run_says_what_to_do_next(signed_in, alice, vera, code, said, resumes):
    execution = Hand().finish(start(alice, *prompt("[block]")))
    NodeRun.objects.filter(execution=execution, error_code="content_blocked").update(error_code=code)
    page = signed_in(alice).get(f"/executions/{execution.pk}").content.decode()
    assert said in page
    assert "What succeeded is kept, and costs nothing again." in page
    assert f"/flow/{execution.workflow_id}#node=" in page
    assert ("Resume the run</button>" in page) is resumes

    looked = signed_in(vera).get(f"/executions/{execution.pk}").content.decode()
    assert said in looked
    assert "Resume the run</button>" not in looked


@pytest.mark.parametrize(
    ("code", "link"),
    [
        ("auth_failed", "/settings?tab=provider-keys"),
        ("insufficient_credits", "/usage"),
        ("spending_limit_reached", "/usage/limits"),
    ],
)
def test_what_is_put_right_on_another_page_is_linked(signed_in, alice, vera, settings, code, link):
    settings.SEAL_KEYS, settings.SEAL_KEY_FILE = ["a" * 32], None
    execution = Hand().finish(start(alice, *prompt("[block]")))
    NodeRun.objects.filter(execution=execution, error_code="content_blocked").update(error_code=code)
    button = f'<a class="button small" href="{link}">'
    assert button in signed_in(alice).get(f"/executions/{execution.pk}").content.decode()
    for_all = code != "auth_failed"  # keys are the owners' business
    assert (button in signed_in(vera).get(f"/executions/{execution.pk}").content.decode()) is for_all
