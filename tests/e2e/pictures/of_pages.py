"""The pages around the canvas, after some runs."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.drawing import expect_saved
from tests.e2e.pictures.hands import address_of_run, open_idea, run_to_the_end, write
from tests.e2e.pictures.stage import Stage

#: Pages that need nothing to have happened, or show what other scenes did.
PAGES = {
    "home": "/",
    "templates": "/templates",
    "executions": "/executions",
    "usage": "/usage",
    "ledger": "/usage/ledger",
    "limits": "/usage/limits",
    "library": "/assets",
    "schedules": "/schedules",
    "webhooks": "/webhooks",
    "approvals": "/approvals",
    "notices": "/notices",
    "deliveries": "/deliveries",
    "settings-profile": "/settings?tab=profile",
    "settings-security": "/settings?tab=security",
    "settings-members": "/settings?tab=members",
    "settings-team": "/settings?tab=team",
    "settings-import": "/settings/team/import",
    "settings-api-keys": "/settings?tab=api-keys",
    "settings-providers": "/settings?tab=provider-keys",
    "settings-secrets": "/settings?tab=secrets",
    "settings-notices": "/settings?tab=notices",
    "audit": "/settings/audit",
    "system": "/system",
    "guides": "/docs",
    "guide": "/docs/webhooks",
    "api": "/docs/api",
}


def pages(stage: Stage) -> None:
    for name, path in PAGES.items():
        answer = stage.page.goto(f"{stage.site.url}{path}")
        assert answer is not None and answer.ok, path
        stage.page.wait_for_load_state("networkidle")
        stage.take(name)


def runs(stage: Stage) -> None:
    """A run, two of them side by side, and a workflow's settings."""
    page = open_idea(stage, "a white hare in the snow, soft morning light")
    run_to_the_end(page)
    flow = page.url
    one = address_of_run(page)
    write(page, "Prompt", "a white hare in the snow, under northern lights")
    expect_saved(page)
    run_to_the_end(page)
    other = address_of_run(page)
    page.goto(stage.site.url + one)
    expect(page.locator("#outputs img").first).to_be_visible()
    stage.take("run")
    ids = "&".join(f"run={path.rpartition('/')[2]}" for path in (one, other))
    page.goto(f"{stage.site.url}/executions/compare?{ids}")
    expect(page.get_by_role("heading", name="Compare 2 executions")).to_be_visible()
    stage.take("compare-runs")
    page.goto(flow.replace("/flow/", "/workflows/") + "/settings")
    stage.take("workflow-settings")


def doors(stage: Stage) -> None:
    """The ways to start a workflow from outside, and what a stranger sees of an app."""
    page = open_idea(stage)
    flow = page.url
    settings = flow.replace("/flow/", "/workflows/") + "/settings"
    page.goto(f"{settings}?tab=webhook")
    stage.take("webhook")
    page.goto(f"{settings}?tab=app")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("Nothing: this is the graph that is published.")).to_be_visible()
    page.goto(flow)
    write(page, "Prompt", "a white hare in the snow, under northern lights")
    expect_saved(page)
    page.goto(f"{settings}?tab=app")
    expect(page.get_by_role("button", name="Publish this change")).to_be_visible()
    stage.take("publish", whole=True)
    app = page.locator("a[href*='/app/']").first.get_attribute("href")
    assert app is not None
    guest = stage.visit(None)
    guest.goto(stage.site.url + app[app.index("/app/") :])
    stage.take("app", page=guest, whole=True)
    page.goto(flow.replace("/flow/", "/workflows/") + "/schedules/new")
    stage.take("schedule", whole=True)
    page.goto(f"{stage.site.url}/nothing-is-here")
    stage.take("not-found")


def table(stage: Stage) -> None:
    page = open_idea(stage)
    page.goto(page.url.replace("/flow/", "/workflows/") + "/table")
    stage.take("table")
    page.get_by_label("Rows").fill("a hen\na hare\nan owl")
    page.get_by_role("button", name="Look at the rows").click()
    start = page.get_by_role("button", name="Start 3 runs")
    expect(start).to_be_visible()
    stage.take("table-looked-at")
    start.click()
    page.wait_for_url("**/batches/*")
    expect(page.get_by_text("3 of 3 finished")).to_be_visible()
    stage.take("batch")


def sign_in(stage: Stage) -> None:
    page = stage.visit(None)
    page.goto(f"{stage.site.url}/sign-in")
    stage.take("sign-in", page=page)
    page.get_by_role("textbox").first.fill("nobody@example.org")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    stage.take("sign-in-answered", page=page)


SCENES = (runs, doors, table, pages, sign_in)
