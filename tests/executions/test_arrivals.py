"""What reaches a node: wires joined, chosen and converted."""

from __future__ import annotations

import pytest

from executions.states import ExecutionStatus
from tests.executions.boards import LIST, Table, collect, each, lines, llm, preview, text
from tests.workflows.graphs import Json, node

COMPLETED, FAILED = ExecutionStatus.COMPLETED, ExecutionStatus.FAILED


def test_of_a_list_into_a_single_input_the_first_item_arrives_once():
    table = Table(
        [text("words", "a,b,c"), lines(), llm("make")], "words.prompt list.text", "list.items make.prompt"
    )
    assert table.run().status == COMPLETED
    assert table.output("make", "text") == "<a>"


@pytest.mark.parametrize(("is_cached", "arrives"), [(True, "<b>"), (False, "<a>")])
def test_the_chosen_item_arrives_when_the_stored_result_of_its_source_is_reused(is_cached, arrives):
    chosen = lines()
    chosen["data"]["selectedIndex"] = 1
    table = Table(
        [text("words", "a,b,c"), chosen, llm("make")], "words.prompt list.text", "list.items make.prompt"
    )
    table.advance()
    table.board.cells["list", ()].is_cached = is_cached
    assert table.run().status == COMPLETED
    assert table.output("make", "text") == arrives


def test_wires_into_one_list_are_joined_by_slot_and_then_by_their_order():
    seen = []

    def worker(node, gathered, path):
        seen.append(list(gathered.inputs["a"]))
        return {}

    table = Table(
        [
            text("one", "1"),
            text("two", "2"),
            text("words", "x,y"),
            lines(),
            node("m", "utility:merge_list"),
            preview(),
        ],
        "words.prompt list.text",
        "two.prompt m.a",
        "list.items m.a",
        "one.prompt m.a",
        "m.items out.value",
        worker=worker,
    )
    assert table.run().status == COMPLETED
    assert table.output("out", "value") == ["2", "x", "y", "1"]


def test_numbered_inputs_are_joined_by_their_numbers():
    def medium(name: str) -> Json:
        return {"assetId": name, "url": f"/media/{name}.png", "contentType": "image/png"}

    seen = []

    def worker(node, gathered, path):
        seen.append([one["assetId"] for one in gathered.inputs["image1"]])
        return {"text": "seen"}

    names = ("as_3", "as_1", "as_2")
    table = Table(
        [
            *(node(name, "input:image", image=medium(name)) for name in names),
            llm("look", prompt="What is it?"),
        ],
        "as_3.image look.image3",
        "as_1.image look.image1",
        "as_2.image look.image2",
        worker=worker,
    )
    assert table.run().status == COMPLETED
    assert seen == [["as_1", "as_2", "as_3"]]


def test_a_wire_into_a_parameter_sets_it():
    seen = []

    def worker(node, gathered, path):
        seen.append(gathered.params["max_tokens"])
        return {"text": ""}

    table = Table(
        [node("n", "input:number", value=77), llm("make", prompt="x")],
        "n.value make.max_tokens",
        worker=worker,
    )
    assert table.run().status == COMPLETED
    assert seen == [77]


def test_a_wired_value_out_of_a_parameters_bounds_fails_the_step():
    table = Table([text("t", "many"), llm("make", prompt="x")], "t.prompt make.max_tokens")
    end = table.run()
    assert (end.status, end.error_code, table.order) == (FAILED, "bad_value", [])


def test_values_are_converted_on_their_way():
    table = Table([node("n", "input:number", value=12.0), llm("make")], "n.value make.prompt")
    table.run()
    assert table.output("make", "text") == "<12>"


def test_an_empty_list_into_a_single_required_input_skips_the_node():
    table = Table(
        [text("words", ","), lines(), llm("make")], "words.prompt list.text", "list.items make.prompt"
    )
    assert table.run().status == COMPLETED
    assert table.status("make") == "SKIPPED"


def test_an_archive_is_told_which_node_made_each_file_behind_those_that_only_pass_it_on():
    seen = []

    def worker(node, gathered, path):
        if node.id == "zip":
            seen.append((gathered.inputs["files"], gathered.inputs["source_labels"]))
        return {"text": "t"}

    table = Table(
        [
            text("words", "a,b"),
            lines(),
            each(),
            llm("make"),
            collect(),
            text("note", "hello"),
            node("zip", "utility:zip_files"),
        ],
        *LIST,
        "each.item make.prompt",
        "make.text all.item",
        "note.prompt zip.files",
        "all.list zip.files",
        worker=worker,
    )
    table.run()
    assert seen == [(["hello", "t", "t"], ["Text Input", "Gemini Text", "Gemini Text"])]
