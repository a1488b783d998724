"""axe finds nothing on any page, nor on any state of the canvas, light and dark.

The scenes are those of `bin/pictures`, which plays all of them on both screens; here each has one.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.e2e.conftest import Site
from tests.e2e.pictures import of_pages, of_runs, of_the_canvas
from tests.e2e.pictures.stage import SCREENS, Scene, Stage

pytestmark = pytest.mark.browser
SCENES = (*of_the_canvas.SCENES, *of_runs.SCENES, *of_pages.SCENES)


@pytest.mark.parametrize(
    ("scene", "screen"),
    [
        pytest.param(scene, "phone" if at % 2 else "wide", id=scene.__name__)
        for at, scene in enumerate(SCENES)
    ],
)
def test_nothing_stands_in_the_way_of_whoever_sees_badly_or_not_at_all(
    scene: Scene, screen: str, browser: Browser, site: Site, person: BrowserContext
) -> None:
    stage = Stage(browser, site, SCREENS[screen], session=person.storage_state(), folder=None)
    try:
        scene(stage)
    finally:
        told = stage.close()
    assert told == []
