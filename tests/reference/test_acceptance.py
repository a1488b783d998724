"""The calls that published clients make, sent by curl and Node to a real server: contract §14."""

from __future__ import annotations

import json
import re
import subprocess
import threading
import time
from typing import Any

import pytest

pytestmark = pytest.mark.service

CURL = ["curl", "-sS", "-i", "--noproxy", "*", "--max-time", "60"]
PNG = b"\x89PNG\r\n\x1a\n"


class Answer:
    """What curl -i printed."""

    def __init__(self, text: str) -> None:
        head, _, self.text = text.partition("\n\n")  # read as text, so without \r
        lines = head.split("\n")
        self.status = int(lines[0].split()[1])
        self.headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])
        }

    @property
    def body(self) -> Any:
        return json.loads(self.text)


def curl(url: str, *words: str) -> Answer:
    done = subprocess.run([*CURL, url, *words], capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr
    answer = Answer(done.stdout)
    if "/api/" in url:  # §14.8: on every answer
        for name in ("x-request-id", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"):
            assert answer.headers[name], (url, name)
    return answer


def with_key(key: str, body: Any = None, *more: str) -> list[str]:
    words = ["-H", f"Authorization: Bearer {key}", *more]
    if body is not None:
        words += ["-X", "POST", "-H", "Content-Type: application/json", "-d", json.dumps(body)]
    return words


def node(name: str, kind: str, **params: Any) -> dict[str, Any]:
    return {"id": name, "data": {"nodeType": kind, "params": params}}


def edge(source: str, output: str, target: str, entry: str) -> dict[str, Any]:
    ends = {"sourceHandle": f"out-{output}", "targetHandle": f"in-{entry}"}
    return {"source": source, "target": target, **ends}


def wait_for(live, run: str, key: str = "") -> dict[str, Any]:
    """The poll of a run that is over."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        state = curl(f"{live.server.url}/api/v1/workflows/executions/{run}/poll", *with_key(key or live.key))
        assert state.status == 200
        if state.body["status"] != "RUNNING":
            return state.body
        time.sleep(0.2)
    raise AssertionError(f"{run} did not end")


def fetch(url: str) -> bytes:
    """A result's bytes, without a key."""
    words = ["curl", "-sS", "--fail", "--noproxy", "*", url]
    return subprocess.run(words, capture_output=True, check=True, timeout=90).stdout


def test_create_execute_and_poll(live):
    api = f"{live.server.url}/api/v1"
    graph = {
        "nodes": [
            node("input-1", "input:text", prompt="A red fox"),
            node("gen-1", "generate:nano_banana_pro", resolution="1K", aspect_ratio="16:9"),
        ],
        "edges": [edge("input-1", "prompt", "gen-1", "prompt")],
    }
    made = curl(f"{api}/workflows", *with_key(live.key, {"name": "Fox", **graph}))
    assert (made.status, made.body["id"] == made.body["data"]["id"]) == (201, True)
    url = f"{api}/workflows/{made.body['id']}/execute"
    ran = curl(url, *with_key(live.key, {"nodes": [], "edges": []}))
    assert ran.status == 201
    assert ran.body["executionId"] == ran.body["executionRuns"][0]["id"]
    assert ran.headers["location"] == f"/api/v1/workflows/executions/{ran.body['executionId']}/poll"
    state = wait_for(live, ran.body["executionId"])
    assert (state["status"], state["error"]) == ("COMPLETED", None)
    [output] = [run["output"] for run in state["nodeResults"]["nodeRuns"] if run["nodeId"] == "gen-1"]
    assert fetch(output["images"][0]["url"]) == fetch(state["finalOutput"]["url"])
    assert fetch(state["finalOutput"]["url"]).startswith(PNG)


def test_a_failed_run_tells_its_error_at_the_top_and_at_the_node(live):
    graph = {
        "nodes": [node("t", "input:text", prompt="[block] a fox"), node("g", "generate:nano_banana_2")],
        "edges": [edge("t", "prompt", "g", "prompt")],
    }
    ran = curl(
        f"{live.server.url}/api/v1/workflows/{live.make_workflow(graph)}/execute", *with_key(live.key, {})
    )
    state = wait_for(live, ran.body["executionId"])
    assert (state["status"], state["creditsUsed"]) == ("FAILED", 0)
    assert state["error"]
    assert [one["nodeId"] for one in state["nodeStates"] if one["error"]] == ["g"]


def test_a_webhook_starts_without_a_key(live):
    webhook = live.make_webhook(live.make_workflow())
    url = f"{live.server.url}/api/v1/workflow/{webhook}/trigger"
    words = ["-X", "POST", "-H", "Content-Type: application/json", "-d", '{"prompt":"A blue boat"}']
    started = curl(url, *words)
    assert started.status == 202
    assert started.body == {
        "executionId": started.body["executionId"],
        "status": "queued",
        "message": "Workflow execution queued successfully",
    }
    looked, preflight = curl(url), curl(url, "-X", "OPTIONS")
    assert (looked.status, preflight.status) == (200, 204)
    assert {one.headers["access-control-allow-origin"] for one in (started, looked, preflight)} == {"*"}
    state = wait_for(live, started.body["executionId"])
    assert state["status"] == "COMPLETED"
    [text] = [one["text"] for one in state["nodeStates"] if one["nodeId"] == "text-1"]
    assert text == "A blue boat"


CLIENT = """
const [base, key, workflow, idempotencyKey] = process.argv.slice(1);
async function execute() {
  for (;;) {
    const res = await fetch(`${base}/api/v1/workflows/${workflow}/execute`, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${key}`,
        "Content-Type": "application/json",
        "Idempotency-Key": idempotencyKey,
      },
      body: JSON.stringify({ nodes: [], edges: [] }),
    });
    if (res.status === 429) {
      const seconds = Number(res.headers.get("Retry-After"));
      console.log(`waiting ${seconds}`);
      await new Promise((done) => setTimeout(done, seconds * 1000));
      continue;
    }
    if (!res.ok) {
      const err = await res.json();
      throw new Error(err.error);
    }
    return (await res.json()).executionId;
  }
}
try {
  console.log(await execute());
} catch (error) {
  console.log(error.message);
}
"""


def client(live, key: str, workflow: str, idempotency_key: str) -> list[str]:
    """The lines that the JavaScript client prints."""
    words = ["node", "--input-type=module", "-e", CLIENT, live.server.url, key, workflow, idempotency_key]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:-1]


def test_the_javascript_client_repeats_itself_without_running_twice(live):
    workflow = live.make_workflow()
    first, second = (client(live, live.key, workflow, "a-key-of-mine") for _ in range(2))
    assert first == second
    assert re.fullmatch(r"[0-9a-f-]{36}", first[0])
    history = curl(f"{live.server.url}/api/v1/workflows/{workflow}/executions", *with_key(live.key))
    assert [one["executionId"] for one in history.body] == first


def test_the_javascript_client_prints_the_error_of_a_refusal(live):
    assert client(live, live.key, "cm00000000000000000000000", "x") == ["Workflow not found"]


def test_the_javascript_client_waits_as_retry_after_says(live):
    """Ten runs that never get ready fill the plan; one is stopped while the client waits."""
    key = live.another_key("frieda", "--plan", "pro", "--credits", "1000")
    graph = {
        "nodes": [node("t", "input:text", prompt="x"), node("g", "generate:nano_banana", resolution="1K")],
        "edges": [edge("t", "prompt", "g", "prompt")],
    }
    workflow = live.make_workflow(graph, key=key)
    api = f"{live.server.url}/api/v1/workflows"
    items = [f"[timeout] {number}" for number in range(10)]
    lists = {"iteratorConfigs": [{"nodeId": "t", "key": "prompt", "items": items}]}
    batch = curl(f"{api}/{workflow}/execute", *with_key(key, lists))
    assert (batch.status, len(batch.body["executionRuns"])) == (201, 10)
    refused = curl(f"{api}/{workflow}/execute", *with_key(key, {}))
    assert (refused.status, refused.body["code"]) == (429, "concurrency_limit_exceeded")
    assert refused.headers["retry-after"] == str(refused.body["retryAfter"]) == "5"
    stop = f"{api}/executions/{batch.body['executionId']}/cancel"
    timer = threading.Timer(2, curl, [stop, *with_key(key, {})])
    timer.start()
    lines = client(live, key, workflow, "patient")
    timer.join()
    assert lines[0] == "waiting 5"
    assert re.fullmatch(r"[0-9a-f-]{36}", lines[-1])


def test_an_inline_graph_needs_neither_positions_nor_labels_nor_edge_ids(live):
    saved = live.make_workflow()
    graph = {
        "nodes": [node("p", "input:text", prompt="A green door"), node("g", "generate:nano_banana_2")],
        "edges": [edge("p", "prompt", "g", "prompt")],
    }
    ran = curl(f"{live.server.url}/api/v1/workflows/{saved}/execute", *with_key(live.key, graph))
    assert ran.status == 201
    state = wait_for(live, ran.body["executionId"])
    assert (state["status"], [one["nodeId"] for one in state["nodeStates"]]) == ("COMPLETED", ["p", "g"])
    kept = curl(f"{live.server.url}/api/v1/workflows/{saved}", *with_key(live.key))
    assert [one["id"] for one in kept.body["nodes"]] == ["text-1", "gen-1"]


def test_too_few_credits_are_told_with_what_is_needed(live):
    key = live.another_key("paul", "--plan", "pro", "--credits", "3")
    workflow = live.make_workflow(key=key)
    refused = curl(f"{live.server.url}/api/v1/workflows/{workflow}/execute", *with_key(key, {}))
    assert refused.status == 402
    assert refused.body["insufficientCredits"] is True
    assert (refused.body["requiredCredits"], refused.body["availableCredits"]) == (5, 3)
    assert [(one["nodeId"], one["credits"]) for one in refused.body["breakdown"]] == [("gen-1", 5)]
    history = curl(f"{live.server.url}/api/v1/workflows/{workflow}/executions", *with_key(key))
    assert history.body == []


def test_the_same_key_gets_the_same_answer_to_the_byte(live):
    url = f"{live.server.url}/api/v1/workflows/{live.make_workflow()}/execute"
    words = with_key(live.key, {"nodes": [], "edges": []}, "-H", "Idempotency-Key: 7f1b")
    first, second = curl(url, *words), curl(url, *words)
    assert (first.status, first.text) == (second.status, second.text)
    assert first.headers["location"] == second.headers["location"]
    assert second.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers


def test_text_becomes_a_picture_an_edit_and_a_video_in_one_run(live):
    graph = {
        "nodes": [
            node("text", "input:text", prompt="A paper boat"),
            node("image", "generate:nano_banana_pro", resolution="1K", aspect_ratio="16:9"),
            node("edit", "edit:nano_banana_pro_edit", prompt="at night"),
            node("video", "video:kling_video_2_5_i2v", prompt="it sails away", duration="5"),
        ],
        "edges": [
            edge("text", "prompt", "image", "prompt"),
            edge("image", "image", "edit", "image1"),
            edge("edit", "image", "video", "image_url"),
        ],
    }
    ran = curl(
        f"{live.server.url}/api/v1/workflows/{live.make_workflow(graph)}/execute", *with_key(live.key, {})
    )
    state = wait_for(live, ran.body["executionId"])
    assert (state["status"], state["error"]) == ("COMPLETED", None)
    assert [one["status"] for one in state["nodeStates"]] == ["COMPLETED"] * 4
    assert fetch(state["finalOutput"]["url"])[4:8] == b"ftyp"


def test_prompts_are_put_together_in_a_loop(live):
    graph = {
        "nodes": [
            node("style", "input:text", prompt="in watercolour"),
            node("subject", "input:text", prompt="nothing yet"),
            node("join", "utility:prompt_concat"),
            node("image", "generate:nano_banana", resolution="1K"),
        ],
        "edges": [
            edge("subject", "prompt", "join", "prompt1"),
            edge("style", "prompt", "join", "prompt2"),
            edge("join", "prompt", "image", "prompt"),
        ],
    }
    url = f"{live.server.url}/api/v1/workflows/{live.make_workflow(graph)}/execute"
    found = {}
    for subject in ("a heron", "a mill", "a ferry"):
        ran = curl(url, *with_key(live.key, {"inputs": {"subject": subject}}))
        state = wait_for(live, ran.body["executionId"])
        assert state["status"] == "COMPLETED"
        [text] = [one["text"] for one in state["nodeStates"] if one["nodeId"] == "join"]
        assert subject in text
        assert "in watercolour" in text
        found[text] = state["finalOutput"]["url"]
    assert len(set(found.values())) == 3


def test_a_picture_becomes_another_by_image1(live, tmp_path):
    from PIL import Image

    picture = tmp_path / "in.png"
    Image.new("RGB", (64, 48), "navy").save(picture)
    form = ["-H", f"Authorization: Bearer {live.key}", "-F", f"file=@{picture};type=image/png"]
    sent = curl(f"{live.server.url}/api/v1/media/upload", *form)
    assert sent.status == 201
    graph = {
        "nodes": [
            node("in", "input:image", imageUrl=sent.body["data"]["url"], mediaType="IMAGE"),
            node("prompt", "input:text", prompt="make it dusk"),
            node("image", "generate:nano_banana_2", resolution="512px"),
        ],
        "edges": [edge("in", "image", "image", "image1"), edge("prompt", "prompt", "image", "prompt")],
    }
    ran = curl(
        f"{live.server.url}/api/v1/workflows/{live.make_workflow(graph)}/execute", *with_key(live.key, {})
    )
    state = wait_for(live, ran.body["executionId"])
    assert (state["status"], state["error"]) == ("COMPLETED", None)
    assert fetch(state["finalOutput"]["url"]).startswith(PNG)


@pytest.mark.parametrize(
    ("plan", "requests", "per_day"),
    [("free", 10, 50), ("starter", 20, 200), ("pro", 60, 1_000), ("enterprise", 200, None)],
)
def test_every_plan_has_its_limits(live, plan, requests, per_day):
    key = live.another_key(f"{plan}-person", "--plan", plan)
    told = curl(f"{live.server.url}/api/v1/developer/usage", *with_key(key))
    assert told.body["data"]["plan"] == plan
    assert told.body["data"]["limits"] == {
        "requestsPerMinute": requests,
        "executionsPerMinute": 10,
        "executionsPerDay": per_day,
        "concurrent": 10,
    }
    assert (told.headers["x-ratelimit-limit"], told.headers["x-ratelimit-remaining"]) == (
        str(requests),
        str(requests - 1),
    )


def test_the_eleventh_start_in_a_minute_waits_for_the_next(live):
    """Minutes begin when they begin: two of them may take ten starts each while this goes on, and no more."""
    key = live.another_key("emil", "--plan", "enterprise")
    graph = {"nodes": [node("t", "input:text", prompt="x"), node("o", "output:preview")]}
    graph["edges"] = [edge("t", "prompt", "o", "value")]
    url = f"{live.server.url}/api/v1/workflows/{live.make_workflow(graph, key=key)}/execute"
    statuses: list[int] = []
    while 429 not in statuses and len(statuses) < 30:
        answer = curl(url, *with_key(key, {}))
        statuses.append(answer.status)
    assert statuses[:10] == [201] * 10
    assert set(statuses[10:-1]) <= {201}
    assert statuses[-1] == 429
    assert answer.body["error"] == "Too many workflow executions. Please try again later."
    assert (answer.body["code"], answer.headers["x-ratelimit-limit"]) == ("rate_limited", "10")
    assert 1 <= answer.body["retryAfter"] <= 60
    assert answer.headers["retry-after"] == str(answer.body["retryAfter"])
    assert answer.headers["x-ratelimit-remaining"] == "0"


def test_a_plan_without_calls_left_says_when_there_are_some_again(live):
    key = live.another_key("frank", "--plan", "free")
    for _ in range(30):
        before = time.time()
        answer = curl(f"{live.server.url}/api/v1/workflows", *with_key(key))
        if answer.status == 429:
            break
        assert answer.status == 200
    assert (answer.status, answer.body["error"]) == (429, "Too many requests. Please try again later.")
    assert answer.headers["x-ratelimit-remaining"] == "0"
    reset = int(answer.headers["x-ratelimit-reset"])
    assert before < reset <= time.time() + 61  # a whole second, rounded up
    assert 1 <= answer.body["retryAfter"] <= reset - before + 1
