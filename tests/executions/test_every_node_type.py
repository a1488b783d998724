"""Every node type of the catalog is on offer, placed, linted, priced and run: remote ones on the sandbox, local ones
for real. What a type does is tried elsewhere; here none is forgotten.

Pictures are small and made in this process, as in `test_template_runs`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from credits.actions import grant
from executions.actions import Start, accept_executions
from executions.decisions import Answer, decide
from executions.models import NodeRun
from executions.states import NodeStatus
from executions.wire import waits_for_person
from providers.catalog import NodeType, load_catalog
from providers.local import SUPPORTED
from tests.assets.pictures import make_asset, png, tone
from tests.executions.runs import Hand, prove, wallet
from tests.executions.test_template_runs import deliver, receiver, small
from tests.factories import actor_for, team_of
from tests.providers.local_clips import clip
from tests.receiver import Receiver
from tests.workflows.graphs import Json, chain, node
from workflows.actions import create_workflow
from workflows.lint import lint, why_not_runnable

__all__ = ["receiver", "small"]

KINDS = list(load_catalog().kinds.values())
RUNNABLE = [kind for kind in KINDS if why_not_runnable(kind, SUPPORTED) is None]
#: What stands on a node that cannot run with what the catalog gives it.
SETTINGS: dict[str, Json] = {
    "input:text": {"prompt": "a boat"},
    "input:select": {"options": ["a", "b"], "value": "b"},
    "input:table": {"csv": "name\nant\nbee"},
    "input:webhook": {"sample": {"name": "ant"}},
    "input:json": {"json": {"name": "ant"}},
    "utility:json_extract": {"path": "name"},
    "generate:comfyui": {"workflow": {"1": {"class_type": "SaveImage", "inputs": {}}}},
    "audio:elevenlabs_music": {"music_length_ms": 3000},
    "utility:video_concat": {"width": 96, "height": 64},
    "utility:video_resize": {"width": 64, "height": 96},
    "utility:json_multi_extract": {"paths": {"name": "name"}},
    "utility:text_replace": {"find": "boat"},
    "utility:prompt_template": {"template": "{{var1}} and {{var2}}"},
    "utility:image_crop": {"width": 16, "height": 16},
    "remote:wireflow": {"workflow_id": "cm1"},
}
LEFT_OPEN = ("mask", "word_timestamps")
SOURCES = {
    "TEXT": "words.prompt", "ANY": "words.prompt", "JSON": "facts.json", "NUMBER": "count.number",
    "BOOLEAN": "switch.value", "IMAGE": "picture.image", "VIDEO": "film.video", "AUDIO": "sound.audio",
    "FILE": "picture.image",
}  # fmt: skip


def given(user: User, folder: Path) -> dict[str, Json]:
    """Input nodes by id, one for each type of value."""
    film = clip(folder / "film.mp4", "RGB" * 9, level=9000).path.read_bytes()
    files = {
        "picture": make_asset(user, folder, content=png(96, 64)),
        "film": make_asset(user, folder, content=film, content_type="video/mp4"),
        "sound": make_asset(user, folder, content=tone(), content_type="audio/wav"),
    }
    return {
        "words": node("words", "input:text", prompt="a boat"),
        "facts": node("facts", "input:json", json={"name": "ant"}),
        "count": node("count", "input:number", number=1),
        "switch": node("switch", "input:toggle", value=True),
        "picture": node("picture", "input:image", image=files["picture"].pk),
        "film": node("film", "input:video", video=files["film"].pk),
        "sound": node("sound", "input:audio", audio=files["sound"].pk),
    }


def placed(kind: NodeType, inputs: dict[str, Json], url: str) -> tuple[list[Json], list[Json]]:
    """The node with something at each input, and what it gives shown; a For Each is closed again, and opened first."""
    wires = [(SOURCES[port.type], f"it.{port.id}") for port in kind.inputs if port.id not in LEFT_OPEN]
    if any(port.id == "mask" and port.required for port in kind.inputs):
        wires.append((SOURCES["IMAGE"], "it.mask"))
    it = node("it", kind.name, **SETTINGS.get(kind.name, {}))
    if kind.name == "output:webhook":
        it["data"]["params"] = {"url": url}
    if kind.is_source:
        it = {
            **next((one for one in inputs.values() if one["data"]["nodeType"] == kind.name), it),
            "id": "it",
        }
    if kind.name == "input:image_list":
        it["data"]["params"] = {"images": [inputs["picture"]["data"]["params"]["image"]]}
    nodes = [it, *([node("out", "output:preview")] if kind.outputs else [])]
    if kind.fan:
        nodes += [node("list", "utility:text_split"), node("other", "utility:iterate")]
        wires = [("words.prompt", "list.text"), ("list.items", "it.list")]
        if kind.fan == "in":
            wires = [wires[0], ("list.items", "other.list"), ("other.item", "it.item")]
        else:
            nodes[-1] = node("other", "utility:collect")
            wires += [("it.item", "other.item")]
    used = {source.partition(".")[0] for source, _ in wires}
    wires += [(f"it.{kind.outputs[0].id}", "out.value")] if kind.outputs else []
    if kind.fan == "out":
        wires[-1] = ("other.list", "out.value")
    nodes += [one for name, one in inputs.items() if name in used]
    return nodes, chain(*(f"{source} {target}" for source, target in wires))


def test_all_types_but_those_that_are_kept_for_others_run_here():
    left = {kind.name for kind in KINDS} - {kind.name for kind in RUNNABLE}
    assert left == {
        "utility:sticky_note", "compv3", "process:video_composite", "action:social_publish", "blueprint:invoke",
        "video:remotion",
    }  # fmt: skip


def test_every_type_is_on_offer(client, alice):
    client.force_login(alice)
    offered = {one["type"]: one["runnable"] for one in client.get("/api/v1/nodes").json()["types"]}
    assert {name for name, runs in offered.items() if runs} == {kind.name for kind in RUNNABLE}


@pytest.mark.parametrize("kind", RUNNABLE, ids=lambda kind: kind.name)
def test_a_type_is_linted_priced_and_run(kind, alice, tmp_path, receiver: Receiver):
    nodes, edges = placed(kind, given(alice, tmp_path), receiver.url)
    report = lint(nodes, edges, load_catalog(), executing=True, supported=SUPPORTED)
    assert report.violations == ()
    grant(team=team_of(alice), amount=1000, reason="test")
    workflow = create_workflow(actor=actor_for(alice), name="W", nodes=nodes, edges=edges).workflow
    [accepted] = accept_executions(workflow=workflow, team=team_of(alice), start=Start(), user=alice)
    execution, hand = accepted.execution, Hand()
    held = wallet(alice)[1]
    assert (held > 0) == (kind.is_remote and kind.spec["credits"] > 0)
    while not hand.finish(execution).is_over and (deliver(execution) or approved(execution.pk)):
        pass
    prove(execution)
    row = NodeRun.objects.filter(execution=execution, node_id="it").first()
    assert row is not None
    assert (row.status, row.error) == (NodeStatus.COMPLETED, ""), execution.error
    assert execution.status == "COMPLETED" and row.output
    assert row.provider == ("sandbox" if kind.is_remote else row.provider)
    assert wallet(alice) == (1000 - row.credits_used, 0, row.credits_used)
    assert row.credits_used <= held


def approved(execution_id: Any) -> bool:
    """Approve what waits for a person; False when nothing does."""
    waiting = [row for row in NodeRun.objects.filter(execution=execution_id) if waits_for_person(row)]
    for row in waiting:
        decide(execution_id=execution_id, node_id=row.node_id, answer=Answer("approve", by="Bo"))
    return bool(waiting)
