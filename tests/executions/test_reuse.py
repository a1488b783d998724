"""Stored results: when they are taken, what they cost, and what makes them another content."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

import pytest
from django.core.files import File

from assets.actions import upload
from assets.models import Asset
from assets.store import open_stored
from credits.models import Wallet
from executions.actions import Start, start_execution
from executions.cache import content_hash
from executions.estimate import estimate
from executions.inputs import Gathered
from executions.models import Execution, NodeRun, Reuse, Submission
from executions.plan import plan
from tests.assets.pictures import png
from tests.executions.boards import llm, preview, text
from tests.executions.runs import Hand, make_workflow, prompt, prove, start, statuses, wallet
from tests.factories import actor_for, team_of
from tests.workflows.graphs import CATALOG, Json, node
from workflows.models import Workflow

GEMINI, RESIZE = CATALOG["llm:gemini"], CATALOG["utility:image_resize"]


def run(workflow: Workflow, **how: object) -> Execution:
    execution = start_execution(workflow=workflow, team=workflow.team, start=Start(**how))
    Hand().finish(execution)
    prove(execution)
    return execution


def reused(execution: Execution) -> set[str]:
    return set(NodeRun.objects.filter(execution=execution, is_cached=True).values_list("node_id", flat=True))


@pytest.fixture
def workflow(alice) -> Workflow:
    """ask → first → make → out; it ran once."""
    nodes = [text("ask", "x"), llm("first"), llm("make"), preview()]
    made = make_workflow(
        alice, nodes, "ask.prompt first.prompt", "first.text make.prompt", "make.text out.value"
    )
    run(made)
    return made


@pytest.mark.parametrize(
    ("reuse", "cost", "taken"),
    [(Reuse.NONE, 2, set()), (Reuse.LOCAL, 2, set()), (Reuse.ALL, 0, {"first", "make"})],
)
def test_remote_results_are_taken_when_asked_for(alice, workflow, reuse, cost, taken):
    again = run(workflow, reuse=reuse)
    assert (again.status, again.credits_used, reused(again)) == ("COMPLETED", cost, taken)
    assert wallet(alice) == (998 - cost, 0, 2 + cost)
    assert Submission.objects.count() == 2 + cost


def test_what_is_reused_is_marked_and_costs_nothing(workflow):
    first, again = Execution.objects.get(), run(workflow, reuse=Reuse.ALL)
    row = NodeRun.objects.get(execution=again, node_id="make")
    assert (row.is_cached, row.price, row.credits_used, row.attempt) == (True, 0, 0, 0)
    assert row.output == NodeRun.objects.get(execution=first, node_id="make").output


def test_the_target_is_always_made_anew_and_what_leads_to_it_is_reused(workflow):
    again = run(workflow, reuse=Reuse.ALL, target_node_id="make")
    assert reused(again) == {"first"}
    assert again.credits_used == 1


def test_a_changed_input_makes_everything_after_it_anew(workflow):
    assert reused(run(workflow, reuse=Reuse.ALL, inputs={"ask": "y"})) == set()


def test_a_changed_node_makes_itself_and_what_follows_anew(workflow):
    nodes, edges = workflow.graph_json()
    for one in nodes:
        if one["id"] == "make":
            one["data"] = {**one["data"], "params": {"max_tokens": 50}}
    assert reused(run(workflow, reuse=Reuse.ALL, nodes=nodes, edges=edges)) == {"first"}


def test_another_teams_results_are_not_taken(charlie, workflow):
    nodes, edges = workflow.graph_json()
    theirs = make_workflow(charlie, [])
    assert reused(run(theirs, reuse=Reuse.ALL, nodes=nodes, edges=edges)) == set()


def test_results_whose_files_were_deleted_are_made_anew(alice):
    nodes = [text("ask", "a boat"), node("make", "generate:nano_banana_2"), preview()]
    made = make_workflow(alice, nodes, "ask.prompt make.prompt", "make.images out.value")
    run(made)
    assert reused(run(made, reuse=Reuse.ALL)) == {"make"}
    Asset.objects.update(deleted_at="2026-01-01T00:00:00Z")
    assert reused(run(made, reuse=Reuse.ALL)) == set()


def described(alice, width: int = 8) -> Workflow:
    """A workflow that has a picture described which was just uploaded."""
    photo = upload(team=team_of(alice), user=alice, file=File(BytesIO(png(width))), filename="boat.png")
    nodes = [
        text("ask", "What is it?"),
        node("photo", "input:image", image=photo.pk),
        llm("say"),
        node("small", "utility:image_resize", width=4, height=4),
        preview(),
    ]
    return make_workflow(
        alice,
        nodes,
        "ask.prompt say.prompt",
        "photo.image small.image",
        "small.image say.image1",
        "say.text out.value",
    )


def test_the_same_file_uploaded_again_is_paid_once(alice):
    assert run(described(alice), reuse=Reuse.ALL).credits_used == 1
    again = described(alice)
    assert Asset.objects.filter(origin="upload").count() == 2
    states = {line["nodeId"]: line["state"] for line in planned(again, alice)}
    assert (states["small"], states["say"]) == ("cached", "cached")
    execution = run(again, reuse=Reuse.ALL)
    assert (execution.credits_used, reused(execution)) == (0, {"small", "say"})


def test_another_file_is_another_content_until_something_makes_the_same_of_it(alice):
    run(described(alice), reuse=Reuse.ALL)
    other = described(alice, width=9)
    assert {line["state"] for line in planned(other, alice)} == {"ready", "run"}
    assert reused(run(other, reuse=Reuse.ALL)) == {"say"}, "cut to the same size it is the same picture"


def test_the_same_file_of_another_team_finds_nothing(alice, charlie):
    run(described(alice), reuse=Reuse.ALL)
    assert reused(run(described(charlie), reuse=Reuse.ALL)) == set()


def packed(alice) -> Workflow:
    """A workflow that packs a file of JSON, in which a picture stands that was just uploaded."""
    photo = upload(team=team_of(alice), user=alice, file=File(BytesIO(png(8))), filename="boat.png")
    nodes = [
        node("rows", "input:json", data=[{"title": "boat"}]),
        node("photo", "input:image", image=photo.pk),
        node("record", "utility:build_data", imageKey="picture"),
        node("zip", "utility:zip_files"),
        preview(),
    ]
    return make_workflow(
        alice,
        nodes,
        "rows.json record.records",
        "photo.image record.images",
        "record.data zip.files",
        "zip.file out.value",
    )


def test_a_text_that_names_a_file_is_made_anew_for_another_upload_of_it(alice):
    first = packed(alice)
    run(first)
    assert reused(run(first)) == {"zip"}, "the same file has the same address"
    Asset.objects.filter(origin="upload").update(deleted_at="2026-01-01T00:00:00Z")
    execution = run(packed(alice))
    assert reused(execution) == set()
    made = NodeRun.objects.get(execution=execution, node_id="zip").output["file"]
    with open_stored(Asset.objects.get(pk=made["assetId"])) as file, ZipFile(file) as archive:
        (text_of_it,) = (archive.read(name).decode() for name in archive.namelist())
    live = Asset.objects.live().get(origin="upload")
    assert live.as_value()["url"] in text_of_it


def planned(workflow: Workflow, user) -> list[Json]:
    return plan(workflow, actor_for(user), Start(reuse=Reuse.ALL))["nodes"]


def test_a_failed_result_is_not_taken(alice):
    made = make_workflow(alice, *prompt("[block]"))
    run(made)
    again = run(made, reuse=Reuse.ALL)
    assert (again.status, reused(again)) == ("FAILED", set())


def test_a_run_that_is_all_reused_needs_no_credits(alice, workflow):
    Wallet.objects.update(available=0)
    again = start_execution(workflow=workflow, team=team_of(alice), start=Start(reuse=Reuse.ALL))
    assert (again.status, set(statuses(again).values())) == ("COMPLETED", {"COMPLETED"})


def digest(
    inputs: Json,
    params: Json,
    *,
    kind=GEMINI,
    provider: str = "sandbox",
    path: tuple[int, ...] = (),
    digests: dict[str, str] | None = None,
) -> str:
    return content_hash(kind, Gathered(inputs, params), provider=provider, path=path, digests=digests or {})


def picture(name: str, **more: object) -> Json:
    return {"assetId": name, "url": f"/media/{name}.png", "contentType": "image/png", **more}


def test_the_content_is_the_type_its_values_and_who_makes_it():
    same = digest({"prompt": "x"}, {"a": 1, "b": [2]})
    assert len(same) == 64
    assert same == digest({"prompt": "x"}, {"b": [2], "a": 1})
    assert same != digest({"prompt": "y"}, {"a": 1, "b": [2]})
    assert same != digest({"prompt": "x"}, {"a": 2, "b": [2]})
    assert same != digest({"prompt": "x"}, {"a": 1, "b": [2]}, provider="gemini")
    assert same != digest({"prompt": "x"}, {"a": 1, "b": [2]}, kind=RESIZE)


def test_a_file_counts_by_its_id_and_not_by_its_address():
    one, two = picture("as_1", width=5), {**picture("as_1"), "url": "/media/another.png"}
    assert digest({"image": [one]}, {}) == digest({"image": [two]}, {})
    assert digest({"image": [one]}, {}) != digest({"image": [picture("as_2")]}, {})


def test_a_file_counts_by_its_bytes_where_they_are_known():
    known = {"as_1": "abc", "as_2": "abc", "as_3": "abd"}
    first, second, third = (
        digest({"image": [picture(one)]}, {"mask": picture(one)}, digests=known) for one in known
    )
    assert first == second != third
    assert first != digest({"image": [picture("as_1")]}, {"mask": picture("as_1")})


def test_a_file_inside_of_json_counts_by_its_address():
    known = {"as_1": "abc", "as_2": "abc"}
    first, second = (
        digest({"data": {"picture": picture(one)}}, {}, kind=RESIZE, digests=known) for one in known
    )
    assert first != second


def test_items_with_the_same_values_differ_where_a_model_makes_them():
    assert digest({}, {}, path=(0,)) != digest({}, {}, path=(1,))
    assert digest({}, {}, kind=RESIZE, path=(0,)) == digest({}, {}, kind=RESIZE, path=(1,))


def test_what_is_written_beside_a_graph_does_not_matter(alice, workflow):
    nodes, edges = workflow.graph_json()
    moved = [{**one, "position": {"x": 9, "y": 9}} for one in nodes]
    assert reused(run(workflow, reuse=Reuse.ALL, nodes=moved, edges=edges)) == {"first", "make"}


def test_a_start_says_what_it_reused_at_once(alice, workflow):
    execution = start(alice, *prompt("x"), reuse=Reuse.ALL)
    assert statuses(execution)["make"] == "COMPLETED"


def test_an_estimate_follows_what_is_reused_as_far_as_the_run_does(alice, workflow):
    actor = actor_for(alice)
    after = estimate(workflow, actor, Start(reuse=Reuse.ALL))
    assert (after["estimatedCredits"], [line["reused"] for line in after["breakdown"]]) == (0, [True, True])
    assert estimate(workflow, actor, Start(reuse=Reuse.LOCAL))["estimatedCredits"] == 2
    one = estimate(workflow, actor, Start(reuse=Reuse.ALL, target_node_id="make"))
    assert (one["estimatedCredits"], [line["reused"] for line in one["breakdown"]]) == (1, [True, False])
