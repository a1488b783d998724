"""An owner has an archive made in the settings, and fetches it for a day."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, Member, User
from archives import actions
from archives.models import ArchiveState, TeamArchive
from tests.executions.conftest import house
from tests.factories import actor_for, team_of
from wireflow_ui.errors import Conflict

__all__ = ["house"]
PLACE = "/settings/team/archive"


@pytest.fixture(autouse=True)
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What a worker would be told; the test makes it."""
    told: list[int] = []
    monkeypatch.setattr("accounts.tasks.bell.ring", lambda task, number: told.append(number))
    return told


def test_an_archive_is_made_once_and_fetched_by_who_asked_for_it_alone(
    alice, bob, charlie, signed_in, house, rung, django_capture_on_commit_callbacks
):
    browser = signed_in(alice)
    page = browser.get("/settings?tab=team").content.decode()
    assert "Make an archive" in page and "What is left out" in page
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.post(PLACE).status_code == 303
        assert browser.post(PLACE).status_code == 303  # a second click is the same one
    archive = TeamArchive.objects.get()
    assert rung == [archive.pk]
    part = browser.get(PLACE, headers={"HX-Request": "true"}).content.decode()
    assert "being made" in part and 'hx-trigger="every 2s"' in part and "Make an archive" not in part
    assert browser.get(f"{PLACE}/{archive.pk}").status_code == 303

    actions.make(archive_id=archive.pk)
    actions.make(archive_id=archive.pk)  # messages come twice
    archive.refresh_from_db()
    assert (archive.state, archive.attempt) == (ArchiveState.READY, 1)
    answer = browser.get(f"{PLACE}/{archive.pk}")
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="alices-team-')
    content = answer.getvalue()
    assert len(content) == archive.bytes
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert packed.testzip() is None and "manifest.json" in packed.namelist()

    Member.objects.filter(user=bob).update(role="owner")
    for stranger, status in ((bob, 404), (charlie, 404)):
        assert signed_in(stranger).get(f"{PLACE}/{archive.pk}").status_code == status
    Member.objects.filter(user=alice).update(role="editor")
    assert browser.get(f"{PLACE}/{archive.pk}").status_code == 403
    assert browser.post(PLACE).status_code == 403
    assert "Make an archive" not in browser.get("/settings?tab=team").content.decode()
    Member.objects.filter(user=alice).update(role="owner")
    log = AuditEntry.objects.filter(team=team_of(alice), action__startswith="team.archive").order_by("pk")
    assert list(log.values_list("action", flat=True)) == ["team.archived", "team.archive_fetched"]

    TeamArchive.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert "is not kept any more" in browser.get("/settings?tab=team").content.decode()
    assert browser.get(f"{PLACE}/{archive.pk}").status_code == 303
    actions.look_after()
    archive.refresh_from_db()
    assert archive.state == ArchiveState.GONE
    with pytest.raises(FileNotFoundError):
        actions.store.open_part(archive.part)


def test_an_owner_waits_for_another_ones_archive_and_deletes_their_own(alice, bob, signed_in, house):
    Member.objects.filter(user=bob).update(role="owner")
    archive = actions.ask(actor=actor_for(alice))
    with pytest.raises(Conflict, match="Another owner has an archive made"):
        actions.ask(actor=actor_for(bob))
    actions.make(archive_id=archive.pk)
    assert signed_in(bob).post(f"{PLACE}/{archive.pk}/remove").status_code == 404
    assert signed_in(alice).post(f"{PLACE}/{archive.pk}/remove").status_code == 303
    assert TeamArchive.objects.get().state == ArchiveState.GONE
    assert TeamArchive.objects.count() == 1


def test_one_whose_maker_died_is_made_again_and_given_up_after_three_tries(alice, house, rung):
    archive = actions.ask(actor=actor_for(alice))
    for attempt in (1, 2, 3):
        TeamArchive.objects.update(
            state=ArchiveState.MAKING, attempt=attempt, lease_until=timezone.now() - timedelta(seconds=1)
        )
        rung.clear()
        actions.look_after()
        archive.refresh_from_db()
        if attempt < 3:
            assert rung == [archive.pk] and archive.state == ArchiveState.MAKING
    assert rung == [] and archive.state == ArchiveState.FAILED and "three tries" in archive.error
    assert actions.ask(actor=actor_for(alice)).pk != archive.pk


def test_one_that_is_ready_takes_the_place_of_the_teams_earlier_ones(alice, bob, charlie, house):
    other = actions.ask(actor=actor_for(charlie))
    actions.make(archive_id=other.pk)
    Member.objects.filter(user=bob).update(role="owner")
    first = actions.ask(actor=actor_for(alice))
    actions.make(archive_id=first.pk)
    second = actions.ask(actor=actor_for(bob))
    first.refresh_from_db()
    assert first.state == ArchiveState.READY  # until there is another
    actions.make(archive_id=second.pk)
    for archive, state in (
        (first, ArchiveState.GONE),
        (second, ArchiveState.READY),
        (other, ArchiveState.READY),
    ):
        archive.refresh_from_db()
        assert archive.state == state
    with pytest.raises(FileNotFoundError):
        actions.store.open_part(first.part)
    for archive in (second, other):
        with actions.store.open_part(archive.part) as file:
            assert len(file.read()) == archive.bytes


def test_a_lease_that_runs_is_left_alone(alice: User, house: None):
    archive = actions.ask(actor=actor_for(alice))
    TeamArchive.objects.update(
        state=ArchiveState.MAKING, attempt=1, lease_until=timezone.now() + timedelta(minutes=1)
    )
    actions.make(archive_id=archive.pk)
    archive.refresh_from_db()
    assert (archive.state, archive.attempt, archive.part) == (ArchiveState.MAKING, 1, "")
