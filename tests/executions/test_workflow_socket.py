"""The socket of an open workflow: everybody hears what was saved, in order, and who else is there."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from accounts import news, notices
from executions.workflow_consumer import MOST_WORDS
from tests.executions.lines import Line, opened
from tests.executions.runs import prompt, start
from tests.factories import actor_for
from tests.processes import PATIENCE
from tests.workflows.parts import CONTENT, portrait
from workflows.actions import change_settings
from workflows.component_actions import change_component
from workflows.ids import written
from workflows.models import Workflow
from workflows.together import merge_draft
from workflows.workbench import open_workbench

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


BROKEN = [
    '{"type": "presence", "at": NaN}',
    '{"type": "presence", "nodes": ["\\ud800"]}',
    '{"type": "presence", "moving": {"\\ud800": [1, 2]}}',
    '{"type": "presence", "nodes": ["\\u0000"]}',
    f'{{"type": "presence", "at": [{"9" * 400}, 0]}}',
    '{"type": 7}',
    '"presence"',
    "[" * 9_000,
    "x" * 20_000,
]


async def say(socket: Line, **message: Any) -> None:
    await socket.send_input({"type": "websocket.receive", "text": json.dumps(message)})


def moved(x: int, node_id: str = "text") -> dict[str, Any]:
    return {"nodes": {"changed": {node_id: [{"path": ["position", "x"], "value": x}]}}}


def edit(workflow: Workflow, op_id: str, x: int) -> None:
    node_id = workflow.nodes.order_by("place").first().node_id
    merge_draft(workflow=workflow, base_updated_at="", op_id=op_id, changes=moved(x, node_id))


async def test_who_looks_on_hears_every_edit_once_and_in_order(alice, vera):
    news.register_loop(asyncio.get_running_loop())
    workflow = (await sync_to_async(start)(alice, *prompt("x"))).workflow
    base = written(workflow.updated_at)
    socket = await opened(f"/ws/workflows/{workflow.pk}", vera)
    await sync_to_async(edit)(workflow, "one", 1)
    heard = [await socket.frame()]
    for number in range(2, 30):
        await sync_to_async(edit)(workflow, f"op {number}", number)
    while heard[-1]["updatedAt"] != written(workflow.updated_at):
        heard.append(await socket.frame())
    edits = [one for frame in heard for one in frame["edits"]]
    assert [one["opId"] for one in edits] == ["one", *(f"op {number}" for number in range(2, 30))]
    assert [one["before"] for one in edits] == [base, *(one["updatedAt"] for one in edits[:-1])]

    late = await opened(f"/ws/workflows/{workflow.pk}", alice)
    await say(late, type="since", updatedAt=base)
    assert (await late.frame())["edits"] == edits
    await sync_to_async(change_settings)(workflow=workflow, name="Over REST")
    assert await late.frame() == {
        "type": "workflow.saved",
        "updatedAt": written(workflow.updated_at),
        "edits": [],
    }
    await late.close()
    await socket.close()


async def test_who_has_a_workbench_open_hears_that_somebody_made_a_version_of_it(alice, vera):
    component = await sync_to_async(portrait)(alice)
    actor = await sync_to_async(actor_for)(alice)
    bench = await sync_to_async(open_workbench)(actor=actor, component=component)
    socket = await opened(f"/ws/workflows/{bench.workflow.pk}", vera)
    at = bench.workflow.updated_at
    await sync_to_async(change_component)(
        actor=actor, component=component, base_version=1, content=CONTENT, bench_saved_at=at
    )
    assert await socket.frame() == {"type": "workbench.saved", "updatedAt": written(at)}
    await socket.close()


async def test_the_bell_rings_for_whoever_was_told_something_and_for_nobody_else(alice, vera):
    workflow = (await sync_to_async(start)(alice, *prompt("x"))).workflow
    hers, theirs = [await opened(f"/ws/workflows/{workflow.pk}", user) for user in (alice, vera)]
    team = (await sync_to_async(actor_for)(alice)).team
    told = {"team_id": team.pk, "kind": "limit", "text": "Half of it is used.", "link": "/usage/limits"}
    await sync_to_async(notices.tell)(key="k", users=[alice.pk], **told)
    assert await hers.frame() == {"type": "notice.told"}
    assert await theirs.receive_nothing(0.05)
    await hers.close()
    await theirs.close()


async def test_a_lost_word_about_an_edit_is_made_up_for(alice, monkeypatch):
    monkeypatch.setattr("executions.consumers.READ_AGAIN_SECONDS", 0.05)
    monkeypatch.setattr("workflows.live.announce", lambda *_: None)
    workflow = (await sync_to_async(start)(alice, *prompt("x"))).workflow
    socket = await opened(f"/ws/workflows/{workflow.pk}", alice)
    await sync_to_async(edit)(workflow, "one", 1)
    assert [one["opId"] for one in (await socket.frame())["edits"]] == ["one"]
    await socket.close()


async def test_who_is_there_is_told_to_the_others_and_nothing_else_is_passed_on(alice, vera):
    workflow = (await sync_to_async(start)(alice, *prompt("x"))).workflow
    here, there = [await opened(f"/ws/workflows/{workflow.pk}", user) for user in (alice, vera)]
    await there.receive_nothing(0.01)
    await say(
        there,
        type="presence",
        at=[1, 2.55],
        nodes=["text", 7, "x" * 200],
        moving={"text": [3, 4], "no": ["a", 1], "far": [1e12, 0]},
        name="Alice",
        edits=True,
        asks=True,
    )
    told = await here.frame()
    who = told.pop("who")
    assert told == {
        "type": "workflow.presence",
        "name": vera.get_full_name(),
        "edits": False,
        "at": [1, 2.5],
        "nodes": ["text"],
        "moving": {"text": [3, 4]},
        "asks": True,
    }
    for broken in BROKEN:
        await there.send_input({"type": "websocket.receive", "text": broken})
    for number in range(100):
        await say(there, type="presence", at=[number, 0])
    await there.close()
    frames = [await here.frame()]
    assert frames[0]["at"] == [0, 0]  # of what was broken nothing came, and both sockets live
    while frames[-1]["type"] == "workflow.presence":
        frames.append(await here.frame())
    assert frames[-1] == {"type": "workflow.left", "who": who}
    assert len(frames) < 70  # within two seconds
    await here.close()


async def test_who_asks_for_edits_all_the_time_gets_no_more_than_so_many_answers(alice, monkeypatch):
    monkeypatch.setattr("executions.consumers.READ_AGAIN_SECONDS", PATIENCE)
    monkeypatch.setattr("executions.workflow_consumer.time", SimpleNamespace(monotonic=lambda: 7.0))
    workflow = (await sync_to_async(start)(alice, *prompt("x"))).workflow
    socket = await opened(f"/ws/workflows/{workflow.pk}", alice)
    for _ in range(MOST_WORDS + 20):
        await say(socket, type="since", updatedAt="2020-01-01T00:00:00.000Z")
    await socket.close()
    assert socket.output_queue.qsize() == MOST_WORDS
