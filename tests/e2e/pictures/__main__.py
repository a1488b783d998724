"""The command behind `bin/pictures`: plays scenes on a fresh server and takes pictures of them."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from playwright.sync_api import Browser, StorageState
from playwright.sync_api import Error as BrowserError

from bench.chromium import chromium
from tests.e2e.conftest import Site
from tests.e2e.pictures import docs, of_pages, of_runs, of_the_canvas
from tests.e2e.pictures.stage import SCREENS, Scene, Stage

ALL = (*of_the_canvas.SCENES, *of_runs.SCENES, *of_pages.SCENES)
SCENES = {play.__name__.replace("_", "-"): play for play in ALL}
#: Of what went wrong in a scene, as much is told.
LINES = 6


def main() -> None:
    options = parser().parse_args()
    with chromium() as browser:
        if options.docs:
            sys.exit(play(browser, "wide", {"docs": docs.draw}, folder=options.out))
        options.out.mkdir(parents=True, exist_ok=True)
        scenes = {name: SCENES[name] for name in options.state}
        sys.exit(sum(play(browser, screen, scenes, folder=options.out) for screen in options.screen))


def play(browser: Browser, screen: str, scenes: Mapping[str, Scene], *, folder: Path) -> int:
    """Play scenes on a server of their own, which reuses nothing of another screen; how many failed."""
    failed = 0
    with tempfile.TemporaryDirectory(prefix="wireflow-pictures-") as data:
        site = Site(Path(data), fresh=True)
        try:
            session = sign_in(browser, site)
            for name, scene in scenes.items():
                began = time.monotonic()
                told = perform(scene, Stage(browser, site, SCREENS[screen], session=session, folder=folder))
                failed += bool(told)
                took = time.monotonic() - began
                print(f"{screen:<6} {name:<16} {took:5.1f} s  {told}".rstrip(), flush=True)
        finally:
            site.server.stop()
    return failed


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bin/pictures",
        description="Play scenes on a fresh server and take pictures of them, on a wide screen and on a phone, "
        "in light and dark. Whatever axe finds on one of them is told.",
        epilog=f"Scenes: {', '.join(SCENES)}.",
    )
    parser.add_argument("--state", metavar="SCENE,…", type=chosen(SCENES), default=list(SCENES))
    parser.add_argument("--screen", metavar="SCREEN,…", type=chosen(SCREENS), default=list(SCREENS))
    parser.add_argument("--out", metavar="FOLDER", type=Path, default=Path("pictures"))
    parser.add_argument(
        "--docs", action="store_true", help="make the pictures of docs/images anew, and no others"
    )
    return parser


def chosen(known: Collection[str]) -> Callable[[str], list[str]]:
    """Reads names with commas between them."""

    def read(text: str) -> list[str]:
        names = text.split(",")
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError(f"there is no {name!r}; there is {', '.join(known)}")
        return names

    return read


def sign_in(browser: Browser, site: Site) -> StorageState:
    """The owner's cookies, by the printed link."""
    context = browser.new_context()
    context.new_page().goto(site.link)
    session = context.storage_state()
    context.close()
    return session


def perform(scene: Scene, stage: Stage) -> str:
    """What went wrong, "" for nothing; the other scenes are played all the same."""
    told = ""
    try:
        scene(stage)
    except (AssertionError, BrowserError) as error:
        told = "\n".join(str(error).splitlines()[:LINES])  # all that stands on the page would follow
    return "\n".join([told, *stage.close()]).strip()


if __name__ == "__main__":
    main()
