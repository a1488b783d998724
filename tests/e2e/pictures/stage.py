"""Screens that pictures are taken on, and the scenes that play there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, Page, StorageState

from tests.e2e.axe import violations
from tests.e2e.conftest import Site, faults_of
from tests.e2e.drawing import DRAWN
from tests.processes import PATIENCE

SCHEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
#: Resolves once writing and the pictures in sight are there and what moves has arrived, or after three seconds:
#: some things go on for as long as a run does, and those that have no end are not waited for at all.
SETTLED = """async () => {
    const end = new Promise((resolve) => setTimeout(resolve, 3_000));
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const inSight = (image) => {
        const { bottom, top } = image.getBoundingClientRect();
        return image.checkVisibility() && bottom > 0 && top < innerHeight;
    };
    const arriving = () => document.getAnimations().filter(({ effect, playState }) =>
        playState === "running" && effect.getComputedTiming().endTime < 2_000);
    const settle = async () => {
        await document.fonts.ready;
        await Promise.allSettled([...document.images].filter(inSight).map((image) => image.decode()));
        do {
            await Promise.allSettled(arriving().map(({ finished }) => finished));
            await frame();
            await frame();
        } while (arriving().length > 0);
    };
    await Promise.race([settle(), end]);
}"""


@dataclass(frozen=True, slots=True)
class Screen:
    name: str
    width: int
    height: int
    is_phone: bool = False


SCREENS = {one.name: one for one in (Screen("wide", 1440, 900), Screen("phone", 390, 844, is_phone=True))}


class Stage:
    """One person's browser on one screen, new for each scene, and where its pictures go, if they are kept."""

    def __init__(
        self, browser: Browser, site: Site, screen: Screen, *, session: StorageState, folder: Path | None
    ) -> None:
        self.site = site
        self.screen = screen
        self.session = session
        self._browser = browser
        self._folder = folder
        self._contexts: list[BrowserContext] = []
        self._faults: list[list[str]] = []
        self._violations: list[str] = []
        self.page = self.visit(session)

    def visit(self, session: StorageState | None) -> Page:
        """A browser of its own on the same screen, signed in or not."""
        context = self._browser.new_context(
            viewport={"width": self.screen.width, "height": self.screen.height},
            device_scale_factor=2 if self.screen.is_phone else 1,
            is_mobile=self.screen.is_phone,
            has_touch=self.screen.is_phone,
            color_scheme="dark",
            storage_state=session,
            permissions=["clipboard-read", "clipboard-write"],
        )
        context.add_init_script(DRAWN)
        self._contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(1000 * PATIENCE)
        self._faults.append(faults_of(page))
        return page

    def take(self, name: str, *, page: Page | None = None, whole: bool = False) -> None:
        """A picture in light and one in dark, both looked through by axe; ``whole``: of the page down to its end."""
        page = page or self.page
        page.bring_to_front()
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.evaluate(SETTLED)
            title = f"{name}-{self.screen.name}-{scheme}"
            if self._folder:
                page.screenshot(path=self._folder / f"{title}.png", full_page=whole)
            self._violations += [f"{title}: {one}" for one in violations(page)]

    def close(self) -> list[str]:
        """What its pages logged as errors, and what axe found on its pictures."""
        for context in self._contexts:
            context.close()
        return [*(fault for faults in self._faults for fault in faults), *self._violations]


#: Brings the product into a state, by hand, and takes pictures of it.
Scene = Callable[[Stage], None]
