"""A team as an archive, and a new team of it beside the first, where all its ids are taken."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import AuditEntry, Member, Team, User
from archives.actions import export_team, import_team
from archives.unpacking import IMPORTED, Kept
from assets import store
from assets.actions import mark, upload
from assets.models import Asset
from credits.ledger import balance_at
from credits.models import Entry, Hold, SpendingLimit, Wallet
from executions.actions import Start, start_execution
from executions.audit import faults
from executions.models import Execution, NodeRun
from executions.states import ExecutionStatus, NodeStatus
from history import listing
from history.models import Mark, MarkKind, SavedView
from tests.archives.zips import files_of, forged, rows_of
from tests.executions.conftest import house
from tests.executions.runs import Hand, make_workflow, prompt
from tests.factories import actor_for, make_user, team_of
from tests.graphs import chain
from triggers import publishing
from triggers.models import App, Schedule, Webhook
from triggers.schedules import make_schedule
from triggers.webhooks import switch_on
from workflows import actions as flows
from workflows.component_actions import make_component
from workflows.models import Component, TeamTemplate, Version, Workflow
from workflows.template_actions import save_as_template

__all__ = ["house"]


@pytest.fixture
def full(alice: User, bob: User, house: None) -> Team:
    """Alice's team with some of everything: a paid run of pictures, one of words, and one that is under way."""
    team, actor = team_of(alice), actor_for(alice)
    boats = flows.create_workflow(actor=actor, name="Boats", **chain()).workflow
    words = make_workflow(alice, *prompt("a boat"))
    hand = Hand()
    done = hand.finish(start_execution(workflow=boats, team=team, start=Start(), user=alice))
    assert done.status == ExecutionStatus.COMPLETED
    listing.note_some(team_id=team.pk)
    Mark.objects.create(
        execution=done, team=team, kind=MarkKind.LABEL, value="best", created_at=done.created_at
    )
    hand.finish(start_execution(workflow=words, team=team, start=Start(), user=bob))
    start_execution(workflow=words, team=team, start=Start(), user=bob)
    asset = Asset.objects.filter(team=team).order_by("created_at")[0]
    mark(asset=asset, user=alice, is_favourite=True)
    note = upload(team=team, user=bob, file=ContentFile(b"name,age\nAda,36\n"), filename="people.csv")
    flows.set_cover(workflow_id=boats.pk, cover=asset.as_value())
    save_as_template(actor=actor, workflow=boats, name="Boats to start from")
    make_component(
        actor=actor, name="Sized", content={**chain(), "inputs": [], "outputs": [], "settings": []}
    )
    publishing.publish(actor=actor, workflow=boats, slug="boats", logo=asset.url)
    switch_on(workflow=words, user=alice)
    make_schedule(
        actor=actor_for(bob), workflow=words, name="At nine", when={"every": "day", "at": "09:00"},
        time_zone="Europe/Berlin", inputs={"text": "a harbour"},
    )  # fmt: skip
    SavedView.objects.create(
        team=team, created_by=bob, name="Bob's", query=f"person={bob.pk}&key=7", is_shared=True
    )
    SavedView.objects.create(team=team, created_by=bob, name="hidden", query="q=boat")
    SpendingLimit.objects.create(
        team=team, subject=f"workflow:{boats.pk}", name="Boats", period="day", credits=500
    )
    SpendingLimit.objects.create(team=team, subject=f"person:{bob.pk}", name="Bob", period="day", credits=5)
    assert note.sha256 and faults() == []
    return team


def brought_in(archive: Path, *, keeps_balance: bool = False) -> Kept:
    owner = User.objects.filter(email="zoe@example.org").first() or make_user("zoe")
    return import_team(path=archive, owner=owner, name="", plan="free", keeps_balance=keeps_balance)


