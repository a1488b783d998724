"""What input nodes give, and how a caller's inputs reach them."""

from __future__ import annotations

from typing import Any

import pytest

from executions.inputs_given import apply_inputs
from executions.sources import MAX_SEED, MustFetch, Shelf, addresses_of, source_outputs
from executions.values import BadValue
from tests.workflows.graphs import Json, graph_of, node
from wireflow_ui.errors import WireflowError
from workflows.graph import Node

PICTURE: Json = {"assetId": "as_1", "url": "/media/as_1.png", "contentType": "image/png"}
CLIP: Json = {"assetId": "as_2", "url": "/media/as_2.mp4", "contentType": "video/mp4"}
TABLE: Json = {"assetId": "as_3", "url": "/media/as_3.csv", "contentType": "text/csv"}
DATA: Json = {"assetId": "as_4", "url": "/media/as_4.json", "contentType": "application/json"}
STORED = {one["assetId"]: one for one in (PICTURE, CLIP, TABLE, DATA)}
TEXTS = {"as_3": "name,age\nAda,36\n", "as_4": '[{"name": "Bo"}]'}
FAR = "https://example.org/a.png"


def find(value: Any) -> Json | None:
    name = value.get("assetId") if isinstance(value, dict) else value
    return STORED.get(str(name))


def shelf(**payload: Any) -> Shelf:
    return Shelf(find=find, read_text=lambda found: TEXTS[found["assetId"]], payload=payload)


def source(kind: str, **params: Any) -> Node:
    return graph_of([node("n", f"input:{kind}", **params)]).nodes["n"]


def gives(kind: str, **params: Any) -> Json:
    return source_outputs(source(kind, **params), shelf())


@pytest.mark.parametrize(
    ("kind", "params", "outputs"),
    [
        ("text", {"prompt": "x"}, {"prompt": "x"}),
        ("number", {"value": 5}, {"number": 5}),
        ("toggle", {"value": True}, {"value": True}),
        ("json", {"json": {"a": 1}}, {"json": {"a": 1}}),
        ("image", {"image": "as_1"}, {"image": PICTURE}),
        ("image", {}, {}),
        ("video", {"video": {"assetId": "as_2"}}, {"video": CLIP}),
        ("image_list", {"images": ["as_1", "", "as_1"]}, {"images": [PICTURE, PICTURE]}),
        ("image_list", {"images": []}, {}),
        ("select", {"options": ["a", "b"], "value": "b"}, {"value": "b"}),
        ("select", {"options": ["a", {"value": "b"}], "value": "b"}, {"value": "b"}),
        ("select", {"options": ["a", "b"]}, {"value": "a"}),
        ("seed", {"value": 7}, {"value": 7}),
        ("table", {"csv": "a,b\n1,2\n"}, {"rows": [{"a": "1", "b": "2"}]}),
        ("table", {"rows": [{"a": 1}]}, {"rows": [{"a": 1}]}),
        ("table", {"file": "as_3"}, {"rows": [{"name": "Ada", "age": "36"}]}),
        ("table", {"file": "as_4"}, {"rows": [{"name": "Bo"}]}),
        ("webhook", {"sample": {"a": 1}}, {"payload": {"a": 1}}),
    ],
)
def test_an_input_node_gives(kind, params, outputs):
    got = gives(kind, **params)
    assert {name: got[name] for name in outputs} == outputs
    assert bool(got) == bool(outputs)


def test_what_a_call_brought_wins_over_the_sample():
    assert source_outputs(source("webhook", sample={"a": 1}), shelf(b=2)) == {"payload": {"b": 2}}


def test_a_seed_that_is_not_set_is_drawn():
    drawn = {gives("seed")["value"] for _ in range(20)}
    assert len(drawn) > 1
    assert all(0 <= one < MAX_SEED for one in drawn)


@pytest.mark.parametrize(
    ("kind", "params", "sentence"),
    [
        ("image", {"image": "as_9"}, "the file is not there any more. Choose it again."),
        ("image", {"image": "/media/gone.png"}, "the file is not there any more. Choose it again."),
        ("image", {"image": "nonsense"}, "“nonsense” is none of these."),
        ("image", {"image": "/etc/passwd"}, "“/etc/passwd” is none of these."),
        ("image", {"image": {"url": "javascript:alert(1)"}}, "“javascript:alert(1)” is none of these."),
        (
            "image",
            {"image": "data:image/png;base64,%"},
            "takes no data URI. Upload the file (POST /api/v1/media/upload) and send its address.",
        ),
        ("image_list", {"images": ["as_1", "x" * 50]}, f"“{'x' * 40}…” is none of these."),
        ("image", {"image": "as_2"}, "but the file is video/mp4."),
        ("image_list", {"images": ["as_1", "as_9"]}, "the file is not there any more. Choose it again."),
        ("select", {"options": ["a", "b"], "value": "c"}, "must be one of a, b, not “c”."),
        ("select", {"options": []}, "has no options. Add some to its settings."),
        ("table", {"rows": [{"a": 1}, 5]}, "needs a list of objects, one per row."),
        ("table", {"rows": [{"a": 1}] * 501}, "has 501 rows; 500 is the most for one run."),
    ],
)
def test_a_value_that_cannot_be_given_is_refused(kind, params, sentence):
    with pytest.raises(BadValue) as refusal:
        gives(kind, **params)
    assert refusal.value.message.endswith(sentence)


