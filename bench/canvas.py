"""How smoothly a large canvas moves, beside React Flow alone with as many nodes, wires and pictures."""

from __future__ import annotations

import json
import math
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urljoin

import httpx
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from bench.chromium import chromium
from bench.figures import ROOT, Figure, percentile
from bench.site import Json, Limit, Site, edge, node, running

#: Of one picture five cards are made: a model's, and what becomes of it.
MOST_RUN = 100
FIVE = ("model", "resize", "adjust", "layers", "blend")
COLUMN, ROW = 320, 620
SCRIPT = ROOT / "bench" / "canvas.js"
SIZE: ViewportSize = {"width": 1440, "height": 900}
VISITS = 5
SECONDS = 3.0
#: How near one looks: the whole graph, cards with pictures and titles, cards that one works at.
VIEWS = {"whole graph": None, "at 30 %": 0.3, "at 100 %": 1.0}
UPDATED, UPDATES_A_SECOND = 20, 20
AIM_FRAMES, AIM_LOAD = 50.0, 1.5

NOTE = (
    "Chromium without a screen, painted by the processor, 1440 × 900, palette closed, map open. Every card shows a "
    "picture of its own, 6 wires to 5 cards. The mouse goes in a circle of 150 pixels with the middle button down "
    f"(pan) or holding a card (drag), about 60 moves a second, for {SECONDS:g} s; or the server tells of the progress "
    f"of {UPDATED} nodes {UPDATES_A_SECOND} times a second (updates). Frames: how many the page could draw in a "
    "second; the slowest twentieth: what the rate would be if each took as long as the 95th of 100."
)
ALONE_NOTE = (
    "The same with frontend/plain: React Flow with onlyRenderVisibleElements, cards of two inputs, an output, a title, "
    "the same picture and a field; no map, nothing else on the page."
)
LOAD_NOTE = (
    f"The least of {VISITS} visits with nothing cached: from the start of the navigation until the frame in which "
    "cards stand in their places."
)


@dataclass(frozen=True, slots=True)
class Subject:
    """A page that shows the graph: its address, what it is to be told first, and how to look from so near."""

    name: str
    note: str
    url: str
    made: list[Json]
    look: Callable[[Page, float | None], None]
    cookies: Mapping[str, str]

    @property
    def is_ours(self) -> bool:
        return not self.name


def measure(count: int) -> list[Figure]:
    graph = graph_of(count)
    with running() as site:
        made, pictures = _pictures(site, graph)
        stored = site.caller().ask("POST", "/workflows?strict=false", {"name": "Figures", **graph})
        url = f"{site.server.url}/flow/{stored['id']}"
        with _alone(graph, pictures) as alone, chromium() as browser:
            subjects = (
                Subject("", NOTE, url, made, _look_canvas, {"sessionid": site.sign_in()}),
                Subject(", React Flow alone", ALONE_NOTE, alone, [], partial(_look_alone, graph), {}),
            )
            figures = [figure for subject in subjects for figure in _measured(browser, subject, graph)]
    return sorted(figures, key=lambda figure: figure.name)