def test_all_that_counts_comes_back_and_the_balance_is_what_it_was_at_every_moment(
    full: Team, tmp_path: Path
):
    archive = tmp_path / "team.zip"
    before = Wallet.objects.get(team=full)
    assert before.held > 0
    moments = list(Entry.objects.filter(team=full).order_by("pk").values_list("created_at", flat=True))
    manifest = export_team(team=full, path=archive)
    assert manifest["files"]["missing"] == []

    kept = brought_in(archive, keeps_balance=True)
    team = kept.team
    assert faults() == [] and faults(team.pk) == []
    assert kept.unfinished == 1
    for at in moments:
        was, now = balance_at(full.pk, at), balance_at(team.pk, at)
        assert (now.available, now.held, now.spent) == (was.available, was.held, was.spent)
    wallet = Wallet.objects.get(team=team)
    assert (wallet.available, wallet.held, wallet.spent) == (before.available + before.held, 0, before.spent)
    assert not Hold.objects.filter(team=team, closing=None).exists()

    pairs = zip(
        Workflow.objects.filter(team=full).order_by("created_at"),
        Workflow.objects.filter(team=team).order_by("created_at"),
        strict=True,
    )
    files = {asset.url: asset for asset in Asset.objects.filter(team=full)}
    for old, new in pairs:
        assert new.pk != old.pk and new.name == old.name and new.updated_at == old.updated_at
        assert new.webhook_digest is None and new.link_permission == "PRIVATE" and not new.is_published
        assert new.graph_json() == old.graph_json()
        digests = Version.objects.filter(workflow=new).order_by("pk").values_list("digest", flat=True)
        assert list(digests) == list(old.versions.order_by("pk").values_list("digest", flat=True))
    # A row for each, however many a workflow has.
    numbers = Version.objects.filter(workflow__team=full).order_by("pk").values_list("pk", flat=True)
    assert [row["id"] for row in rows_of(archive, "versions")] == list(numbers)
    assert not any("versions" in row for row in rows_of(archive, "workflows"))
    for asset in Asset.objects.filter(team=team):
        same = next(
            one for one in files.values() if one.filename == asset.filename and one.sha256 == asset.sha256
        )
        assert asset.name != same.name and store.read(asset) == store.read(same)
        assert (asset.width, asset.height, asset.created_at) == (same.width, same.height, same.created_at)
    done = Execution.objects.get(team=team, workflow_name="Boats")
    output = NodeRun.objects.get(execution=done, node_id="resize").output or {}
    shown = Asset.objects.get(team=team, pk=output["image"]["assetId"])
    assert output["image"]["url"] == shown.url and shown.reference == f"execution:{done.pk}"
    assert shown.version == str(done.version_id) and done.version.workflow == done.workflow
    assert list(done.marks.filter(kind=MarkKind.LABEL).values_list("value", flat=True)) == ["best"]
    events = list(done.events.order_by("seq").values_list("seq", "kind"))
    old_done = Execution.objects.get(team=full, workflow_name="Boats")
    assert events == list(old_done.events.order_by("seq").values_list("seq", "kind"))

    stopped = Execution.objects.get(team=team, status=ExecutionStatus.CANCELLED)
    assert stopped.error_code == "exported" and stopped.credits_used == 0
    assert set(stopped.node_runs.values_list("status", flat=True)) <= {
        NodeStatus.CANCELLED,
        NodeStatus.COMPLETED,
    }
    seqs = list(stopped.events.order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, stopped.last_seq + 1))

    app = App.objects.get(workflow__team=team)
    assert (
        app.slug == "boats-2"
        and not app.is_on
        and app.version.digest == App.objects.get(workflow__team=full).version.digest
        and app.logo in {one.url for one in Asset.objects.filter(team=team)}
    )
    assert Webhook.objects.filter(workflow__team=team).count() == 1
    old_schedule = Schedule.objects.get(workflow__team=full)
    schedule = Schedule.objects.get(workflow__team=team)
    assert (schedule.next_at, schedule.paused_because) == (None, IMPORTED)
    assert (schedule.timetable, schedule.inputs) == (old_schedule.timetable, old_schedule.inputs)
    assert schedule.runs_as.name == "Bob (imported)"
    assert TeamTemplate.objects.get(team=team).name == "Boats to start from"
    part, old_part = Component.objects.get(team=team), Component.objects.get(team=full)
    assert part.pk != old_part.pk and part.versions.get().content == old_part.versions.get().content
    assert part.listing == old_part.listing
    assert list(SpendingLimit.objects.filter(team=team).values_list("name", flat=True)) == ["Boats"]
    view = SavedView.objects.get(team=team)
    bob_there = stopped.started_by
    assert bob_there is not None and view.query == f"person={bob_there.pk}"
    assert bob_there.name == "Bob (imported)" and not bob_there.is_active
    assert [member.user.email for member in Member.objects.filter(team=team)] == ["zoe@example.org"]
    listing.note_some(team_id=team.pk)
    assert AuditEntry.objects.filter(team=team).values_list("action", flat=True)[0] == "team.imported"


