"""Runs with a key: which provider serves, when the next one does, and what is written down of it."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from io import BytesIO

import pytest
from PIL import Image

from accounts.models import Team
from assets.models import Asset
from executions import breakers
from executions.actions import cancel_execution
from executions.models import Execution, NodeRun, Submission
from executions.providers import choose, provider_named
from providers.catalog import load_catalog
from providers.errors import ServerFault
from providers.http import Access
from tests.assets.pictures import make_asset, png
from tests.doubles.every import DOUBLES
from tests.doubles.server import Double, running
from tests.executions.boards import node, preview, text
from tests.executions.runs import end_of, node_run, prompt, start, until, wallet
from tests.factories import team_of

KINDS = load_catalog()


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, Double]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(running(double())) for name, double in DOUBLES.items()}


@pytest.fixture
def opened(servers, settings, house) -> Callable[..., list[Double]]:
    """``opened("gemini")`` gives this server a key for it."""

    def open_(*names: str) -> list[Double]:
        settings.PROVIDER_ACCESS = {name: Access(servers[name].base_url, servers[name].key) for name in names}
        provider_named.cache_clear()
        for double in servers.values():
            double.forget()
        return [servers[name] for name in names]

    return open_


@pytest.fixture
def quick_polls(monkeypatch):
    """Polls after hundredths of a second; what is asked is the same."""
    monkeypatch.setattr("providers.catalog.NodeType.typical_seconds", (0.02, 0.02))
    monkeypatch.setattr("executions.polling.LEAST_UNKNOWN", 0.02)


def drawing(words: str = "a fox", kind: str = "generate:nano_banana_2", **params):
    nodes = [text("ask", words), node("make", kind, **params), preview()]
    return nodes, "ask.prompt make.prompt", "make.images out.value"


def calls(execution: Execution) -> list[tuple[str, str, str, bool]]:
    rows = Submission.objects.filter(node_run__execution=execution).order_by("id")
    return list(rows.values_list("provider", "model", "state", "passed_on"))


def test_a_run_with_a_key_ends_with_a_stored_picture(engine, alice, opened):
    [gemini] = opened("gemini")
    done = end_of(start(alice, *drawing(aspect_ratio="16:9")))
    row = node_run(done)
    assert (done.status, row.provider, row.request_id) == ("COMPLETED", "gemini", "r1")
    [image] = row.output["images"]
    asset = Asset.objects.get(id=image["assetId"])
    assert (asset.content_type, asset.width, asset.height, asset.sandbox) == ("image/png", 96, 54, False)
    assert len(gemini.calls) == 1
    assert calls(done) == [("gemini", "gemini-3.1-flash-image", "done", False)]
    assert (done.credits_used, wallet(alice)) == (7, (993, 0, 7))


def test_a_picture_that_is_too_large_is_sent_smaller_and_that_is_told(engine, alice, opened, tmp_path):
    [gemini] = opened("gemini")
    asset = make_asset(alice, tmp_path, content=png(5000, 50))
    nodes = [
        text("ask", "a fox"), node("pic", "input:image", image=asset.pk),
        node("make", "edit:nano_banana_pro_edit"), preview(),
    ]  # fmt: skip
    steps = "ask.prompt make.prompt", "pic.image make.image1", "make.images out.value"
    done = end_of(start(alice, nodes, *steps))
    row = node_run(done)
    parts = gemini.calls[0].json["contents"][0]["parts"]
    [sent] = [part["inlineData"] for part in parts if "inlineData" in part]
    with Image.open(BytesIO(b64decode(sent["data"]))) as picture:
        assert (picture.size, sent["mimeType"]) == ((4096, 41), "image/jpeg")
    assert row.notice.startswith("Made smaller for gemini: ") and "5000 × 50" in row.notice
    assert Asset.objects.get(pk=asset.pk).width == 5000
    again = end_of(start(alice, nodes, *steps, reuse="all"))
    assert node_run(again).content_hash in ("", row.content_hash) and node_run(again).is_cached
    assert len(gemini.calls) == 1


def test_a_vector_drawing_is_shown_as_a_picture_and_kept_as_an_attachment(
    engine, alice, opened, quick_polls, client
):
    opened("fal")
    done = end_of(start(alice, *drawing(kind="generate:recraft_v4_vector")))
    assert done.status == "COMPLETED"
    output = node_run(done).output
    [picture], [kept] = output["images"], output["vectors"]
    assert (picture["contentType"], picture["width"], picture["height"]) == ("image/png", 2048, 1365)
    assert picture["thumbnailUrl"] and kept["thumbnailUrl"] is None
    answer = client.get(kept["url"])
    body = answer.content
    assert (answer["Content-Type"], b"circle" in body, b"script" in body) == (
        "application/octet-stream",
        True,
        False,
    )
    assert answer["Content-Disposition"].startswith("attachment") and ".svg" in answer["Content-Disposition"]


@pytest.mark.parametrize(
    ("name", "ref", "model"),
    [
        ("fal", "/fal-ai/nano-banana-2/requests/job-1", "fal-ai/nano-banana-2"),
        ("replicate", "p1", "google/nano-banana-2"),
    ],
)
def test_a_job_in_a_queue_ends_with_a_stored_picture(name, ref, model, engine, alice, opened, quick_polls):
    [double] = opened(name)
    done = end_of(start(alice, *drawing()))
    row = node_run(done)
    assert (done.status, row.provider) == ("COMPLETED", name)
    assert Asset.objects.get(id=row.output["images"][0]["assetId"]).content_type == "image/png"
    [submission] = Submission.objects.filter(node_run=row)
    assert row.request_id == submission.provider_ref == ref
    assert (submission.model, submission.state) == (model, "done")
    assert sum(call.method == "POST" for call in double.calls) == len(double.jobs) == 1
    assert (done.credits_used, wallet(alice)) == (7, (993, 0, 7))


def test_words_become_a_picture_an_edit_a_film_and_a_larger_one(engine, alice, opened, quick_polls):
    gemini, fal = opened("gemini", "fal")
    nodes = [
        text("ask", "a fox"),
        node("draw", "generate:nano_banana_2"),
        node("edit", "edit:nano_banana_2_edit", prompt="at night"),
        node("film", "video:kling_video_2_5_i2v", prompt="it runs"),
        node("large", "upscale:topaz_video"),
    ]
    wires = (
        "ask.prompt draw.prompt",
        "draw.images edit.image1",
        "edit.images film.image_url",
        "film.video large.video",
    )
    done = end_of(start(alice, nodes, *wires))
    assert (done.status, done.error) == ("COMPLETED", "")
    assert [one[0] for one in calls(done)] == ["gemini", "gemini", "fal", "fal"]
    assert done.credits_used == wallet(alice)[2] == 7 + 7 + 35 + 10
    edited = gemini.calls[1].json["contents"][0]["parts"]
    assert b64decode(edited[-1]["inlineData"]["data"]).startswith(b"\x89PNG")
    begun = [job.body for job in fal.jobs.values()]
    assert begun[0]["image_url"].startswith("data:image/png;") and begun[1]["video_url"].startswith(
        "data:video/mp4;"
    )
    film = node_run(done, "large").output["video"]
    assert Asset.objects.get(id=film["assetId"]).content_type == "video/mp4"


def test_a_workflow_of_another_server_takes_wires_by_the_names_of_its_inputs(
    engine, alice, opened, quick_polls
):
    [double] = opened("wireflow")
    nodes = [
        text("ask", "a fox"),
        node("make", "remote:wireflow", workflow_id="cm1", inputs={"input-1": "{{words}}", "input-2": 3}),
        preview(),
    ]
    done = end_of(start(alice, nodes, "ask.prompt make.words", "make.images out.value"))
    row = node_run(done)
    assert (done.status, row.provider, row.request_id) == ("COMPLETED", "wireflow", "result-1")
    assert double.jobs["result-1"].inputs == {"input-1": "a fox", "input-2": 3}
    assert (len(row.output["images"]), row.output["credits"]) == (2, 13)
    assert (done.credits_used, wallet(alice)) == (0, (1000, 0, 0))


def test_a_mapped_model_is_noted_as_it_was_asked_for(engine, alice, opened):
    [openai] = opened("openai")
    done = end_of(start(alice, *drawing(kind="generate:gpt_image", model="gpt-image-2")))
    assert (done.status, len(openai.calls)) == ("COMPLETED", 1)
    assert calls(done) == [("openai", "gpt-image-2", "done", False)]
    [image] = node_run(done).output["images"]
    assert Asset.objects.get(id=image["assetId"]).width == 64


def test_fewer_pictures_than_asked_for_cost_less(engine, alice, opened):
    [gemini] = opened("gemini")
    gemini.meet("block image", "")
    done = end_of(start(alice, *drawing(num_images=2)))
    assert (done.status, len(node_run(done).output["images"]), done.credits_used) == ("COMPLETED", 1, 7)
    assert wallet(alice) == (993, 0, 7)


@pytest.mark.parametrize("fault", ["500", "cut", "429"])
def test_what_may_pass_is_tried_again(fault, engine, alice, opened):
    [gemini] = opened("gemini")
    gemini.meet(fault)
    done = end_of(start(alice, *drawing()))
    assert (done.status, len(gemini.calls), done.credits_used) == ("COMPLETED", 2, 7)
    states = {"500": "failed", "429": "failed", "cut": "unknown"}
    assert [state for _, _, state, _ in calls(done)] == [states[fault], "done"]
    last = Submission.objects.filter(node_run__execution=done).latest("id")
    assert last.duplicate_possible == (fault == "cut")


def test_two_unknown_outcomes_are_the_end(engine, alice, opened):
    [gemini] = opened("gemini")
    gemini.meet("cut", "cut")
    done = end_of(start(alice, *drawing()))
    assert (done.status, node_run(done).error_code, len(gemini.calls)) == ("FAILED", "unknown_outcome", 2)
    assert wallet(alice) == (1000, 0, 0)


def test_a_block_is_told_and_costs_nothing(engine, alice, opened):
    [gemini] = opened("gemini")
    gemini.meet("block")
    done = end_of(start(alice, *drawing()))
    row = node_run(done)
    assert (done.status, row.error_code, row.provider) == ("FAILED", "content_blocked", "gemini")
    assert "PROHIBITED_CONTENT" in row.error
    assert (wallet(alice), len(gemini.calls)) == ((1000, 0, 0), 1)


@pytest.mark.parametrize(
    ("faults", "first"),
    [(("500", "500", "500"), ["failed"] * 3), (("404",), ["failed"])],
)
def test_the_next_route_takes_over_from_a_provider_that_is_out_of_order(
    faults, first, engine, alice, opened, quick_polls
):
    gemini, fal = opened("gemini", "fal")
    gemini.meet(*faults)
    done = end_of(start(alice, *drawing()))
    row = node_run(done)
    assert (done.status, row.provider, row.error) == ("COMPLETED", "fal", "")
    assert [one[::2] for one in calls(done)] == [*(("gemini", state) for state in first), ("fal", "done")]
    assert [passed_on for *_, passed_on in calls(done)] == [*[False] * (len(first) - 1), True, False]
    assert (len(gemini.calls), len(fal.jobs)) == (len(first), 1)
    assert wallet(alice) == (993, 0, 7)


def test_a_block_is_handed_on_to_nobody(engine, alice, opened):
    gemini, fal = opened("gemini", "fal")
    gemini.meet("block")
    done = end_of(start(alice, *drawing()))
    assert (done.status, node_run(done).provider) == ("FAILED", "gemini")
    assert (fal.calls, wallet(alice)) == ([], (1000, 0, 0))


def test_when_all_are_out_of_order_the_last_one_is_named(engine, alice, opened):
    gemini, fal = opened("gemini", "fal")
    gemini.meet("403")
    fal.meet("404")
    done = end_of(start(alice, *drawing()))
    row = node_run(done)
    assert (done.status, row.provider, row.error_code) == ("FAILED", "fal", "model_unavailable")
    assert row.error.startswith("fal does not serve this model")
    assert [one[0] for one in calls(done)] == ["gemini", "fal"]


@pytest.fixture
def shut_for_long(monkeypatch):
    monkeypatch.setattr("executions.breakers.FIRST_SECONDS", 600.0)


def test_a_refused_key_is_not_shown_again_for_a_while(engine, alice, opened, quick_polls, shut_for_long):
    gemini, fal = opened("gemini", "fal")
    gemini.meet("403")
    assert [node_run(end_of(start(alice, *drawing()))).provider for _ in range(2)] == ["fal", "fal"]
    assert (len(gemini.calls), len(fal.jobs)) == (1, 2)
    opened("gemini")
    done = end_of(start(alice, *drawing()))
    row = node_run(done)
    assert (done.status, row.provider, row.error_code) == ("FAILED", "gemini", "auth_failed")
    assert "Nothing is sent to gemini for another " in row.error
    assert (gemini.calls, calls(done)) == ([], [])


def test_a_run_that_meets_an_open_breaker_waits_for_it(engine, alice, opened, shut_for_long):
    [gemini] = opened("gemini")
    for _ in range(breakers.FAULTS):
        breakers.note_failure("gemini", ServerFault("Gemini cannot be reached."))
    execution = start(alice, *drawing())
    waiting = NodeRun.objects.filter(execution=execution, status="WAITING", wait_for="retry", tries=0)
    until(lambda: waiting.filter(error__startswith="Gemini cannot be reached. Nothing is sent").exists())
    assert gemini.calls == []
    breakers.note_success("gemini")
    done = end_of(execution)
    assert (done.status, len(gemini.calls), len(calls(done))) == ("COMPLETED", 1, 1)


def test_values_choose_the_route(engine, alice, opened, quick_polls):
    opened("gemini", "fal")
    kind, team = KINDS["upscale:esrgan"], Team()
    assert choose(kind, team, ["image"], {param.id: param.default for param in kind.params}).provider == "fal"
    kind = KINDS["video:bytedance_seedance_v1_lite_text_to_video"]
    params = {param.id: param.default for param in kind.params}
    assert choose(kind, team, ["prompt", "image_url"], params).model.endswith("fast/image-to-video")
    assert choose(kind, team, ["prompt", "end_image_url"], params).provider == "sandbox"


def test_a_cancelled_run_stops_its_job_at_the_provider(engine, alice, opened, monkeypatch):
    monkeypatch.setattr("providers.catalog.NodeType.typical_seconds", (30, 30))
    [fal] = opened("fal")
    execution = start(alice, *drawing())
    until(lambda: Submission.objects.filter(node_run__execution=execution, state="sent").exists())
    cancel_execution(execution_id=execution.pk)
    end_of(execution)
    until(lambda: fal.jobs["job-1"].cancelled)
    assert wallet(alice) == (1000, 0, 0)


def test_a_key_that_was_taken_away_ends_the_run_with_a_sentence(
    engine, alice, opened, quick_polls, settings, monkeypatch
):
    [fal] = opened("fal")
    monkeypatch.setattr(fal, "waits", 10**6)
    execution = start(alice, *drawing())
    until(lambda: Submission.objects.filter(node_run__execution=execution, state="sent").exists())
    settings.PROVIDER_ACCESS = {}
    provider_named.cache_clear()
    done = end_of(execution)
    row = node_run(done)
    assert (done.status, row.provider, row.error_code) == ("FAILED", "fal", "auth_failed")
    said = "This server has no key for fal any more, so the result cannot be fetched."
    assert row.error == f"{said} Add one under Settings → Provider keys."


def test_without_a_key_the_sandbox_serves_and_says_so(engine, alice, opened):
    opened()
    done = end_of(start(alice, *prompt("a fox")))
    assert (done.status, node_run(done).provider) == ("COMPLETED", "sandbox")
    assert calls(done) == [("sandbox", "", "done", False)]


def test_values_that_no_open_route_serves_go_to_the_sandbox(opened):
    opened("gemini")
    team = Team()
    kind = KINDS["generate:nano_banana_2"]
    params = {param.id: param.default for param in kind.params}
    assert choose(kind, team, ["prompt"], params).provider == "gemini"
    assert choose(kind, team, ["prompt"], params | {"resolution": "8K"}).provider == "gemini"
    assert choose(kind, team, ["prompt"], params | {"thinking_level": "deep"}).provider == "sandbox"
    assert choose(KINDS["generate:flux_schnell"], team, ["prompt"], {}).provider == "sandbox"
    assert choose(KINDS["utility:image_resize"], team).provider == "local"
    assert choose(KINDS["input:text"], team).provider == ""


def test_a_free_sandbox_does_not_make_real_calls_free(engine, alice, opened):
    opened("gemini")
    Team.objects.filter(pk=team_of(alice).pk).update(sandbox_free=True)
    done = end_of(start(alice, *drawing()))
    assert (done.status, done.credits_used) == ("COMPLETED", 7)
    assert NodeRun.objects.get(execution=done, node_id="make").price == 7
