"""Archives that somebody changed: refused with a sentence, and nothing of them is kept."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from accounts.models import Member, Team, User
from accounts.teams import MOST_OWNED
from archives.actions import export_team, import_team
from archives.files import placed_files
from archives.reading import opened
from archives.shape import Unfit
from assets.actions import remove_unowned
from assets.models import Asset
from executions.audit import faults
from tests.archives.test_round_trip import full, house
from tests.archives.zips import Rows, files_of, forged, rewritten
from tests.executions.runs import everything_stored
from wireflow_ui.errors import Conflict, WireflowError

__all__ = ["full", "house"]


def _entry(rows: Rows, kind: str) -> dict[str, Any]:
    return next(row for row in rows if row["kind"] == kind)


def _more_granted(rows: Rows) -> None:
    """More was granted, and all that follows still adds up: only the operator could tell."""
    _entry(rows, "grant")["amount"] += 1_000_000


def _spent_less(rows: Rows) -> None:
    settle = _entry(rows, "settle")
    settle["kind"], settle["credit"] = "release", "available"


def _overdrawn(rows: Rows) -> None:
    _entry(rows, "grant")["amount"] = 1


def _from_nowhere(rows: Rows) -> None:
    _entry(rows, "release" if any(row["kind"] == "release" for row in rows) else "settle")["amount"] += 5


def _twice(rows: Rows) -> None:
    rows.append(dict(_entry(rows, "grant")))


def _of_others(rows: Rows) -> None:
    _entry(rows, "grant")["debit"] = "held"


def _of_the_future(rows: Rows) -> None:
    rows[-1]["created_at"] = "2999-01-01T00:00:00+00:00"


def _schedule(rows: Rows) -> dict[str, Any]:
    return next(row["schedules"][0] for row in rows if row["schedules"])


FORGED: list[tuple[str, Callable[[Rows], object], str]] = [
    ("entries", _spent_less, "Ledger and runs do not agree"),
    ("entries", _overdrawn, "there would be -"),
    ("entries", _from_nowhere, "is moved than was held|there would be -"),
    ("entries", _twice, "something twice"),
    ("entries", _of_others, "from held to available"),
    ("entries", _of_the_future, "is of the future"),
    ("entries", lambda rows: rows.remove(_entry(rows, "settle")), "Ledger and runs do not agree"),
    ("executions", lambda rows: rows[0].update(credits_used=0), "Ledger and runs do not agree"),
    ("executions", lambda rows: rows[0].update(workflow="cm" + "0" * 23), "graph that is not in the archive"),
    ("executions", lambda rows: rows[0].update(trigger="guest"), "another team's app"),
    ("executions", lambda rows: rows[0].update(status="DANCING"), "a value that it cannot have"),
    ("executions", lambda rows: rows[0].update(started_by=10**6), "a person who is not in the archive"),
    ("executions", lambda rows: rows[0]["node_runs"][0].update(item_path="x"), "cannot be shown"),
    ("executions", lambda rows: rows[0]["node_runs"][1].update(id=rows[0]["node_runs"][0]["id"]), "number of its own"),
    ("workflows", lambda rows: _schedule(rows)["when"].update(every="second"), "times cannot be kept"),
    ("workflows", lambda rows: _schedule(rows).update(time_zone="Europe/Atlantis"), "times cannot be kept"),
    ("workflows", lambda rows: _schedule(rows).update(overlap="queue"), "a value that it cannot have"),
    ("workflows", lambda rows: _schedule(rows).update(runs_as=10**6), "a person who is not in the archive"),
    ("workflows", lambda rows: rows[0].update(schedules=[7]), "is no list of objects"),
    ("workflows", lambda rows: rows[0].update(id="../../etc/passwd"), "no id as such rows have"),
    ("workflows", lambda rows: rows[0]["nodes"][0].pop("position"), "stands nowhere"),
    ("workflows", lambda rows: rows[0]["nodes"][0]["position"].update(x=10**400), "stands nowhere"),
    ("workflows", lambda rows: rows[0].update(created_at="yesterday"), "a value that it cannot have"),
    ("workflows", lambda rows: rows[0].update(name=7), "wrong type"),
    ("versions", lambda rows: rows[0].update(workflow="cm" + "0" * 23), "workflow that is not in the archive"),
    ("versions", lambda rows: rows[1].update(id=rows[0]["id"]), "number of its own"),
    ("versions", lambda rows: rows[0].update(nodes=[{}]), "Row 1 of versions"),
    ("versions", lambda rows: rows[0].update(number=1_000_001), "none that a version can have"),
    ("versions", lambda rows: rows.clear(), "graph that is not in the archive"),
    ("assets", lambda rows: rows[0].update(name="../../../settings.png"), "a name that no file of its type has"),
    ("assets", lambda rows: rows[0].update(content_type="text/html"), "are not stored here"),
    ("assets", lambda rows: rows[0].update(sha256="0" * 64), "is not in the archive"),
    ("assets", lambda rows: rows.clear(), "files that belong to no asset"),
    ("limits", lambda rows: rows[0].update(subject="workflow:cm" + "1" * 23), "not in the archive"),
]  # fmt: skip


@pytest.fixture
def archive(full: Team, tmp_path: Path) -> Path:
    path = tmp_path / "team.zip"
    export_team(team=full, path=path)
    return path


def refused(path: Path, owner: User, sentence: str) -> None:
    before, teams, people = everything_stored(), Team.objects.count(), User.objects.count()
    files = sorted(_stored())
    with pytest.raises(Unfit, match=sentence):
        import_team(path=path, owner=owner, name="", plan="free", keeps_balance=True)
    assert (everything_stored(), Team.objects.count(), User.objects.count()) == (before, teams, people)
    assert sorted(_stored()) == files
    assert faults() == []


def _stored() -> list[str]:
    from django.conf import settings

    return [str(path) for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_rows_that_were_changed_are_refused_though_the_manifest_agrees(
    archive: Path, alice: User, tmp_path: Path
):
    assert Asset.objects.exists()
    for number, (table, change, sentence) in enumerate(FORGED):
        try:
            refused(forged(archive, tmp_path / f"forged-{number}.zip", table, change), alice, sentence)
        except BaseException:
            print(f"{number}: {table}, {sentence!r}")
            raise


def test_a_grant_that_was_made_larger_is_no_credit(archive: Path, alice: User, tmp_path: Path):
    """Nothing in it contradicts itself; so the credits of an archive are not believed at all."""
    path = forged(archive, tmp_path / "rich.zip", "entries", _more_granted)
    kept = import_team(path=path, owner=alice, name="Rich", plan="free")
    assert kept.wallet.available == kept.wallet.held == 0 and faults() == []


def test_files_go_again_whatever_refuses_the_archive_and_those_of_assets_stay(
    archive: Path, alice: User, full: Team
):
    before = sorted(_stored())
    with pytest.raises(Conflict), opened(archive) as found, placed_files(found) as placed:
        assert placed and sorted(_stored()) != before
        raise Conflict("Something else is wrong.")
    assert sorted(_stored()) == before
    with opened(archive) as found, placed_files(found) as placed:
        """Nothing refuses it, and no asset has them."""
    for blob in [one.blob for one in placed.values()] + [one.blob for one in Asset.objects.filter(team=full)]:
        remove_unowned(blob)
    assert sorted(_stored()) == before


def test_an_owner_of_enough_teams_is_told_before_anything_is_placed(archive: Path, alice: User):
    for number in range(MOST_OWNED):
        team = Team.objects.create(name=f"Team {number}")
        Member.objects.create(user=alice, team=team, role="owner")
    before = Team.objects.count(), everything_stored(), sorted(_stored())
    with pytest.raises(WireflowError, match="owner of 20 teams already"):
        import_team(path=archive, owner=alice, name="", plan="free")
    with pytest.raises(WireflowError, match="name of 1 to 200 characters"):
        import_team(path=archive, owner=alice, name=" ", plan="free")
    assert (Team.objects.count(), everything_stored(), sorted(_stored())) == before


def test_what_is_no_whole_archive_is_refused(archive: Path, alice: User, tmp_path: Path):
    whole = archive.read_bytes()
    name = next(iter(files_of(archive)))
    bomb = b"0" * 80_000_000 + b"\n"

    def packed(to: str, members: dict[str, bytes | None], change: Callable[[Any], object] = lambda _: None,
               method: int = zipfile.ZIP_STORED) -> Path:  # fmt: skip
        return rewritten(archive, tmp_path / to, members, change, method)

    def cut(to: str, content: bytes) -> Path:
        (tmp_path / to).write_bytes(content)
        return tmp_path / to

    tries = [
        (cut("short.zip", whole[: len(whole) // 2]), "damaged or not whole"),
        (cut("text.zip", b"no archive"), "damaged or not whole"),
        (cut("flipped.zip", whole.replace(b"\x89PNG", b"\x88PNG", 1)), "damaged or not whole|other bytes"),
        (packed("other-bytes.zip", {name: b"other bytes"}), "files are not those"),
        (packed("same-size.zip", {name: files_of(archive)[name][::-1]}), "other bytes than its name"),
        (packed("no-manifest.zip", {"manifest.json": b"[]"}), "is no object"),
        (packed("other.zip", {}, lambda one: one.update(format="docx")), "another format"),
        (packed("newer.zip", {}, lambda one: one.update(version=2)), "of version 2 of the format"),
        (packed("less.zip", {}, lambda one: one.pop("tables")), "lacks something"),
        (packed("gone.zip", {"data/entries.jsonl": None}), "entries.jsonl is missing"),
        (packed("path.zip", {"../../evil.sh": b"x"}), "does not belong"),
        (packed("deep.zip", {"data/views.jsonl": b"[" * 100_000}), "nested too deep"),
        (packed("rows.zip", {"data/views.jsonl": b"{}\n"}), "not those that the manifest tells of"),
        (packed("bomb.zip", {"data/views.jsonl": bomb}, method=zipfile.ZIP_DEFLATED), "packed|would become"),
    ]  # fmt: skip
    for path, sentence in tries:
        print(path.name)
        refused(path, alice, sentence)
    twice = tmp_path / "twice.zip"
    twice.write_bytes(whole)
    with zipfile.ZipFile(twice, "a") as more, pytest.warns(UserWarning):
        more.writestr("manifest.json", json.dumps({}))
    refused(twice, alice, "stands twice")
