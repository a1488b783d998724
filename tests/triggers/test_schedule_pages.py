"""The pages of schedules, as a browser without scripts sees them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Member, Team
from archives.unpacking import IMPORTED
from executions.models import Execution
from tests.assets.pictures import png
from tests.executions.boards import preview
from tests.executions.runs import Hand, make_workflow
from tests.factories import actor_for
from tests.triggers.timed import due, fired, timed
from tests.workflows.graphs import node
from triggers import firing, schedule_pages
from triggers.models import Firing, Schedule
from triggers.schedules import pause
from workflows.models import Workflow

FORM = {
    "name": "Boats at nine",
    "every": "week",
    "days": ["mon", "fri"],
    "at": "09:00",
    "time_zone": "Europe/Berlin",
    "overlap": "skip",
    "late_minutes": "60",
}


def new(workflow: Workflow) -> str:
    return f"/workflows/{workflow.pk}/schedules/new"


def said(answer: Any) -> str:
    """What a page says, without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def do(browser: Any, schedule: Schedule, what: str, **more: str) -> Any:
    return browser.post(f"/schedules/{schedule.pk}/do", {"do": what, **more})


def test_a_schedule_is_made_by_the_form_and_listed(signed_in, alice, workflow):
    browser = signed_in(alice)
    tab = f"/workflows/{workflow.pk}/settings?tab=schedules"
    assert "New schedule" in said(browser.get(tab))
    assert "Run of Words" in browser.get(new(workflow)).content.decode()
    answer = browser.post(new(workflow), FORM | {"in-text_input": "a harbour"})
    schedule = Schedule.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/schedules/{schedule.pk}")
    assert schedule.when == {"every": "week", "days": ["mon", "fri"], "at": "09:00"}
    assert (schedule.time_zone, schedule.inputs, schedule.runs_as) == (
        "Europe/Berlin",
        {"ask": "a harbour"},
        alice,
    )
    for page in (tab, "/schedules"):
        text_of = said(browser.get(page))
        assert "Boats at nine" in text_of and "Mon, Fri at 09:00 · Europe/Berlin" in text_of
        assert re.search(r"(Mon|Fri), \d+ Nov|Dec|\d{4}, 09:00 CES?T", text_of)
    assert "of Words" in said(browser.get("/schedules"))


