"""A person brings an archive in the browser, and owns a new team of it; or nothing of it is there."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.models.functions import Now

from accounts.models import AuditEntry, Member, Team
from archives import actions, imports, reading
from archives.models import ArchiveState, TeamImport
from archives.past_runs import PastRuns
from archives.shape import Row
from assets import store
from credits.models import Wallet
from executions.clock import in_seconds
from executions.models import Execution
from tests.archives.zips import forged, rewritten
from tests.executions.runs import Hand, prompt, prove, start
from tests.factories import team_of
from workflows.models import Workflow

PLACE = "/settings/team/import"


@pytest.fixture(autouse=True)
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What a worker would be told; the test does it."""
    told: list[int] = []
    monkeypatch.setattr("accounts.tasks.bell.ring", lambda task, number: told.append(number))
    return told


@pytest.fixture
def packed(alice, tmp_path: Path) -> Path:
    """An archive of Alice's team, in which something was run."""
    prove(Hand().finish(start(alice, *prompt("a boat"))))
    path = tmp_path / "team.zip"
    actions.export_team(team=team_of(alice), path=path)
    return path


def bring(browser, content: bytes, **more: str):
    file = SimpleUploadedFile("team.zip", content, content_type="application/zip")
    return browser.post(PLACE, {"archive": file, **more})


def page(browser) -> str:
    return browser.get(PLACE).content.decode()


def test_whoever_brings_an_archive_owns_the_team_that_is_made_of_it(
    charlie, signed_in, packed, rung, django_capture_on_commit_callbacks
):
    browser = signed_in(charlie)
    assert "Make the team" in page(browser)
    with django_capture_on_commit_callbacks(execute=True):
        assert bring(browser, packed.read_bytes(), name="Boats").headers["Location"] == PLACE
    brought = TeamImport.objects.get()
    assert rung == [brought.pk]
    assert "being taken in" in page(browser) and "Make the team" not in page(browser)
    part = browser.get(PLACE, headers={"HX-Request": "true"}).content.decode()
    assert 'hx-trigger="every 2s"' in part and "<html" not in part
    assert "Bring an archive" not in part

    imports.take(import_id=brought.pk)
    imports.take(import_id=brought.pk)  # messages come twice
    brought.refresh_from_db()
    team = brought.team
    assert team is not None and (brought.state, team.name) == (ArchiveState.READY, "Boats")
    assert list(Member.objects.filter(team=team).values_list("user", "role")) == [(charlie.pk, "owner")]
    assert (Workflow.objects.filter(team=team).count(), Execution.objects.filter(team=team).count()) == (1, 1)
    assert Wallet.objects.get(team=team).available == 0
    assert AuditEntry.objects.filter(team=team, action="team.imported").count() == 1
    shown = browser.get(PLACE, headers={"HX-Request": "true"}).content.decode()
    assert "“Boats” is there" in shown and f'value="{team.pk}"' in shown and "Make the team" in shown
    with pytest.raises(FileNotFoundError):
        store.open_part(brought.part)


@pytest.mark.django_db(transaction=True)
def test_the_page_opens_its_own_transactions(charlie, signed_in, rung):
    """Around other tests stands one, which hides a lock that is taken outside any; PostgreSQL refuses that."""
    assert bring(signed_in(charlie), b"some bytes").headers["Location"] == PLACE
    assert rung == [TeamImport.objects.get().pk]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_while_an_archive_is_read(charlie, packed, monkeypatch):
    reading_one, locked = PastRuns.take, []

    def take(self: PastRuns, where: str, row: Row) -> None:
        locked.append(connection.in_atomic_block)
        reading_one(self, where, row)

    monkeypatch.setattr(PastRuns, "take", take)
    kept = actions.import_team(path=packed, owner=charlie, name="", plan="operator")
    assert locked == [False]
    assert Execution.objects.filter(team=kept.team).count() == 1


def test_what_is_no_archive_is_refused_in_a_sentence_and_nothing_is_there(charlie, signed_in):
    browser, before = signed_in(charlie), Team.objects.count()
    bring(browser, b"no archive at all")
    imports.take(import_id=TeamImport.objects.get().pk)
    assert Team.objects.count() == before
    assert "No team was made of the archive. The archive is damaged or not whole." in page(browser)


def test_a_forged_archive_leaves_nothing(charlie, signed_in, packed, tmp_path):
    bad = forged(packed, tmp_path / "bad.zip", "executions", lambda rows: rows.append(dict(rows[0])))
    before = Team.objects.count(), Workflow.objects.count()
    bring(signed_in(charlie), bad.read_bytes())
    imports.take(import_id=TeamImport.objects.get().pk)
    brought = TeamImport.objects.get()
    assert (brought.state, brought.team) == (ArchiveState.FAILED, None) and brought.error
    assert (Team.objects.count(), Workflow.objects.count()) == before


