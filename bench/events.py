"""How long what happened takes to reach an open canvas."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
import uuid
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import Page, sync_playwright

from bench.figures import Figure, spread
from bench.site import Caller, Site, edge, node, running

RUNS = 30
AIM_MS = 50.0
LATENCY = "0.3"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]

_MEASURED = (
    f"{RUNS} runs of a chain of three text models of {LATENCY} s each, started over REST. From the time written in "
    "the event's row, a moment before the commit of the move it tells of (so a little too long), until the frame "
    "that holds it is received; both by this machine's clock. Events that stood in the first snapshot are left out."
)
IN_BROWSER = f"{_MEASURED} Received: the WebSocket's message event on the canvas page in a headless Chromium."
IN_CLIENT = f"{_MEASURED} Received: by a WebSocket client in Python, for there is no Chromium here."

#: Notes when each event of an execution arrives, before the page's own listeners run.
_NOTE_ARRIVALS = """
window.arrivals = [];
const Plain = window.WebSocket;
window.WebSocket = class extends Plain {
  constructor(address) {
    super(address);
    this.addEventListener("message", (message) => {
      const at = performance.timeOrigin + performance.now();
      const frame = JSON.parse(message.data);
      for (const event of frame.events ?? []) window.arrivals.push([frame.executionId, event.seq, at]);
    });
  }
};
"""

#: (execution id, seq) → when it arrived, in seconds since 1970.
Arrivals = dict[tuple[str, int], float]


def measure() -> list[Figure]:
    path = os.environ.get("WIREFLOW_TEST_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)), None)
    with running(latency=LATENCY) as site:
        workflow = site.make_workflow(_chain())
        caller = site.caller()
        arrivals = _in_browser(site, workflow, caller, path) if path else _in_client(site, workflow, caller)
        written = _written(site)
    delays = [at - written[key] for key, at in arrivals.items()]
    assert len(delays) >= RUNS * 6, f"only {len(delays)} events arrived"
    note = f"{IN_BROWSER if path else IN_CLIENT} {len(delays)} events."
    name = "event to browser" if path else "event to client"
    return spread(name, delays, p95=AIM_MS, note=note)


def _chain() -> dict[str, Any]:
    models = ["first", "second", "third"]
    texts = ["text", *models]
    return {
        "nodes": [
            node("text", "input:text", prompt="a lighthouse in fog"),
            *(node(name, "llm:prompt_enhancer") for name in models),
        ],
        "edges": [
            edge(before, "prompt" if before == "text" else "text", after, "prompt")
            for before, after in zip(texts, models, strict=False)
        ],
    }


def _start(caller: Caller, workflow: str) -> str:
    return str(caller.ask("POST", f"/workflows/{workflow}/execute", {})["executionId"])


def _in_browser(site: Site, workflow: str, caller: Caller, path: str) -> Arrivals:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            context.add_cookies([{"name": "sessionid", "value": site.sign_in(), "url": site.server.url}])
            page = context.new_page()
            page.add_init_script(_NOTE_ARRIVALS)
            page.goto(f"{site.server.url}/flow/{workflow}", wait_until="networkidle")
            for _ in range(RUNS):
                execution_id = _start(caller, workflow)
                _wait_for_end(page, caller, execution_id)
            found: Sequence[tuple[str, int, float]] = page.evaluate("window.arrivals")
        finally:
            browser.close()
    return {(execution_id, seq): at / 1000 for execution_id, seq, at in found}


def _wait_for_end(page: Page, caller: Caller, execution_id: str) -> None:
    page.wait_for_timeout(900)  # what is measured runs undisturbed by our asking
    last = caller.wait_for(execution_id)["seq"]
    page.wait_for_function(
        "([id, last]) => window.arrivals.some(([one, seq]) => one === id && seq === last)",
        arg=[execution_id, last],
    )


def _in_client(site: Site, workflow: str, caller: Caller) -> Arrivals:
    arrivals: Arrivals = {}
    with site.listen(f"/ws/workflows/{workflow}", site.sign_in()) as socket:
        for _ in range(RUNS):
            _start(caller, workflow)
            over = False
            while not over:
                frame = json.loads(socket.recv(timeout=20))
                at = time.time()
                for event in frame.get("events", ()):
                    arrivals[frame["executionId"], event["seq"]] = at
                    over = over or event["kind"] == "execution.completed"
    return arrivals


def _written(site: Site) -> dict[tuple[str, int], float]:
    """(execution id, seq) → when the event was written, in seconds since 1970."""
    question = "SELECT execution_id, seq, created_at FROM executions_event"
    with closing(sqlite3.connect(site.database)) as database:
        return {
            (str(uuid.UUID(found)), seq): datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp()
            for found, seq, at in database.execute(question)
        }