def test_a_stored_file_that_is_no_table_is_refused(monkeypatch):
    for text, sentence in (
        ("{", "the file is not valid JSON."),
        ("{}", "needs a list of objects, one per row."),
    ):
        monkeypatch.setitem(TEXTS, "as_4", text)
        with pytest.raises(BadValue) as refusal:
            gives("table", file="as_4")
        assert refusal.value.message.endswith(sentence)


@pytest.mark.parametrize("value", [FAR, {"url": FAR}])
def test_a_file_on_another_host_has_to_be_fetched(value):
    one = source("image", image=value)
    with pytest.raises(MustFetch):
        source_outputs(one, shelf())
    assert addresses_of(one, shelf()) == [FAR]


def test_only_foreign_addresses_are_fetched():
    one = source("image_list", images=["as_1", FAR, ""])
    assert addresses_of(one, shelf()) == [FAR]


# A caller's inputs

NODES = [
    {"id": "n1", "data": {"nodeType": "input:text", "label": "The Theme", "params": {"prompt": "old"}}},
    {"id": "n2", "data": {"nodeType": "input:number", "config": {"value": 1}}},
    {"id": "n3", "data": {"nodeType": "input:table", "label": "Rows"}},
    {"id": "n4", "data": {"nodeType": "llm:gemini", "label": "Model"}},
]


def effective(given: Json) -> dict[str, dict[str, Any]]:
    nodes = apply_inputs(NODES, given)
    return {one.id: dict(one.params) for one in graph_of([dict(one) for one in nodes]).nodes.values()}


@pytest.mark.parametrize("key", ["n1", "The Theme", "the theme", "the-theme", "prompt"])
def test_an_input_reaches_its_node_by_id_label_slug_or_key(key):
    assert effective({key: "new"})["n1"]["prompt"] == "new"


def test_an_input_wins_wherever_else_the_value_is_written():
    nodes = [
        {
            "id": "n",
            "data": {
                "nodeType": "input:text",
                "prompt": "a",
                "config": {"text": "b"},
                "params": {"prompt": "c"},
            },
        }
    ]
    for key in ("n", "prompt"):
        [one] = graph_of([dict(one) for one in apply_inputs(nodes, {key: "new"})]).nodes.values()
        assert one.params["prompt"] == "new"


@pytest.mark.parametrize(
    ("value", "param"), [("a,b\n1,2\n", "csv"), ([{"a": 1}], "rows"), ({"assetId": "as_3"}, "file")]
)
def test_a_table_takes_text_rows_or_a_file(value, param):
    assert effective({"Rows": value})["n3"][param] == value


def test_nodes_without_inputs_stay_as_they_are():
    assert apply_inputs(NODES, {}) == NODES
    assert apply_inputs(NODES, {"n1": "new"})[1:] == NODES[1:]
    assert NODES[0]["data"]["params"] == {"prompt": "old"}


@pytest.mark.parametrize("key", ["n4", "Model", "colour", "", "___"])
def test_an_input_for_no_input_node_is_refused(key):
    with pytest.raises(WireflowError) as refusal:
        apply_inputs(NODES, {"n1": "x", key: "y"})
    assert refusal.value.code == "unknown_input"
    assert refusal.value.message.endswith(
        "Inputs: n1 (“The Theme”, text), n2 (“Number Input”, number), n3 (“Rows”, table)."
    )


@pytest.mark.parametrize("value", [{"a": 1}, ["a"]])
def test_a_text_input_takes_no_object(value):
    with pytest.raises(WireflowError) as refusal:
        apply_inputs(NODES, {"the-theme": value})
    said = (refusal.value.code, refusal.value.status, refusal.value.message)
    assert said == ("invalid_inputs", 400, "“The Theme” must be a text.")


def test_a_workflow_without_input_nodes_says_so():
    with pytest.raises(WireflowError, match="none: the workflow has no input nodes"):
        apply_inputs(NODES[3:], {"a": 1})
