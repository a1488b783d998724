"""What axe-core finds on a page that somebody who sees badly, or not at all, would stumble over."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from playwright.sync_api import Page

SCRIPT = Path(__file__).parents[2] / "frontend/node_modules/axe-core/axe.min.js"
#: All rules that are on by themselves: WCAG 2.2 A and AA, and what axe calls best practice.
LOOK = """async () => {
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    return violations.flatMap(({ id, help, nodes }) => nodes.map(({ target, any }) =>
        `${id}: ${help}: ${target.join(" ")} ${any.map(({ message }) => message).join(" ")}`));
}"""


def violations(page: Page) -> list[str]:
    """Each element that breaks a rule: the rule, what it asks for, where, and what was measured."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe())  # by the debugger's door, for the page lets in no script but its own
    return list(page.evaluate(LOOK))


@cache
def _axe() -> str:
    return SCRIPT.read_text("utf-8")
