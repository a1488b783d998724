"""The sockets: a snapshot, then numbered events, for the team alone, wherever a client had stopped."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest
from asgiref.sync import sync_to_async

from accounts import news
from executions.actions import Start, cancel_execution, start_execution
from executions.models import GUEST, Execution
from executions.runs import graph_of
from executions.story import Story
from executions.wire import execution_object
from tests.executions.boards import LIST, collect, each, lines, llm, text
from tests.executions.lines import Frame, Line, opened
from tests.executions.runs import Hand, make_workflow, prompt, start
from tests.factories import team_of
from tests.processes import PATIENCE

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


def fresh(execution: Execution) -> Frame:
    execution.refresh_from_db()
    runs = list(execution.node_runs.order_by("position", "id"))
    return execution_object(execution, graph_of(execution), runs)


def by_key(state: Frame) -> dict[str, Frame]:
    return {f"{run['nodeId']} {run['itemPath']}": run for run in state["nodeResults"]["nodeRuns"]}


async def follow(socket: Line, first: Frame | None = None) -> tuple[dict[str, Frame], Frame, list[int]]:
    """Node runs, the execution and the numbers seen, until the execution is over."""
    first = first or await socket.frame()
    assert first["type"] == "snapshot"
    assert first["seq"] == first["execution"]["seq"]
    runs, state, seqs = by_key(first["execution"]), first["execution"], [first["seq"]]
    while state["status"] == "RUNNING":
        frame = await socket.frame()
        assert frame["type"] == "events"
        for event in frame["events"]:
            seqs.append(event["seq"])
            if event["kind"].startswith("node_run."):
                runs[f"{event['nodeId']} {event['itemPath']}"] = event["data"]
            else:
                state = event["data"]
        assert frame["seq"] == seqs[-1]
    return runs, state, seqs


@pytest.fixture(autouse=True)
def loop_for_news():
    yield
    news.register_loop(None)


@pytest.fixture
def run_of(alice) -> Callable[[], Execution]:
    def make() -> Execution:
        nodes = [text("words", "a,[block],c"), lines(), each(), llm("make"), collect()]
        return start(alice, nodes, *LIST, "each.item make.prompt", "make.text all.item")

    return make


@pytest.mark.parametrize("stopped_at", [4, 1000])
async def test_a_client_that_comes_back_anywhere_sees_the_same_end(alice, run_of, stopped_at):
    news.register_loop(asyncio.get_running_loop())
    execution = await sync_to_async(run_of)()
    hand = Hand()
    first = await opened(f"/ws/executions/{execution.pk}", alice)
    second = await opened(f"/ws/executions/{execution.pk}?after={stopped_at}", alice)
    following = [asyncio.create_task(follow(one)) for one in (first, second)]
    await sync_to_async(hand.do)(execution)
    late = await opened(f"/ws/executions/{execution.pk}?after={stopped_at}", alice)
    await sync_to_async(hand.finish)(execution)
    following.append(asyncio.create_task(follow(late)))
    truth = await sync_to_async(fresh)(execution)
    for runs, state, seqs in await asyncio.gather(*following):
        assert seqs == list(range(seqs[0], truth["seq"] + 1))
        assert runs == by_key(truth)
        assert state["status"] == truth["status"] == "COMPLETED"
        assert state["warnings"] == truth["warnings"]
    for socket in (first, second, late):
        await socket.close()


async def test_more_events_than_fit_one_frame_come_in_several(alice, run_of, monkeypatch):
    monkeypatch.setattr("executions.story.MOST_EVENTS", 2)
    news.register_loop(asyncio.get_running_loop())
    execution = await sync_to_async(run_of)()
    socket = await opened(f"/ws/executions/{execution.pk}", alice)
    first = await socket.frame()
    await sync_to_async(Hand().finish)(execution)
    _, state, seqs = await follow(socket, first)
    assert (state["status"], len(seqs)) == ("COMPLETED", execution.last_seq)
    await socket.close()


async def test_without_any_news_the_events_are_read_by_themselves(alice, run_of, monkeypatch):
    monkeypatch.setattr("executions.consumers.READ_AGAIN_SECONDS", 0.01)
    monkeypatch.setattr("accounts.news.publish", lambda group, message: None)
    execution = await sync_to_async(run_of)()
    socket = await opened(f"/ws/executions/{execution.pk}", alice)
    following = asyncio.create_task(follow(socket))
    assert await sync_to_async(cancel_execution)(execution_id=execution.pk)
    assert (await following)[1]["status"] == "CANCELLED"
    await socket.close()


@pytest.mark.parametrize(("who", "code"), [(None, 4401), ("charlie", 4404), ("vera", None)])
@pytest.mark.parametrize("kind", ["executions", "workflows"])
async def test_only_the_team_may_listen(alice, request, who, code, kind, run_of):
    person = await sync_to_async(request.getfixturevalue)(who) if who else None
    execution = await sync_to_async(run_of)()
    path = f"/ws/{kind}/{execution.pk if kind == 'executions' else execution.workflow_id}"
    socket = await opened(path, person)
    if code is None:
        if kind == "executions":
            assert (await socket.frame())["type"] == "snapshot"
        assert await socket.receive_nothing(0.01)
        await socket.close()
    else:
        closed = await socket.receive_output(PATIENCE)
        assert (closed["type"], closed["code"]) == ("websocket.close", code)


async def test_another_site_may_not_listen(alice, run_of):
    execution = await sync_to_async(run_of)()
    path = f"/ws/executions/{execution.pk}"
    socket = await sync_to_async(Line)(path, alice, origin="https://evil.example")
    assert not await socket.connect()


async def test_a_person_who_left_the_team_hears_no_more(alice, bob, run_of, monkeypatch):
    news.register_loop(asyncio.get_running_loop())
    monkeypatch.setattr("executions.consumers.CHECK_AGAIN_SECONDS", -1)
    execution = await sync_to_async(run_of)()
    socket = await opened(f"/ws/executions/{execution.pk}", bob)
    await socket.frame()
    await bob.memberships.all().adelete()
    await sync_to_async(cancel_execution)(execution_id=execution.pk)
    closed = await socket.receive_output(PATIENCE)
    assert (closed["type"], closed["code"]) == ("websocket.close", 4401)  # in no team at all


async def test_a_new_password_closes_what_was_open(alice, run_of, monkeypatch):
    monkeypatch.setattr("executions.consumers.CHECK_AGAIN_SECONDS", 0.02)
    execution = await sync_to_async(run_of)()
    for path in (f"/ws/executions/{execution.pk}", f"/ws/workflows/{execution.workflow_id}"):
        monkeypatch.setattr("executions.consumers.READ_AGAIN_SECONDS", 0.02)
        socket = await opened(path, alice)
        if "executions" in path:
            await socket.frame()
        alice.set_password("another long phrase")
        await alice.asave()
        closed = await socket.receive_output(PATIENCE)
        assert (closed["type"], closed["code"]) == ("websocket.close", 4401)


async def test_who_watches_a_workflow_hears_that_a_run_began(alice, run_of):
    news.register_loop(asyncio.get_running_loop())
    execution = await sync_to_async(start)(alice, *prompt("x"))
    socket = await opened(f"/ws/workflows/{execution.workflow_id}", alice)
    await socket.receive_nothing(0.05)

    def again() -> Execution:
        assert execution.workflow is not None
        return start_execution(workflow=execution.workflow, team=execution.team, start=Start())

    second = await sync_to_async(again)()
    heard = await socket.frame()
    assert heard == {"type": "execution.started", "executionId": str(second.pk)}
    snapshot = await socket.frame()
    assert (snapshot["type"], snapshot["execution"]["executionId"]) == ("snapshot", str(second.pk))
    await socket.close()


async def test_a_run_that_began_is_told_with_its_first_news_and_what_is_over_at_once(alice, monkeypatch):
    monkeypatch.setattr("executions.consumers.FIRST_LOOK_SECONDS", PATIENCE * 10)
    monkeypatch.setattr("executions.consumers.READ_AGAIN_SECONDS", PATIENCE * 10)
    news.register_loop(asyncio.get_running_loop())
    workflow = await sync_to_async(make_workflow)(alice, *prompt("a boat"))
    team = await sync_to_async(team_of)(alice)
    socket = await opened(f"/ws/workflows/{workflow.pk}", alice)
    await sync_to_async(start_execution)(workflow=workflow, team=team, start=Start(target_node_id="ask"))
    assert (await socket.frame())["type"] == "execution.started"
    assert (await socket.frame())["execution"]["status"] == "COMPLETED"
    running = await sync_to_async(start_execution)(workflow=workflow, team=team, start=Start())
    assert (await socket.frame())["type"] == "execution.started"
    assert await sync_to_async(cancel_execution)(execution_id=running.pk)
    told = await socket.frame()
    assert (told["type"], told["execution"]["status"]) == ("snapshot", "CANCELLED")
    await socket.close()


async def ask(socket: Line, execution_id: object) -> None:
    text = json.dumps({"type": "follow", "executionId": str(execution_id)})
    await socket.send_input({"type": "websocket.receive", "text": text})


async def test_a_workflows_socket_tells_how_its_runs_go(alice, run_of):
    news.register_loop(asyncio.get_running_loop())
    execution = await sync_to_async(run_of)()
    socket = await opened(f"/ws/workflows/{execution.workflow_id}", alice)
    await ask(socket, execution.pk)
    await ask(socket, execution.pk)  # once more changes nothing
    first = await socket.frame()
    await sync_to_async(Hand().finish)(execution)
    runs, state, seqs = await follow(socket, first)
    truth = await sync_to_async(fresh)(execution)
    assert seqs == list(range(seqs[0], truth["seq"] + 1))
    assert (runs, state["status"]) == (by_key(truth), "COMPLETED")
    await ask(socket, execution.pk)  # it is over, and may be asked for again
    assert (await socket.frame())["execution"] == truth
    assert await socket.receive_nothing(0.01)
    await socket.close()


async def test_frames_name_their_run(alice, run_of):
    news.register_loop(asyncio.get_running_loop())
    first = await sync_to_async(run_of)()
    socket = await opened(f"/ws/workflows/{first.workflow_id}", alice)

    def again() -> Execution:
        assert first.workflow is not None
        return start_execution(workflow=first.workflow, team=first.team, start=Start())

    await ask(socket, first.pk)
    await socket.frame()
    second = await sync_to_async(again)()
    assert [(await socket.frame())["type"] for _ in range(2)] == ["execution.started", "snapshot"]
    for execution in (second, first):
        assert await sync_to_async(cancel_execution)(execution_id=execution.pk)
        frame = await socket.frame()
        assert (frame["type"], frame["executionId"]) == ("events", str(execution.pk))
        assert frame["events"][-1]["kind"] == "execution.cancelled"
    await socket.close()


async def test_a_workflows_socket_tells_of_no_other_runs(alice, charlie, run_of):
    mine, other = await sync_to_async(run_of)(), await sync_to_async(run_of)()
    theirs = await sync_to_async(start)(charlie, *prompt("x"))
    assert mine.workflow_id != other.workflow_id
    await Execution.objects.filter(pk=mine.pk).aupdate(trigger=GUEST)
    socket = await opened(f"/ws/workflows/{mine.workflow_id}", alice)
    for asked in (other.pk, theirs.pk, mine.pk, "x"):
        await ask(socket, asked)
    for said in (
        "",
        "x",
        "[]",
        "7",
        "null",
        "{}",
        '{"type":"follow"}',
        '{"type":"follow","executionId":7}',
        "[" * 9000,
    ):
        await socket.send_input({"type": "websocket.receive", "text": said})
    await socket.send_input({"type": "websocket.receive", "bytes": b"x"})
    await Execution.objects.filter(pk=mine.pk).aupdate(trigger="api")
    await ask(socket, mine.pk)
    assert (await socket.frame())["execution"]["executionId"] == str(mine.pk)
    await socket.close()


async def test_a_workflows_socket_tells_of_so_many_runs_at_once(alice, run_of, monkeypatch):
    monkeypatch.setattr("executions.workflow_consumer.MOST_STORIES", 1)
    news.register_loop(asyncio.get_running_loop())
    first = await sync_to_async(run_of)()

    def again() -> Execution:
        assert first.workflow is not None
        return start_execution(workflow=first.workflow, team=first.team, start=Start())

    second = await sync_to_async(again)()
    socket = await opened(f"/ws/workflows/{first.workflow_id}", alice)
    await ask(socket, first.pk)
    await socket.frame()
    await ask(socket, second.pk)
    for execution in (second, first):
        assert await sync_to_async(cancel_execution)(execution_id=execution.pk)
    assert (await socket.frame())["executionId"] == str(first.pk)
    await ask(socket, second.pk)  # now there is room
    assert (await socket.frame())["execution"]["executionId"] == str(second.pk)
    await socket.close()


async def test_a_fault_closes_the_socket_and_is_logged(alice, run_of, monkeypatch, caplog):
    def fail(story: Story) -> list[Frame]:
        raise ZeroDivisionError("a bug")

    execution = await sync_to_async(run_of)()
    monkeypatch.setattr(Story, "frames", fail)
    socket = await opened(f"/ws/executions/{execution.pk}", alice)
    closed = await socket.receive_output(PATIENCE)
    assert (closed["type"], closed["code"]) == ("websocket.close", 1011)
    assert [record.getMessage() for record in caplog.records] == ["A socket was closed."]