def test_what_is_left_as_it_is_stays_the_workflows_own(signed_in, alice, workflow):
    signed_in(alice).post(new(workflow), FORM | {"in-text_input": "a lighthouse"})
    assert Schedule.objects.get().inputs == {}


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"days": []}, "Choose one or more days"),
        ({"time_zone": "Mars"}, "There is no time zone of this name."),
        ({"every": "minutes", "minutes": "3"}, "A whole number from 5 to 10080."),
        (
            {"every": "cron", "cron": "* * * * *"},
            "A schedule may be due every five minutes, and not more often.",
        ),
        ({"every": "day", "at": ""}, "Write the time of day as 09:30"),
        ({"name": ""}, "This field is required."),
        ({"late_minutes": "7"}, "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(signed_in, alice, workflow, wrong, sentence):
    answer = signed_in(alice).post(new(workflow), FORM | wrong)
    assert answer.status_code == 400 and sentence in said(answer)
    assert not Schedule.objects.exists()


def test_the_next_moments_are_shown_in_the_zone(signed_in, alice):
    browser = signed_in(alice)
    query = "/schedules/preview?every=day&at=06:15&time_zone=Asia/Tokyo"
    text_of = said(browser.get(query))
    assert text_of.count("06:15 JST") == 5
    tomorrow = datetime.now(UTC) + timedelta(days=2)
    assert f"{tomorrow.year}" in text_of
    assert "There is no time zone" in said(browser.get("/schedules/preview?every=day&at=06:15&time_zone=x"))


def test_a_schedule_is_changed_on_its_page(signed_in, alice, workflow):
    schedule = timed(alice, workflow, inputs={"ask": "fog"}, late_minutes=7)
    browser = signed_in(alice)
    page = browser.get(f"/schedules/{schedule.pk}").content.decode()
    assert "fog</textarea>" in page and '<option value="7" selected>7 min</option>' in page
    fields = FORM | {"late_minutes": "7", "in-text_input": "mist\r\nand rain"}
    answer = browser.post(f"/schedules/{schedule.pk}", fields)
    schedule.refresh_from_db()
    assert (answer.status_code, schedule.name, schedule.late_minutes) == (303, "Boats at nine", 7)
    assert schedule.inputs == {"ask": "mist\nand rain"}


def test_pictures_are_chosen_kept_and_let_go(signed_in, alice):
    workflow = make_workflow(alice, [node("photo", "input:image"), preview()], "photo.image out.value")
    browser = signed_in(alice)
    file = SimpleUploadedFile("boat.png", png(8, 8), "image/png")
    assert browser.post(new(workflow), FORM | {"in-image_input": file}).status_code == 303
    schedule = Schedule.objects.get()
    asset = schedule.inputs["photo"]["assetId"]
    assert "boat.png stays" in said(browser.get(f"/schedules/{schedule.pk}"))
    browser.post(f"/schedules/{schedule.pk}", FORM | {"in-image_input-kept": asset})
    schedule.refresh_from_db()
    assert schedule.inputs["photo"]["assetId"] == asset
    assert (
        browser.post(f"/schedules/{schedule.pk}", FORM).status_code == 400
    )  # the workflow has none of its own
    other = SimpleUploadedFile("gull.png", png(9, 9), "image/png")
    browser.post(f"/schedules/{schedule.pk}", FORM | {"in-image_input": other})
    schedule.refresh_from_db()
    assert schedule.inputs["photo"]["assetId"] != asset


def test_it_is_paused_let_go_on_started_and_deleted_by_buttons(signed_in, alice, workflow):
    schedule = timed(alice, workflow)
    browser = signed_in(alice)
    assert do(browser, schedule, "pause", next="/schedules").headers["Location"] == "/schedules"
    assert "paused" in said(browser.get("/schedules"))
    assert (
        do(browser, schedule, "resume", next="//elsewhere.example").headers["Location"]
        == f"/schedules/{schedule.pk}"
    )
    schedule.refresh_from_db()
    assert schedule.is_active
    answer = do(browser, schedule, "run")
    execution = Execution.objects.get()
    assert answer.headers["Location"] == f"/executions/{execution.pk}"
    assert do(browser, schedule, "fly").status_code == 400
    answer = do(browser, schedule, "delete")
    assert answer.headers["Location"] == f"/workflows/{workflow.pk}/settings?tab=schedules"
    assert not Schedule.objects.exists()


def test_the_next_one_is_first_and_what_is_left_out_is_counted(signed_in, alice, workflow, monkeypatch):
    monkeypatch.setattr(schedule_pages, "MOST_SHOWN", 2)
    late = timed(alice, workflow, name="Late", when={"every": "minutes", "minutes": 5000})
    timed(alice, workflow, name="Soon", when={"every": "minutes", "minutes": 5})
    paused = timed(alice, workflow, name="A paused one", is_active=False)
    text_of = said(signed_in(alice).get("/schedules"))
    assert text_of.index("Soon") < text_of.index(late.name) and paused.name not in text_of
    assert "1 more stand in the settings of their workflows." in text_of
    Team.objects.update(plan="free")
    assert "3 of 3 that the plan allows." in said(signed_in(alice).get("/schedules"))


def test_run_now_that_is_refused_says_why(signed_in, alice, workflow):
    schedule = timed(alice, workflow)
    Workflow.objects.update(is_active=False)
    browser = signed_in(alice)
    answer = browser.post(f"/schedules/{schedule.pk}/do", {"do": "run"}, follow=True)
    assert "Workflow is not active" in said(answer) and not Execution.objects.exists()


def test_runners_run_and_viewers_look(signed_in, alice, rita, vera, workflow):
    schedule = timed(alice, workflow)
    for person, may_run in ((rita, True), (vera, False)):
        browser = signed_in(person)
        for page in (
            "/schedules",
            f"/schedules/{schedule.pk}",
            f"/workflows/{workflow.pk}/settings?tab=schedules",
        ):
            text_of = said(browser.get(page))
            assert "Daily boats" in text_of and ("Run now" in text_of) is may_run
            assert "Pause" not in text_of.replace("pauses", "") and "Save" not in text_of
        assert browser.get(f"/workflows/{workflow.pk}/settings").status_code == 403
        assert browser.get(new(workflow)).status_code == 403
        assert browser.post(f"/schedules/{schedule.pk}", FORM).status_code == 403
        assert do(browser, schedule, "delete").status_code == 403
        assert do(browser, schedule, "run").status_code == (303 if may_run else 403)
    assert Schedule.objects.get().name == "Daily boats"


def test_pages_say_whom_it_runs_as_and_that_a_change_makes_it_run_as_oneself(signed_in, alice, bob, workflow):
    schedule = timed(bob, workflow)
    browser = signed_in(alice)
    page = f"/schedules/{schedule.pk}"
    assert f"It runs as {bob}. Once you change more than its name it runs as you" in said(browser.get(page))
    for listed in ("/schedules", f"/workflows/{workflow.pk}/settings?tab=schedules"):
        assert f"runs as {bob}" in said(browser.get(listed))
    browser.post(page, FORM)
    assert Schedule.objects.get().runs_as == alice
    assert "Once you change more" not in said(browser.get(page))


def test_one_whose_person_left_is_taken_over_by_one_click(signed_in, alice, bob, workflow):
    schedule = timed(bob, workflow)
    Member.objects.filter(user=bob).delete()
    firing.fire_due()
    browser = signed_in(alice)
    shown = said(browser.get(f"/schedules/{schedule.pk}"))
    assert f"{bob} may start no runs here any more" in shown
    assert "Take it over, and it runs as you." in shown
    assert "Take over and let it go on" in shown
    do(browser, schedule, "resume")
    schedule.refresh_from_db()
    assert (schedule.runs_as, schedule.is_active) == (alice, True)
    assert fired(schedule).execution.started_by == alice


def test_what_became_of_its_moments_is_listed(signed_in, alice, workflow):
    schedule = timed(alice, workflow)
    first = fired(schedule)
    fired(schedule)
    Hand().finish(first.execution)
    Workflow.objects.update(is_active=False)
    fired(schedule)
    browser = signed_in(alice)
    text_of = said(browser.get(f"/schedules/{schedule.pk}"))
    for words in (
        "started",
        "skipped",
        "The run before it was still going on.",
        "refused",
        "Workflow is not active",
    ):
        assert words in text_of
    assert "1 skipped so far" in said(browser.get("/schedules"))
    for _ in range(4):
        fired(schedule)
    assert "It was refused 5 times in a row" in said(browser.get("/schedules"))


@pytest.mark.parametrize(
    ("because", "german"),
    [
        (firing.GONE, "Die Person, als die er lief, ist nicht mehr im Team"),
        (
            firing.OFTEN_REFUSED.format(times=firing.MOST_REFUSALS, said=firing.OUR_FAULT),
            "Er wurde 5-mal hintereinander abgelehnt, zuletzt: In diesem Programm ging",
        ),
        (
            firing.OFTEN_REFUSED.format(times=firing.MOST_REFUSALS, said="Workflow {is} not active"),
            "Er wurde 5-mal hintereinander abgelehnt, zuletzt: Workflow {is} not active",
        ),
        (IMPORTED, "Er kam mit dem Archiv eines Teams."),
    ],
)
def test_why_it_paused_is_said_in_the_language_of_whoever_reads_it(
    signed_in, alice, workflow, because, german
):
    schedule = timed(alice, workflow, is_active=False)
    Schedule.objects.update(paused_because=because)
    type(alice).objects.filter(pk=alice.pk).update(language="de")
    browser = signed_in(alice)
    for page in ("/schedules", f"/schedules/{schedule.pk}"):
        assert german in said(browser.get(page))


def test_a_run_names_the_schedule_that_started_it(signed_in, alice, workflow):
    schedule = timed(alice, workflow, name="Boats & more")
    execution = fired(schedule).execution
    browser = signed_in(alice)
    page = browser.get(f"/executions/{execution.pk}").content.decode()
    assert f'schedule <a href="/schedules/{schedule.pk}">Boats &amp; more</a>' in page
    assert execution.pk.hex[:8] in browser.get("/executions?trigger=schedule").content.decode()
    assert execution.pk.hex[:8] not in browser.get("/executions?trigger=webhook").content.decode()
    schedule.delete()
    page = browser.get(f"/executions/{execution.pk}").content.decode()
    assert "schedule Boats &amp; more" in page and "/schedules/" not in page


def test_one_whose_times_cannot_be_kept_any_more_can_still_be_looked_at(signed_in, alice, workflow):
    schedule = timed(alice, workflow)
    Schedule.objects.update(time_zone="Europe/Atlantis")
    due(schedule)
    firing.fire_due()
    page = signed_in(alice).get(f"/schedules/{schedule.pk}")
    assert page.status_code == 200 and "There is no time zone of this name." in said(page)
    assert pause(actor=actor_for(alice), schedule=schedule) is False and not Firing.objects.exists()