def graph_of(count: int) -> Json:
    """Pictures of a model, each with four cards that work on it, as wide as a screen is."""
    chains = count // len(FIVE)
    across = max(1, round(math.sqrt(chains * ROW * 1.6 / (COLUMN * len(FIVE)))))
    nodes, edges = [], []
    for i in range(chains):
        model, resize, adjust, layers, blend = (f"{name}-{i}" for name in FIVE)
        nodes += [
            node(
                model, "generate:nano_banana_2", prompt=f"a lighthouse in fog, number {i}", aspect_ratio="4:3"
            ),
            node(resize, "utility:image_resize", width=640, height=480, fit="cover"),
            node(adjust, "utility:image_adjust", brightness=1.1, hue=i % 180),
            node(layers, "utility:image_composite", scale=0.4),
            node(blend, "utility:image_blend", amount=0.4),
        ]
        edges += [
            edge(model, "images", resize, "image"),
            edge(resize, "image", adjust, "image"),
            edge(resize, "image", layers, "background"),
            edge(model, "images", layers, "layer"),
            edge(adjust, "image", blend, "image_a"),
            edge(layers, "image", blend, "image_b"),
        ]
        for j, one in enumerate(nodes[-len(FIVE) :]):
            one["position"] = {"x": (i % across * len(FIVE) + j) * COLUMN, "y": i // across * ROW}
    return {"nodes": nodes, "edges": edges}


def _pictures(site: Site, graph: Json) -> tuple[list[Json], dict[str, bytes]]:
    """What the graph's cards made, as the server tells it, and their thumbnails by node.

    A run has 100 nodes at most, a graph that somebody works on more: it is run in parts.
    """
    caller = site.caller()
    made: list[Json] = []
    for start in range(0, len(graph["nodes"]), MOST_RUN):
        nodes = graph["nodes"][start : start + MOST_RUN]
        names = {one["id"] for one in nodes}
        workflow = site.make_workflow(
            {"nodes": nodes, "edges": [one for one in graph["edges"] if one["source"] in names]}
        )
        run = caller.ask("POST", f"/workflows/{workflow}/execute", {})["executionId"]
        caller.wait_for(run, every=0.2)
        made += caller.ask("GET", f"/workflows/executions/{run}")["nodeResults"]["nodeRuns"]
    with httpx.Client(
        base_url=site.server.url, cookies={"sessionid": site.sign_in()}, trust_env=False, timeout=60
    ) as person:
        return made, {
            one["nodeId"]: person.get(_thumbnail(one["output"])).raise_for_status().content for one in made
        }


def _thumbnail(output: Any) -> str:
    """The first picture in what a node gave."""
    if isinstance(output, dict) and "thumbnailUrl" in output:
        return str(output["thumbnailUrl"])
    inner = output.values() if isinstance(output, dict) else output if isinstance(output, list) else ()
    return next(filter(None, map(_thumbnail, inner)), "")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


class _Patient(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """A visit may end before all its pictures came."""


@contextmanager
def _alone(graph: Json, pictures: Mapping[str, bytes]) -> Iterator[str]:
    """The address of React Flow alone with this graph."""
    with tempfile.TemporaryDirectory(prefix="wireflow-bench-") as folder:
        build = [
            "npx",
            "vite",
            "build",
            "--config",
            "plain/vite.config.ts",
            "--outDir",
            folder,
            "--logLevel",
            "error",
            "--emptyOutDir",
        ]
        subprocess.run(build, cwd=ROOT / "frontend", check=True)
        for name, picture in pictures.items():
            (Path(folder) / f"{name}.webp").write_bytes(picture)
        (Path(folder) / "graph.json").write_text(json.dumps(_as_flow(graph)), encoding="utf-8")
        server = _Patient(("127.0.0.1", 0), partial(_Quiet, directory=folder))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def _as_flow(graph: Json) -> Json:
    """The graph in the form of React Flow's own examples."""
    nodes = [
        {
            "id": one["id"],
            "type": "plain",
            "position": one["position"],
            "data": {"title": one["id"], "picture": f"{one['id']}.webp", "progress": None},
        }
        for one in graph["nodes"]
    ]
    taken: set[str] = set()
    edges = []
    for i, one in enumerate(graph["edges"]):
        inlet = "in-b" if one["target"] in taken else "in-a"
        taken.add(one["target"])
        ends = {"source": one["source"], "target": one["target"]}
        edges.append({"id": str(i), **ends, "sourceHandle": "out", "targetHandle": inlet})
    return {"nodes": nodes, "edges": edges}


def _look_canvas(page: Page, zoom: float | None) -> None:
    page.keyboard.press("1")
    page.evaluate("window.bench.still()")  # the view glides
    if zoom is not None:
        page.evaluate("zoom => window.bench.zoom(zoom)", zoom)
        page.evaluate("window.bench.still()")


def _look_alone(graph: Json, page: Page, zoom: float | None) -> None:
    right = max(one["position"]["x"] for one in graph["nodes"]) + COLUMN
    bottom = max(one["position"]["y"] for one in graph["nodes"]) + ROW
    near = zoom or min((SIZE["width"] - 60) / right, (SIZE["height"] - 60) / bottom)
    x, y = (SIZE["width"] - right * near) / 2, (SIZE["height"] - bottom * near) / 2
    page.evaluate("([x, y, zoom]) => window.plain.look(x, y, zoom)", [x, y, near])


def _measured(browser: Browser, subject: Subject, graph: Json) -> list[Figure]:
    count = len(graph["nodes"])
    loads = []
    for _ in range(VISITS - 1):
        context, page = _opened(browser, subject)
        loads.append(page.evaluate("window.stood") / 1000)
        context.close()
    context, page = _opened(browser, subject)
    loads.append(page.evaluate("window.stood") / 1000)
    aim = AIM_LOAD if subject.is_ours else None
    figures = [Figure(f"{count} cards, load{subject.name}", min(loads), "s", aim, note=LOAD_NOTE)]
    places = {one["id"]: [one["position"]["x"], one["position"]["y"]] for one in graph["nodes"]}
    page.evaluate("places => { window.bench.places = places; }", places)
    if subject.made:
        page.evaluate("made => window.bench.made(made)", subject.made)
    for view, zoom in VIEWS.items():
        subject.look(page, zoom)
        page.wait_for_timeout(2000)  # pictures come to be seen
        seen = page.evaluate("window.bench.seen()")
        assert abs(seen - (zoom or seen)) < 0.01, f"{view}: looked at from {seen:.0%}."
        for what, frames in _gestures(page):
            name = f"{count} cards, {view}, {what}{subject.name}"
            all_, slow = _rates(frames)
            aim = AIM_FRAMES if subject.is_ours else None
            figures += [
                Figure(name, all_, "/s", aim, at_least=True, note=subject.note),
                Figure(f"{name}, slowest twentieth", slow, "/s", note=subject.note),
            ]
    context.close()
    return figures


def _opened(browser: Browser, subject: Subject) -> tuple[BrowserContext, Page]:
    """The page as somebody sees it who was never here, once cards stand on it."""
    context = browser.new_context(viewport=SIZE)
    root = urljoin(subject.url, "/")
    context.add_cookies(
        [{"name": name, "value": value, "url": root} for name, value in subject.cookies.items()]
    )
    page = context.new_page()
    page.add_init_script(path=SCRIPT)
    page.goto(subject.url)
    limit = Limit("Opening the page")
    while page.evaluate("window.stood") is None:
        limit.check()
        page.wait_for_timeout(100)
    return context, page


def _gestures(page: Page) -> Iterator[tuple[str, list[float]]]:
    x, y = SIZE["width"] / 2, SIZE["height"] / 2
    yield "pan", _frames(page, lambda: _circle(page, x - 150, y, button="middle"))
    (held,) = page.evaluate("window.bench.nearest(1)")
    grip: tuple[float, float] = page.evaluate("id => window.bench.grip(id)", held)
    yield "drag", _frames(page, lambda: _circle(page, *grip, button="left"))
    page.keyboard.press("Control+z")
    page.keyboard.press("Escape")
    at_work = page.evaluate("count => window.bench.nearest(count)", UPDATED)
    page.evaluate("told => window.bench.update(told)", {"ids": at_work, "every": 1000 / UPDATES_A_SECOND})
    yield "updates", _frames(page, lambda: page.wait_for_timeout(SECONDS * 1000))
    page.evaluate("ids => window.bench.stop(ids)", at_work)
    page.wait_for_timeout(300)


def _circle(page: Page, x: float, y: float, *, button: Literal["left", "middle"]) -> None:
    """Hold at a place and go round in a circle that begins there."""
    page.mouse.move(x, y)
    page.mouse.down(button=button)
    began = time.monotonic()
    while (gone := time.monotonic() - began) < SECONDS:
        turn = gone * math.pi
        page.mouse.move(x + 150 * (1 - math.cos(turn)), y + 150 * math.sin(turn))
        page.wait_for_timeout(max(0.0, 1000 / 60 - (time.monotonic() - began - gone) * 1000))
    page.mouse.up(button=button)


def _frames(page: Page, during: Callable[[], None]) -> list[float]:
    """How long each frame took, in milliseconds."""
    page.evaluate("window.frames_at = []")
    during()
    at: list[float] = page.evaluate("window.frames_at.splice(0)")
    return [after - before for before, after in pairwise(at)]


def _rates(frames: list[float]) -> tuple[float, float]:
    """Frames a second: all of them, and of the slowest twentieth."""
    return 1000 * len(frames) / sum(frames), 1000 / percentile(frames, 0.95)


def measure_500() -> list[Figure]:
    return measure(500)


def measure_1000() -> list[Figure]:
    return measure(1000)