def test_the_archive_has_no_secrets_and_says_what_is_left_out(full: Team, alice: User, tmp_path: Path):
    archive = tmp_path / "team.zip"
    seed = Workflow.objects.exclude(webhook_seed="").get().webhook_seed
    manifest = export_team(team=full, path=archive)
    text = "".join(json.dumps(rows_of(archive, table)) for table in manifest["tables"])
    for secret in (seed, alice.password, Workflow.objects.exclude(webhook_seed="").get().webhook_digest):
        assert secret and secret not in text
    assert any("API keys" in sentence for sentence in manifest["leftOut"])
    assert len(files_of(archive)) == manifest["files"]["count"] > 0
    assert not list(tmp_path.glob("*.unfinished"))


def test_values_come_back_that_no_request_could_have_brought(full: Team, tmp_path: Path):
    """PostgreSQL gives 1e25 back as an integer of 26 digits; tables and providers' answers have any number of keys."""
    data = {
        "n": 10**25,
        "table": {f"column {number}": number for number in range(2_001)},
        "least": -(10**308),
    }
    Execution.objects.filter(team=full, workflow_name="Boats").update(trigger_data=data)
    archive = tmp_path / "team.zip"
    export_team(team=full, path=archive)
    team = brought_in(archive).team
    assert Execution.objects.get(team=team, workflow_name="Boats").trigger_data == data


def test_credits_of_an_archive_are_history_unless_the_operator_keeps_them(full: Team, tmp_path: Path):
    archive = tmp_path / "team.zip"
    export_team(team=full, path=archive)
    team = brought_in(archive).team
    wallet = Wallet.objects.get(team=team)
    assert (wallet.available, wallet.held) == (0, 0) and wallet.spent == Wallet.objects.get(team=full).spent
    before = balance_at(team.pk, timezone.now() - timedelta(seconds=0))
    assert before.available == 0 and faults() == []
    last = Entry.objects.filter(team=team).latest("pk")
    assert (last.kind, last.note) == ("withdrawal", "Not taken over with the team")
    again = tmp_path / "again.zip"
    export_team(team=team, path=again)  # an archive of such a team is one like any other
    assert brought_in(again).wallet.spent == wallet.spent
    assert faults() == []


def test_apps_of_an_archive_get_addresses_that_are_not_each_others(alice, charlie, tmp_path):
    for slug in ("boats", "boats-2"):
        publishing.publish(actor=actor_for(alice), workflow=make_workflow(alice, *prompt("x")), slug=slug)
    path = tmp_path / "team.zip"
    export_team(team=team_of(alice), path=path)
    App.objects.get(slug="boats-2").delete()
    kept = import_team(path=path, owner=charlie, name="", plan="operator")
    found = App.objects.filter(workflow__team=kept.team).values_list("slug", flat=True)
    assert sorted(found) == ["boats-2", "boats-2-2"]


def test_kept_versions_of_an_older_archive_get_their_numbers_in_the_order_in_which_they_were_kept(
    alice: User, tmp_path: Path
):
    actor = actor_for(alice)
    workflow = make_workflow(alice, *prompt("first"))
    nodes, edges = workflow.graph_json()
    made = []
    for text in ("first", "second", "third", "only run"):
        first = {**nodes[0], "data": {**nodes[0]["data"], "params": {"prompt": text}}}
        made.append(flows.pin_version(workflow=workflow, nodes=[first, *nodes[1:]], edges=edges))
    for place in (0, 1, 2, 0):
        flows.keep(version=made[place], actor=actor, name=("first", "second", "third")[place])
    archive = tmp_path / "team.zip"
    export_team(team=team_of(alice), path=archive)

    older = forged(
        archive, tmp_path / "older.zip", "versions", lambda rows: [row.pop("number") for row in rows]
    )
    found = Version.objects.filter(workflow__team=brought_in(older).team)
    assert dict(found.exclude(kept_at=None).values_list("name", "number")) == {
        "second": 1,
        "third": 2,
        "first": 3,
    }
    assert list(found.filter(kept_at=None).values_list("number", flat=True)) == [None]