VIEWS = ["data/views.jsonl"]
TABLES = [f"data/{name}.jsonl" for name in ("templates", "components", "views", "limits", "audit")]


@pytest.mark.parametrize(
    ("members", "piece", "times", "sentence"),
    [
        (["manifest.json"], b"[],", 11_000_000, reading.LONG_MANIFEST),
        (["manifest.json"], b"0,", 510_000, "The manifest has more than 500,000 values"),
        (VIEWS, b"[],", 400_000, "Row 1 of views has more than 500,000 values"),
        (VIEWS, b" ", 5_000_000, "Row 1 of views is larger than 4.5 MB"),
        (TABLES, b"[],", 1_100_000, reading.MANY_VALUES),
        (TABLES, b" ", 60_000_000, reading.BURSTING),
    ],
)
def test_a_small_file_takes_neither_memory_nor_hours(
    charlie, signed_in, packed, tmp_path, members, piece, times, sentence
):
    row = b'{"x":[' + piece * times + b"0]}"
    bad = rewritten(packed, tmp_path / "bad.zip", dict.fromkeys(members, row), method=zipfile.ZIP_DEFLATED)
    browser, before = signed_in(charlie), Team.objects.count()
    bring(browser, bad.read_bytes())
    imports.take(import_id=TeamImport.objects.get().pk)
    assert Team.objects.count() == before
    assert sentence in page(browser)


def test_other_ways_to_pack_and_more_rows_than_a_page_takes_are_refused(charlie, signed_in, packed, tmp_path):
    def many(manifest) -> None:
        manifest["tables"]["people"]["rows"] = 200_001

    bad = rewritten(packed, tmp_path / "lzma.zip", {"data/views.jsonl": b""}, method=zipfile.ZIP_LZMA)
    more = rewritten(packed, tmp_path / "more.zip", {}, many)
    browser = signed_in(charlie)
    for path, sentence in ((bad, reading.OTHERWISE_PACKED), (more, reading.MANY_ROWS)):
        bring(browser, path.read_bytes())
        imports.take(import_id=TeamImport.objects.latest("pk").pk)
        assert sentence in page(browser)


def test_one_at_a_time_and_no_file_are_said(charlie, signed_in, packed):
    browser = signed_in(charlie)
    answer = browser.post(PLACE, {})
    assert (answer.status_code, "Choose the ZIP file" in answer.content.decode()) == (400, True)
    bring(browser, packed.read_bytes())
    answer = bring(browser, packed.read_bytes())
    assert (answer.status_code, "Another archive of yours" in answer.content.decode()) == (409, True)
    assert TeamImport.objects.count() == 1


def test_what_is_refused_is_said_in_the_language_of_the_page(charlie, signed_in):
    browser = signed_in(charlie)
    browser.post("/language", {"language": "de"})
    assert "Wähle zuerst die ZIP-Datei" in browser.post(PLACE, {}).content.decode()
    bring(browser, b"no archive at all")
    imports.take(import_id=TeamImport.objects.get().pk)
    assert "Das Archiv ist beschädigt oder unvollständig." in page(browser)


def test_a_large_one_is_left_to_the_operator(charlie, signed_in, monkeypatch):
    monkeypatch.setattr(imports, "MOST_BYTES", 10)
    answer = bring(signed_in(charlie), b"x" * 11)
    assert (answer.status_code, "takes it in by a command" in answer.content.decode()) == (413, True)
    assert not TeamImport.objects.exists()


def test_nobody_sees_the_imports_of_others(alice, charlie, signed_in, packed):
    bring(signed_in(charlie), packed.read_bytes(), name="Secret boats")
    assert "being taken in" not in page(signed_in(alice))


def test_whoever_was_overtaken_leaves_nothing(charlie, signed_in, packed, monkeypatch):
    """It stood still for longer than its lease, and another worker has the import now."""
    bring(signed_in(charlie), packed.read_bytes())
    brought = TeamImport.objects.get()
    before = Team.objects.count()
    fetch = imports._fetch

    def slowly(part: str, path: Path) -> None:
        fetch(part, path)
        TeamImport.objects.update(attempt=2)

    monkeypatch.setattr(imports, "_fetch", slowly)
    imports.take(import_id=brought.pk)
    assert Team.objects.count() == before
    assert TeamImport.objects.get().state == ArchiveState.MAKING
    store.open_part(brought.part).close()


def test_an_import_that_died_is_rung_for_again_and_given_up_after_three_tries(
    charlie, signed_in, packed, rung
):
    bring(signed_in(charlie), packed.read_bytes())
    made = TeamImport.objects.all()
    made.update(state=ArchiveState.MAKING, attempt=1, lease_until=in_seconds(-1))
    imports.look_after()
    assert rung == [made.get().pk]
    made.update(attempt=3, lease_until=Now())
    made.update(lease_until=in_seconds(-1))
    imports.look_after()
    assert (made.get().state, made.get().error) == (ArchiveState.FAILED, imports.GAVE_UP)
