"""A running server with a person, a key and a workflow in it, in a data folder of its own."""

from __future__ import annotations

import http.client
import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.processes import Server, make_key, manage, serve

Json = dict[str, Any]

#: Nothing that is measured takes longer than this; what does has gone wrong.
MOST_SECONDS = 120.0

#: Whom `tests.processes.make_key` makes.
PERSON = "pat@example.org"


def node(name: str, kind: str, **params: Any) -> Json:
    return {"id": name, "data": {"nodeType": kind, "params": params}}


def edge(source: str, source_port: str, target: str, target_port: str) -> Json:
    return {
        "source": source,
        "target": target,
        "sourceHandle": f"out-{source_port}",
        "targetHandle": f"in-{target_port}",
    }


def text_graph() -> Json:
    """Text → text model of the sandbox → output: the smallest run that is priced, held, called and settled."""
    return {
        "nodes": [
            node("text", "input:text", prompt="a lighthouse in fog"),
            node("say", "llm:prompt_enhancer"),
            node("out", "output:preview"),
        ],
        "edges": [edge("text", "prompt", "say", "prompt"), edge("say", "text", "out", "value")],
    }


class Limit:
    """How long something may go on: `MOST_SECONDS` from now."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._end = time.monotonic() + MOST_SECONDS

    def check(self) -> None:
        assert time.monotonic() < self._end, f"{self._what} has not ended within {MOST_SECONDS:g} seconds."


class Caller:
    """One kept connection to the REST API, as lean as the standard library allows: little of it is measured."""

    def __init__(self, site: Site) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", site.server.port, timeout=30)
        self._headers = {"Authorization": f"Bearer {site.key}", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: Json | None = None) -> Any:
        """The JSON of a 2xx answer of ``/api/v1``."""
        content = json.dumps(body).encode() if body is not None else None
        self._connection.request(method, f"/api/v1{path}", body=content, headers=self._headers)
        answer = self._connection.getresponse()
        text = answer.read()
        assert answer.status < 300, f"{method} {path}: {answer.status} {text[:500]!r}"
        return json.loads(text)

    def wait_for(self, execution_id: str, *, every: float = 0.005) -> Json:
        """The execution once it has ended well, asked for every so many seconds. Fails when it goes on for ever."""
        limit = Limit(f"Execution {execution_id}")
        while (found := self.ask("GET", f"/workflows/executions/{execution_id}/poll"))["status"] == "RUNNING":
            limit.check()
            time.sleep(every)
        assert found["status"] == "COMPLETED", found["error"]
        return dict(found)


@dataclass(frozen=True, slots=True)
class Site:
    """The server, its data folder, the key of the one person in it, and what was set for the server's processes."""

    server: Server
    data: Path
    key: str
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def database(self) -> Path:
        return self.data / "wireflow.sqlite3"

    def caller(self) -> Caller:
        return Caller(self)

    def make_workflow(self, graph: Json) -> str:
        """Save a graph as a workflow; its id."""
        made = self.caller().ask("POST", "/workflows", {"name": "Figures", **graph})
        return str(made["id"])

    def sign_in(self) -> str:
        """The session of the person, signed in by a link as somebody would."""
        settings = {**self.settings, "WIREFLOW_PUBLIC_URL": self.server.url}
        made = manage(self.data, "sign_in_link", "--email", PERSON, **settings)
        assert made.returncode == 0, made.stderr
        answer = httpx.get(made.stdout.strip(), trust_env=False)
        return answer.cookies["sessionid"]

    def listen(self, path: str, session: str) -> ClientConnection:
        """A socket of the signed-in person."""
        return connect(
            f"ws://127.0.0.1:{self.server.port}{path}",
            origin=Origin(self.server.url),
            additional_headers={"Cookie": f"sessionid={session}"},
            compression=None,
            max_size=None,
        )


@contextmanager
def running(*, latency: str = "0", credits: int = 1_000_000) -> Iterator[Site]:
    """A new server whose sandbox takes ``latency`` seconds; at the end it is stopped and its data removed."""
    with tempfile.TemporaryDirectory(prefix="wireflow-bench-") as folder:
        data = Path(folder)
        server = serve(data, WIREFLOW_SANDBOX_LATENCY=latency)
        try:
            settings = {"WIREFLOW_SANDBOX_LATENCY": latency}
            yield Site(server, data, make_key(data, credits=credits), settings)
        finally:
            if server.is_alive:  # what is measured may be its death
                server.stop()
