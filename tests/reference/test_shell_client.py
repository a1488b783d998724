"""``docs/examples/wireflow.sh``, a client of bash, curl and jq: every command of it, run against a real server.

Between the script and the real curl stands one that notes each call, so that what the script never looks at is
seen too: that nothing redirects, that no address ends in a slash, and that every answer is compact JSON.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from reference.document import PATH
from tests.reference.conftest import GRAPH, Live

pytestmark = pytest.mark.service

SCRIPT = PATH.parent / "examples" / "wireflow.sh"
NEEDED = ("bash", "curl", "jq")
NOTING_CURL = """\
#!{python}
import json, subprocess, sys
done = subprocess.run([{curl!r}, *sys.argv[1:]], stdin=sys.stdin, stdout=subprocess.PIPE, close_fds=False)
with open({log!r}, "a") as log:
    log.write(json.dumps([sys.argv[1:], done.stdout.decode()]) + "\\n")
sys.stdout.buffer.write(done.stdout)
sys.exit(done.returncode)
"""


@dataclass
class Shell:
    """A person's command line with the script on it."""

    live: Live
    folder: Path

    def __call__(self, *words: str) -> str:
        done = self._run(words)
        assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
        assert done.stderr == "", words
        return done.stdout.removesuffix("\n")

    def refused(self, *words: str) -> str:
        """The sentence of a refusal, which is all that the command prints."""
        done = self._run(words)
        assert (done.returncode, done.stdout) == (1, ""), f"{words}\n{done.stdout}\n{done.stderr}"
        return done.stderr.removesuffix("\n")

    def json(self, *words: str) -> Any:
        return json.loads(self(*words))

    def keep(self, name: str, value: Any) -> str:
        path = self.folder / name
        path.write_text(json.dumps(value), encoding="utf-8")
        return str(path)

    def _run(self, words: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        env = {
            **os.environ,
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "WIREFLOW_URL": self.live.server.url,
            "WIREFLOW_API_KEY": self.live.key,
            "no_proxy": "127.0.0.1",
        }
        return subprocess.run(
            [str(SCRIPT), *words], env=env, cwd=self.folder, capture_output=True, text=True, timeout=120
        )

    @property
    def calls(self) -> list[tuple[list[str], str]]:
        """Every call so far: what curl was told, and what it printed."""
        lines = (self.folder / "calls").read_text(encoding="utf-8").splitlines()
        return [tuple(json.loads(line)) for line in lines]


@pytest.fixture
def shell(live: Live, tmp_path: Path) -> Shell:
    for program in NEEDED:
        if shutil.which(program) is None:
            pytest.skip(f"no {program}: install {program}")
    noting = tmp_path / "bin" / "curl"
    noting.parent.mkdir()
    text = NOTING_CURL.format(python=sys.executable, curl=shutil.which("curl"), log=str(tmp_path / "calls"))
    noting.write_text(text, encoding="utf-8")
    noting.chmod(0o755)
    return Shell(live, tmp_path)


def picture_of(size: int, path: Path) -> Path:
    """A PNG of about so many bytes; noise, so that nothing makes it smaller."""
    side = max(1, int((size / 3) ** 0.5))
    pixels = random.Random(size).randbytes(side * side * 3)
    Image.frombytes("RGB", (side, side), pixels).save(path)
    assert 0.8 * size < path.stat().st_size < 1.3 * size
    return path


def test_every_command_of_the_script_does_what_it_says(shell: Shell):
    assert shell("check") == "The key is good."
    assert "generate:nano_banana_2\t7\tNano Banana 2" in shell("nodes", "banana").splitlines()
    graph = shell.keep("graph.json", GRAPH)
    assert shell.json("lint", graph) == {"ok": True, "violations": [], "warnings": []}

    made = shell("create", "Lighthouse", graph)
    assert f"{made}\tLighthouse" in shell("list").splitlines()
    saved = shell.json("get", made)
    assert [node["id"] for node in saved["nodes"]] == ["text-1", "gen-1"]
    [described] = shell.json("inputs", made)
    assert (described["nodeId"], described["type"]) == ("text-1", "text")
    assert described["default"] == "A lighthouse in fog"
    estimate = shell.json("estimate", made)
    assert (estimate["estimatedCredits"], estimate["sufficient"]) == (5, True)

    patched = shell.json(
        "patch", made, "text-1", '{"params": {"prompt": "A mill at dusk"}, "label": "Words"}'
    )
    assert (patched["id"], patched["data"]["label"]) == ("text-1", "Words")
    assert set(shell.json("layout", made)) == {"x", "y", "width", "height"}

    run = shell("run", made, "text-1=A ferry = a boat\nin rain")
    text, picture = shell("wait", run).rsplit("\n", 1)
    assert text == "A ferry = a boat\nin rain"
    assert f"{run}\tCOMPLETED\t5\tLighthouse" in shell("history", made).splitlines()
    shell("download", picture, "result.png")
    assert Image.open(shell.folder / "result.png").format == "PNG"
    again = shell("wait", shell("run-node", made, "gen-1")).splitlines()
    assert again[0] == "A mill at dusk"
    anew = shell("force", made, "gen-1")
    assert anew != run
    assert shell("wait", anew).splitlines()[0] == "A mill at dusk"
    assert shell("cancel", anew) == "COMPLETED"  # it is over: nothing changes
    assert len(shell("history").splitlines()) >= 3

    fresh = shell.json("get", made)
    stale = shell.keep("stale.json", {**saved, "name": "Too late"})
    assert shell.refused("update", made, stale) == "Workflow changed since you loaded it"
    changed = shell("update", made, shell.keep("fresh.json", {**fresh, "name": "Mill"}))
    now = shell.json("get", made)
    assert (now["name"], now["updatedAt"]) == ("Mill", changed)
    assert changed > fresh["updatedAt"]

    copy, named = shell("duplicate", made), shell("duplicate", made, "Another mill")
    assert {f"{copy}\tMill (copy)", f"{named}\tAnother mill"} <= set(shell("list").splitlines())
    assert shell("share", made) == f"{shell.live.server.url}/workflows/{made}"
    assert shell("unshare", made) == "PRIVATE"
    assert shell("publish", made, "mill-app") == f"{shell.live.server.url}/app/mill-app"
    assert shell.json("get", made)["isPublished"] is True
    assert shell("unpublish", made) == made
    assert shell.json("get", made)["isPublished"] is False
    for one in (copy, named, made):
        assert shell("delete", one) == one
        assert shell.refused("get", one) == "Workflow not found"
    assert shell.json("credits")["available"] > 0
    check_calls(shell)


@pytest.mark.parametrize(("size", "calls"), [(1_000, 1), (5_000_000, 3)])
def test_a_file_of_any_size_goes_up_and_comes_down_again(shell: Shell, size: int, calls: int):
    path = picture_of(size, shell.folder / "noise.png")
    address = shell("upload", str(path))
    assert len(shell.calls) == calls
    [line] = [line for line in shell("media").splitlines() if line.startswith(address)]
    assert line.endswith("\tnoise.png")
    shell("download", address, "back.png")
    with Image.open(path) as sent, Image.open(shell.folder / "back.png") as back:
        assert (back.size, back.tobytes()) == (sent.size, sent.tobytes())
    check_calls(shell)


def test_a_refusal_is_told_in_its_own_words(shell: Shell):
    graph = {"nodes": [{"id": "a", "data": {"nodeType": "generate:nano_banan"}}], "edges": []}
    said = shell.refused("create", "Broken", shell.keep("broken.json", graph))
    assert said.splitlines()[0] == "Workflow graph failed validation (1 error)."
    assert "generate:nano_banan" in said.splitlines()[1]
    assert shell.refused("run", "cm00000000000000000000000") == "Workflow not found"
    check_calls(shell)


def test_the_script_says_what_it_can_do(shell: Shell):
    done = subprocess.run([str(SCRIPT)], capture_output=True, text=True, timeout=60)
    commands = [line.split()[1] for line in done.stderr.splitlines() if line.startswith("  wireflow.sh ")]
    text = SCRIPT.read_text(encoding="utf-8")
    assert set(re.findall(r"^([a-z-]+)\)", text, re.MULTILINE)) == {*commands, "unshare"}


def check_calls(shell: Shell) -> None:
    """What holds for every call of the API: contract §1."""
    assert shell.calls
    for words, printed in shell.calls:
        [address] = [word for word in words if word.startswith(shell.live.server.url)]
        assert not address.partition("?")[0].endswith("/"), address
        assert not {"-L", "--location"} & set(words)
        if "/api/v1/" not in address:  # bytes, and their way up and down
            continue
        body, _, status = printed.rpartition("\n")
        assert status[0] in "24", (address, printed)
        compact = json.dumps(json.loads(body), separators=(",", ":"), ensure_ascii=False)
        assert compact == body, address
