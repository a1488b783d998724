"""A workflow with inputs of all kinds, and what a person does on the pages of its tables."""

from __future__ import annotations

import pytest

from tests.executions.boards import llm, preview
from tests.executions.runs import make_workflow
from tests.factories import team_of
from tests.workflows.graphs import Json, node
from triggers.tables import columns_of, read_table

TABLE = "Prompt\tHow many\na red fox\t2\n\t3\n"


LARGE = "Prompt,Tone\n" + "".join(f"fox {number},warm\n" for number in range(1, 71))


def called(label: str, node_id: str, kind: str, **params: object) -> Json:
    made = node(node_id, kind, **params)
    return {**made, "data": {**made["data"], "label": label}}


@pytest.fixture
def workflow(alice):
    nodes = [
        called("Prompt", "ask", "input:text", prompt="a boat"),
        called("How many", "count", "input:number", value=1),
        called("Tone", "tone", "input:select", options=["warm", "cold"], value="warm"),
        called("Dark", "dark", "input:boolean"),
        called("Photo", "photo", "input:image"),
        called("Facts", "facts", "input:json"),
        llm("make"), preview(),
    ]  # fmt: skip
    return make_workflow(alice, nodes, "ask.prompt make.prompt", "make.text out.value")


@pytest.fixture
def read(alice, workflow):
    inputs = columns_of(*workflow.graph_json())
    return lambda pasted: read_table(pasted, inputs, team=team_of(alice))


def post(browser, workflow, **fields):
    return browser.post(f"/workflows/{workflow.pk}/table", fields)


def said(answer) -> str:
    return answer.content.decode()
