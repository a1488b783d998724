"""What is read of a pasted table, and what is refused with its row."""

from __future__ import annotations

import unicodedata
from datetime import timedelta

import pytest

from assets.actions import delete_asset
from assets.models import Asset
from tests.assets.pictures import make_asset
from tests.executions.boards import llm, preview
from tests.executions.runs import make_workflow
from tests.factories import team_of
from tests.triggers.pasted import TABLE, called, post, read, workflow
from triggers.tables import columns_of, read_table

__all__ = ["read", "workflow"]


def test_cells_become_what_their_inputs_take(read):
    pasted = 'prompt;COUNT;tone;Dark;photo;facts\n"a fox; red";2,5\n'.replace(
        "2,5", "2.5;cold;no;https://x.org/a.png;[1]"
    )
    table = read(pasted)
    assert (table.problems, [one.node_id for one in table.columns]) == (
        [], ["ask", "count", "tone", "dark", "photo", "facts"],
    )  # fmt: skip
    assert table.rows == [["a fox; red", 2.5, "cold", False, "https://x.org/a.png", [1]]]


def test_an_empty_cell_takes_what_stands_on_the_canvas(read):
    assert read(TABLE).rows == [["a red fox", 2], ["a boat", 3]]


@pytest.mark.parametrize(
    ("pasted", "problem"),
    [
        ("Prompt\n", "A table needs a first line with the names of inputs, and a row for each run."),
        ("Prompt,Size\na,b\n", "There is no input “Size”. Inputs: Prompt, How many, Tone, Dark, Photo, Facts."),
        ("Prompt,\na,b\n", "A column has no name. Inputs: Prompt, How many, Tone, Dark, Photo, Facts."),
        ("Prompt,ask\na,b\n", "“Prompt” has two columns. Leave one out."),
        ("How many\nmany\n", "Row 1, “How many”: “many” is no number."),
        ("How many\n1e999\n", "Row 1, “How many”: “1e999” is no number."),
        ("Tone\nwarm\nhot\n", "Row 2, “Tone”: “hot” is none of warm, cold."),
        ("Dark\nmaybe\n", "Row 1, “Dark”: “maybe” is neither yes nor no."),
        ("Facts\n{\n", "Row 1, “Facts”: this is no JSON that can be stored."),
        ('Facts\n"""\\ud800"""\n', "Row 1, “Facts”: this is no JSON that can be stored."),
        ("Facts\n" + "[" * 900 + "]" * 900 + "\n", "Row 1, “Facts”: this is no JSON that can be stored."),
        ("How many\n1_0\n", "Row 1, “How many”: “1_0” is no number."),
        (
            "Photo\nfox.png\n",
            "Row 1, “Photo”: there is no picture “fox.png”. Upload it under Assets first, its name is enough; "
            "or give a link.",
        ),
        ("Prompt\na,b\n", "Row 1 has 2 cells, but the first line names 1 columns."),
        ("Prompt\n" + "a\n" * 1_001, "The table has 1,001 rows; 1,000 is the most. Send the others after them."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_row(read, pasted, problem):
    assert read(pasted).problems == [problem]


def test_an_input_that_needs_a_value_needs_a_column_or_one_on_the_canvas(alice):
    nodes = [called("Prompt", "ask", "input:text"), llm("make"), called("N", "n", "input:number")]
    workflow = make_workflow(alice, nodes, "ask.prompt make.prompt")
    inputs = columns_of(*workflow.graph_json())
    [problem] = read_table("N\n1\n", inputs, team=team_of(alice)).problems
    assert problem.startswith("“Prompt” needs a value for every run.")
    assert read_table("Prompt\tN\n\t1\n", inputs, team=team_of(alice)).problems == [
        "Row 1, “Prompt”: a value is needed."
    ]


def test_lines_without_a_heading_are_values_of_the_only_input(signed_in, alice):
    workflow = make_workflow(
        alice, [called("Prompt", "ask", "input:text"), llm("make")], "ask.prompt make.prompt"
    )
    inputs = columns_of(*workflow.graph_json())
    table = read_table("red fox in snow\na boat\n", inputs, team=team_of(alice))
    assert (table.rows, table.problems, table.is_headless) == ([["red fox in snow"], ["a boat"]], [], True)
    assert read_table("red fox", inputs, team=team_of(alice)).rows == [["red fox"]]
    named = read_table("prompt\nred fox\n", inputs, team=team_of(alice))
    assert (named.rows, named.is_headless) == ([["red fox"]], False)
    answer = post(signed_in(alice), workflow, text="red fox in snow\na boat")
    assert "so every line is a value of “Prompt”, the first one too" in answer.content.decode()


def test_a_heading_is_a_name_before_it_is_a_node_id(alice):
    nodes = [called("Subject", "style", "input:text"), called("Style", "b2", "input:text"), preview()]
    workflow = make_workflow(alice, nodes, "style.prompt out.value")
    table = read_table(
        "Style\tSubject\noil\ta fox\n", columns_of(*workflow.graph_json()), team=team_of(alice)
    )
    assert (table.problems, [one.node_id for one in table.columns]) == ([], ["b2", "style"])


def test_a_file_is_named_by_its_name(alice, charlie, read, tmp_path):
    older, newer, deleted, _ = (
        make_asset(one, tmp_path, filename=name)
        for one, name in (
            (alice, "mug-0.PNG"),
            (alice, "Mug-0.png"),
            (alice, "gone.png"),
            (charlie, "hers.png"),
        )
    )
    Asset.objects.filter(pk=older.pk).update(created_at=newer.created_at - timedelta(days=1))
    clip = make_asset(alice, tmp_path, filename="mug-0.png")
    Asset.objects.filter(pk=clip.pk).update(kind="video")
    delete_asset(asset=deleted)
    assert read("Photo\nMUG-0.png\n").rows == [[newer.url]]
    assert read(f"Photo\n{newer.public_url}\n").rows == [[newer.public_url]]
    assert read("Photo\nmug-0.png\ngone.png\nhers.png\n").problems == [
        f"Row {row}, “Photo”: there is no picture “{name}”. Upload it under Assets first, its name is enough; "
        "or give a link."
        for row, name in ((2, "gone.png"), (3, "hers.png"))
    ]


def test_a_name_may_be_spelled_as_other_systems_do(alice, read, tmp_path):
    asset = make_asset(alice, tmp_path, filename=unicodedata.normalize("NFD", "Brötchen.png"))
    assert read("Photo\nbrötchen.PNG\n").rows == [[asset.url]]


def test_a_cell_names_one_video_or_several_pictures(alice, tmp_path):
    nodes = [called("Clip", "clip", "input:video"), called("Views", "views", "input:image_list"), preview()]
    inputs = columns_of(*make_workflow(alice, nodes, "views.images out.value").graph_json())
    assets = [
        make_asset(alice, tmp_path, filename=name) for name in ("a.png", "b.png", "my mug.png", "a.png")
    ]
    Asset.objects.filter(pk=assets[3].pk).update(kind="video")
    table = read_table("Clip,Views\na.png,b.png a.png\na.png,my mug.png\n", inputs, team=team_of(alice))
    a, b, mug, clip = (one.url for one in assets)
    assert (table.problems, table.rows) == ([], [[clip, [b, a]], [clip, [mug]]])


def test_all_names_of_a_table_are_asked_for_at_once(alice, workflow, tmp_path, django_assert_num_queries):
    urls = [make_asset(alice, tmp_path, filename=f"mug-{number}.png").url for number in range(3)]
    names = "".join(f"mug-{number}.png\n" for number in range(3))
    pasted = "Photo\n" + names + "".join(f"{url}\n" for url in urls)
    inputs, team = columns_of(*workflow.graph_json()), team_of(alice)
    with django_assert_num_queries(2):
        assert read_table(pasted, inputs, team=team).rows == [[url] for url in urls * 2]


@pytest.mark.parametrize("text", ["-1", "-ar 16:9", "@who", "'quoted'", "=a"])
def test_what_an_empty_table_holds_comes_back_as_it_was(signed_in, alice, text):
    nodes = [called(text, "ask", "input:text", prompt=text), llm("make"), preview()]
    workflow = make_workflow(alice, nodes, "ask.prompt make.prompt", "make.text out.value")
    sent = signed_in(alice).get(f"/workflows/{workflow.pk}/table.csv").content.decode()
    table = read_table(sent, columns_of(*workflow.graph_json()), team=team_of(alice))
    assert (table.problems, table.rows) == ([], [[text]])


def test_a_wide_line_is_refused_before_it_is_read(read):
    assert read(",".join("a" * 100_000) + "\nb\n").problems == [
        "The first line names 100000 columns; 200 is the most."
    ]


def test_two_inputs_of_one_name_are_told_apart(alice):
    nodes = [called("Prompt", "a", "input:text"), called("prompt", "b", "input:text"), preview()]
    workflow = make_workflow(alice, nodes, "a.prompt out.value")
    assert [one.name for one in columns_of(*workflow.graph_json())] == ["Prompt", "prompt_2"]


@pytest.mark.parametrize(
    ("pasted", "problem"),
    [
        ("name,Name,Prompt\na,b,c\n", "“name” has two columns. Leave one out."),
        ("name,Prompt\n" + "a" * 101 + ",c\n", "Row 1, “name”: 101 letters are too many; 100 is the most."),
        ("name\na\n", "There is no column for an input beside the names of the rows. Add one."),
    ],
)
def test_names_that_cannot_be_are_refused(read, pasted, problem):
    assert read(pasted).problems == [problem]


def test_an_input_called_name_takes_its_column(alice):
    nodes = [called("Name", "who", "input:text"), llm("make")]
    inputs = columns_of(*make_workflow(alice, nodes, "who.prompt make.prompt").graph_json())
    table = read_table("name\nAnna\n", inputs, team=team_of(alice))
    assert (table.rows, list(table.names)) == ([["Anna"]], [])
