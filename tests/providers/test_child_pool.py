"""The child processes: what goes in and out, how they fail, how they end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from providers.base import JobState, Media, Request
from providers.catalog import load_catalog
from providers.errors import InvalidInput, ModelUnavailable, ProviderError, ProviderLost, ServerFault, Timeout
from providers.local import child
from providers.local.limits import TooLarge
from providers.local.pool import PROJECT, ChildPool, WorkerLost
from providers.local.provider import LocalProvider, run_in_child
from providers.local.wire import decode, encode

SOLID, SPLIT, ZIP = "utility:solid_color", "utility:image_split", "utility:zip_files"


@pytest.fixture(scope="module")
def pool() -> Iterator[ChildPool]:
    pool = ChildPool(2, 2048)
    yield pool
    pool.close()


def request(kind: str, scratch: Path, *, inputs=None, key: str = "", **params) -> Request:
    return Request(load_catalog()[kind], inputs or {}, params, scratch, idempotency_key=key)


def slow(scratch: Path) -> Request:
    """Work of several seconds on little memory."""
    path = scratch / "noise.png"
    Image.effect_noise((2000, 2000), 50).save(path)
    media = Media(path, "image/png", 2000, 2000)
    return request("utility:image_filter", scratch, inputs={"image": media}, filter="median", amount=7)


def payload(work: Request) -> dict:
    return {
        "kind": work.kind.name,
        "inputs": encode(work.inputs),
        "params": dict(work.params),
        "scratch": str(work.scratch),
    }


def pids(pool: ChildPool) -> list[int]:
    return [child._process.pid for child in pool._idle]


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(condition, seconds: float = 5) -> bool:
    give_up_at = time.monotonic() + seconds
    while not condition() and time.monotonic() < give_up_at:
        time.sleep(0.01)
    return bool(condition())


@pytest.mark.parametrize(
    "value",
    [
        None, "text", [1, [2.5, True]], {"a": {"b": []}},
        {"$media": {"path": "/etc/passwd", "content_type": "text/plain"}}, {"$pairs": [["a", 1]]}, {"x": {"$media": 1}},
        Media(Path("/x/a.png"), "image/png", 3, 2, role="mask"), [Media(Path("/x/a.mp4"), "video/mp4", 3, 2, 1.5)],
        {"$media": Media(Path("/x"), "image/png")},
    ],
)  # fmt: skip
def test_values_arrive_as_they_left_and_json_never_becomes_a_file(value):
    assert decode(json.loads(json.dumps(encode(value)))) == value


def test_a_picture_is_made_in_another_process(pool, tmp_path):
    made = run_in_child(pool, request(SOLID, tmp_path, width=6, height=4, color="#f00"))["image"]
    assert made == Media(tmp_path / "image.png", "image/png", 6, 4)
    with Image.open(made.path) as picture:
        assert picture.getpixel((0, 0)) == (255, 0, 0)
    tiles = run_in_child(pool, request(SPLIT, tmp_path, inputs={"image": made}))["images"]
    assert [(tile.width, tile.height) for tile in tiles] == [(3, 2)] * 4


def test_json_that_names_a_file_is_packed_as_json(pool, tmp_path):
    forged = {"$media": {"path": "/etc/passwd", "content_type": "text/plain"}}
    made = run_in_child(pool, request(ZIP, tmp_path, inputs={"files": [forged]}))["file"]
    assert b"root" not in made.path.read_bytes()


def test_a_refusal_comes_back_as_what_it_was(pool, tmp_path):
    before = pids(pool)
    with pytest.raises(TooLarge, match="the limit is 64") as refusal:
        run_in_child(pool, request(SOLID, tmp_path, width=8192, height=8192))
    assert (refusal.value.code, refusal.value.retry) == ("too_large", False)
    with pytest.raises(InvalidInput, match="Width is 0"):
        run_in_child(pool, request(SOLID, tmp_path, width=0))
    assert pids(pool) == before, "a refusal costs no child"


def test_what_nobody_foresaw_is_a_fault_of_the_server(pool):
    with pytest.raises(ServerFault, match="failed on the server") as fault:
        pool.call("no such task", {}, timeout=10)
    assert "KeyError" in fault.value.detail


def test_an_error_of_a_class_unknown_here_becomes_the_nearest_known():
    class Strange(InvalidInput):
        """Only the child knows it."""

    line = child._failure(Strange("Say less."), "Say less.")
    assert json.loads(line)["error"][:3] == ["Strange", "InvalidInput", "ProviderError"]


def test_a_step_that_needs_too_much_memory_fails_alone(tmp_path):
    pool = ChildPool(1, 400)
    first = pids(pool)
    with pytest.raises(TooLarge, match="more memory"):
        run_in_child(pool, request(SOLID, tmp_path, width=8000, height=8000, color2="#000"))
    assert run_in_child(pool, request(SOLID, tmp_path, width=5, height=5))["image"].width == 5
    assert pids(pool) != first and not is_running(first[0])
    pool.close()


def test_a_step_that_takes_too_long_is_killed_and_replaced(pool, tmp_path):
    work = slow(tmp_path)
    begin = time.monotonic()
    with pytest.raises(Timeout, match=r"longer than 0\.3 seconds"):
        pool.call("local", payload(work), timeout=0.3)
    assert time.monotonic() - begin < 2
    assert run_in_child(pool, request(SOLID, tmp_path, width=5, height=5))["image"].width == 5


def test_a_child_killed_in_the_middle_is_replaced(tmp_path):
    pool = ChildPool(1)
    run_in_child(pool, request(SOLID, tmp_path, width=5, height=5))
    (pid,) = pids(pool)
    work = slow(tmp_path)
    threading.Timer(0.3, os.kill, (pid, signal.SIGKILL)).start()
    with pytest.raises(WorkerLost) as lost:
        run_in_child(pool, work)
    assert (lost.value.code, lost.value.retry, lost.value.detail) == ("worker_lost", True, "exit status -9")
    assert run_in_child(pool, request(SOLID, tmp_path, width=5, height=5))["image"].width == 5
    os.kill(pids(pool)[0], signal.SIGKILL)
    assert wait_until(lambda: not pool._idle[0].is_alive)
    assert run_in_child(pool, request(SOLID, tmp_path, width=5, height=5))["image"].width == 5, (
        "killed while idle"
    )
    pool.close()


def test_many_threads_share_few_children(pool, tmp_path):
    def make(width: int) -> int:
        scratch = tmp_path / str(width)
        scratch.mkdir()
        return run_in_child(pool, request(SOLID, scratch, width=width, height=3))["image"].width

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(make, range(1, 41))) == list(range(1, 41))
    assert len(pids(pool)) <= 2


def test_a_closed_pool_leaves_no_process(tmp_path):
    pool = ChildPool(1)
    (pid,) = pids(pool)
    pool.close()
    assert not is_running(pid)
    with pytest.raises(WorkerLost, match="is stopping"):
        run_in_child(pool, request(SOLID, tmp_path))


def test_a_child_sees_no_secret_and_has_its_limits(monkeypatch):
    monkeypatch.setenv("GEMINI_API_KEY", "sk-secret")
    pool = ChildPool(1, 512)
    with pytest.raises(ServerFault):
        pool.call("none", {}, timeout=10)
    (pid,) = pids(pool)
    assert b"GEMINI" not in Path(f"/proc/{pid}/environ").read_bytes()
    limits = Path(f"/proc/{pid}/limits").read_text()
    rows = {line[:26].strip(): line[26:].split() for line in limits.splitlines()}
    assert rows["Max address space"][0] == str(512 * 1024 * 1024)
    assert rows["Max core file size"][0] == "0"
    pool.close()


@pytest.mark.parametrize("busy", [False, True])
def test_children_end_with_a_parent_that_is_killed(tmp_path, busy):
    work = json.dumps(payload(slow(tmp_path)))
    program = (
        "import json, sys, threading\n"
        "from providers.local.pool import ChildPool\n"
        "pool = ChildPool(1)\n"
        "pid = pool._idle[0]._process.pid\n"
        f"work = json.loads({work!r})\n"
        f"if {busy}: threading.Thread(target=pool.call, args=('local', work), kwargs={{'timeout': 60}}).start()\n"
        "print(pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    pid = int(parent.stdout.readline())
    time.sleep(0.6)  # long enough for the work to have begun; too short for it to end
    assert is_running(pid)
    parent.kill()
    parent.communicate()
    assert wait_until(lambda: not is_running(pid))


def test_stray_prints_do_not_reach_the_line(pool, tmp_path):
    """What libraries write to stdout goes nowhere; answers have a descriptor of their own."""
    program = (
        "import os, sys\n"
        "from providers.local import child\n"
        "own = child._own_stdout()\n"
        "print('noise', flush=True); os.write(1, b'noise')\n"
        "child._write_all(own, b'answer\\n')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, check=True)
    assert done.stdout == b"answer\n"


def test_the_provider_answers_at_once(pool, tmp_path):
    provider = LocalProvider(pool)
    job = asyncio.run(provider.submit(request(SOLID, tmp_path, width=5, height=3, key="k1")))
    assert (job.ref, job.state, job.outputs["image"].width) == ("k1", JobState.DONE, 5)
    job = asyncio.run(provider.submit(request("logic:router", tmp_path, inputs={"value": [1]})))
    assert (job.state, job.outputs) == (JobState.DONE, {"value": [1]}) and job.ref
    with pytest.raises(ModelUnavailable, match="cannot run on this server"):
        asyncio.run(provider.submit(request("utility:iterate", tmp_path)))
    with pytest.raises(ProviderLost):
        asyncio.run(provider.fetch("k1", request("logic:router", tmp_path)))
    asyncio.run(provider.cancel("k1"))
    assert issubclass(WorkerLost, ProviderError)
