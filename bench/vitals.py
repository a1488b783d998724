"""What a person's browser makes of the pages of the history: when they are there, whether they stutter or jump."""

from __future__ import annotations

import os
import shutil

from playwright.sync_api import Browser, sync_playwright

from bench.figures import Figure
from bench.history import EXECUTIONS, copy_runs
from bench.site import running, text_graph

TIMES = 5
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
#: Of what is aimed at: the largest paint in ms, long tasks beyond 50 ms each in ms, and how much things jump.
AIMS = {"largest paint": ("ms", 1000.0), "blocking": ("ms", 100.0), "layout shift": ("", 0.0)}
NOTE = (
    f"A new context of Chromium at 1440 × 900 for each of {TIMES} visits, nothing cached; the best of them. "
    f"{EXECUTIONS:,} executions on SQLite."
)
WATCH = """() => {
    window.seen = { paint: 0, blocking: 0, shift: 0 };
    const watch = (type, each) =>
        new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type, buffered: true });
    watch("largest-contentful-paint", (entry) => { window.seen.paint = entry.startTime; });
    watch("longtask", (entry) => { window.seen.blocking += Math.max(0, entry.duration - 50); });
    watch("layout-shift", (entry) => { window.seen.shift += entry.hadRecentInput ? 0 : entry.value; });
}"""


def measure() -> list[Figure]:
    path = os.environ.get("WIREFLOW_TEST_BROWSER") or shutil.which("chromium")
    assert path, "WIREFLOW_TEST_BROWSER names no browser, and there is no chromium."
    with running() as site, sync_playwright() as playwright:
        workflow = site.make_workflow(text_graph())
        caller = site.caller()
        run = caller.ask("POST", f"/workflows/{workflow}/execute", {})["executionId"]
        caller.wait_for(run)
        copy_runs(site)
        session = site.sign_in()
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        figures = []
        for name, address in {
            "history": "/executions", "execution": f"/executions/{run}", "usage": "/usage", "ledger": "/usage/ledger",
        }.items():  # fmt: skip
            visits = [_visit(browser, site.server.url, address, session) for _ in range(TIMES)]
            for (what, (unit, aim)), values in zip(AIMS.items(), zip(*visits, strict=True), strict=True):
                figures.append(Figure(f"{name}: {what}", min(values), unit, aim, note=NOTE))
        browser.close()
    return figures


def _visit(browser: Browser, url: str, address: str, session: str) -> tuple[float, float, float]:
    """The largest paint, the blocking and the shift of one visit by somebody who was never here."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
    page = context.new_page()
    page.add_init_script(f"({WATCH})()")
    answer = page.goto(url + address, wait_until="networkidle")
    assert answer is not None and answer.status == 200
    seen = page.evaluate("window.seen")
    context.close()
    return float(seen["paint"]), float(seen["blocking"]), float(seen["shift"])
