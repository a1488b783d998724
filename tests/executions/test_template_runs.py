"""Every template runs on the sandbox as its `expected` says: how deep, how often, at which price.

Pictures and clips are an eighth as wide and high as in life and made in this process, or this would take minutes: their
real sizes and the child processes are tried in `tests/providers`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from accounts.team_secrets import save_secret
from assets import children
from credits.actions import grant
from executions.actions import Start, start_execution
from executions.decisions import Answer, decide
from executions.models import Execution, NodeRun
from executions.states import ExecutionStatus, NodeStatus
from executions.wire import waits_for_person
from providers.local import child
from providers.local.wire import as_json
from providers.sandbox import draw
from tests.assets.pictures import make_asset, png
from tests.executions.runs import Hand, prove, wallet
from tests.factories import actor_for, team_of
from tests.receiver import Receiver, receiving
from triggers.deliveries import send
from triggers.models import Delivery, DeliveryState
from workflows.actions import create_workflow
from workflows.templates import all_templates

CREDITS = 1000
SHRINK, LARGEST = 8, 600
SIDES = {"width", "height", "cell_width", "cell_height", "size"}


class NoChildren:
    """Does what a `ChildPool` does, here."""

    size = 1

    def call(self, task: str, payload: dict[str, Any], *, timeout: float) -> dict[str, Any]:
        answer: dict[str, Any] = _through_json(child.TASKS[task](_through_json(payload)))
        return answer


def _through_json(value: dict[str, Any]) -> Any:
    return json.loads(json.dumps(value, default=as_json))


@pytest.fixture
def receiver(settings, tmp_path) -> Iterator[Receiver]:
    settings.SEAL_KEY_FILE = tmp_path / "seal"
    with receiving() as made:
        settings.DELIVERY_HOSTS = frozenset([made.host])
        yield made


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    def shrunk(size_of: Callable[..., tuple[int, int]]) -> Callable[..., tuple[int, int]]:
        def smaller(*args: Any) -> tuple[int, int]:
            width, height = size_of(*args)
            if max(width, height) <= LARGEST:  # what follows the size of a picture must go on doing so
                return width, height
            return max(64, width // SHRINK & ~1), max(64, height // SHRINK & ~1)

        return smaller

    monkeypatch.setattr(children, "_pool", NoChildren)
    for name in ("image_size", "clip_size"):
        monkeypatch.setattr(draw, name, shrunk(getattr(draw, name)))


def prepared(template: dict[str, Any], user: User, folder: Path) -> list[dict[str, Any]]:
    """The nodes with a picture in each empty place, and as many of them as the template assumes."""
    asset = make_asset(user, folder, content=png(320, 240))
    lists = template["expected"]["assumes"].get("lists", {})
    nodes = []
    for raw in template["nodes"]:
        params = dict(raw["data"]["params"])
        params |= {name: params[name] // SHRINK for name in SIDES & params.keys() if params[name]}
        match raw["data"]["nodeType"]:
            case "input:image":
                params["image"] = asset.pk
            case "input:image_list":
                params["images"] = [asset.pk] * lists.get(raw["id"], 3)
        nodes.append({**raw, "data": {**raw["data"], "params": params}})
    return nodes


def depth(template: dict[str, Any]) -> int:
    """Nodes on the longest path."""
    sources: dict[str, set[str]] = {raw["id"]: set() for raw in template["nodes"]}
    for edge in template["edges"]:
        sources[edge["target"]].add(edge["source"])
    reach = dict.fromkeys(sources, 1)
    for _ in sources:
        for node_id, before in sources.items():
            reach[node_id] = max([reach[one] + 1 for one in before], default=1)
    return max(reach.values())


def deliver(execution: Execution) -> bool:
    """Carry what waits to be delivered; False when nothing does."""
    waiting = list(Delivery.objects.filter(execution=execution, state=DeliveryState.OPEN))
    send([one.pk for one in waiting])
    return bool(waiting)


def approve(execution: Execution, template: dict[str, Any]) -> None:
    """Approve what waits for a person; where fewer go on than wait, reject the last ones."""
    waiting = [row for row in NodeRun.objects.filter(execution=execution) if waits_for_person(row)]
    assert waiting
    asking = {row.node_id for row in waiting}
    next_ones = {edge["target"] for edge in template["edges"] if edge["source"] in asking}
    runs = template["expected"]["assumes"].get("runs", {})
    approved = min([runs[one] for one in next_ones & runs.keys()], default=len(waiting))
    for number, row in enumerate(sorted(waiting, key=lambda row: row.path)):
        answer = Answer("approve" if number < approved else "reject", by="Bo")
        decide(execution_id=execution.pk, node_id=row.node_id, answer=answer, path=row.path)


@pytest.mark.parametrize("template", all_templates(), ids=lambda template: template["slug"])
def test_a_template_runs_on_the_sandbox_as_expected(template, alice, tmp_path, receiver):
    expected = template["expected"]
    for name in expected["assumes"].get("secrets", []):
        save_secret(actor=actor_for(alice), name=name, value=receiver.url)
    grant(team=team_of(alice), amount=CREDITS, reason="test")
    workflow = create_workflow(
        actor=actor_for(alice), name="W", nodes=prepared(template, alice, tmp_path), edges=template["edges"]
    ).workflow
    execution = start_execution(workflow=workflow, team=team_of(alice), start=Start(), user=alice)
    held = wallet(alice)[1]
    hand = Hand()
    while not hand.finish(execution).is_over:
        if not deliver(execution):
            approve(execution, template)
    prove(execution)
    assert execution.status == ExecutionStatus.COMPLETED
    done = NodeRun.objects.filter(execution=execution, status=NodeStatus.COMPLETED)
    assert Counter(done.values_list("node_id", flat=True)) == Counter(
        {raw["id"]: expected["executionsPerNode"].get(raw["id"], 1) for raw in template["nodes"]}
    )
    assert done.exclude(credits_used=0).count() == expected["paidCalls"]
    assert wallet(alice) == (CREDITS - expected["credits"], 0, expected["credits"])
    assert held <= expected["maxCredits"] and depth(template) == expected["depth"]
