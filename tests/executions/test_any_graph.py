"""Whatever the graph: every run ends."""

from __future__ import annotations

import random

import pytest

from executions.states import ExecutionStatus, NodeStatus
from tests.executions.boards import Table, collect, each, lines, llm, text
from tests.workflows.graphs import node

COMPLETED, FAILED = ExecutionStatus.COMPLETED, ExecutionStatus.FAILED


def random_table(dice: random.Random) -> Table:
    """A graph of texts, branches, lists and collects, wired at random, some of whose calls fail."""
    nodes = [text("s0", dice.choice(["a,b", "cat", "bad,b,c", "x,cat,bad", ","])), text("s1", "cat,y")]
    steps: list[str] = []
    texts = ["s0.prompt", "s1.prompt"]
    lists: list[str] = []
    for number in range(dice.randint(3, 9)):
        name = f"n{number}"
        match dice.choice(["llm", "llm", "split", "each", "each", "collect", "if", "merge", "concat"]):
            case "llm":
                nodes.append(llm(name))
                steps.append(f"{dice.choice(texts)} {name}.prompt")
                texts.append(f"{name}.text")
            case "split":
                nodes.append(lines(name))
                steps.append(f"{dice.choice(texts)} {name}.text")
                lists.append(f"{name}.items")
            case "each" if lists:
                group, stop = dice.choice(["", "", "g"]), dice.choice(["continue", "continue", "stop"])
                nodes.append(each(name, concurrency=dice.randint(1, 3), group=group, on_item_error=stop))
                steps.append(f"{dice.choice(lists)} {name}.list")
                texts.append(f"{name}.item")
            case "collect":
                nodes.append(collect(name, level=dice.choice(["all", "inner"]), min_items=dice.randint(0, 2)))
                steps += [f"{one} {name}.item" for one in dice.sample(texts, dice.randint(1, 2))]
                lists.append(f"{name}.list")
            case "if":
                nodes.append(node(name, "logic:if", operator="contains", compare_to="cat"))
                steps.append(f"{dice.choice(texts)} {name}.value")
                texts += [f"{name}.true", f"{name}.false"]
            case "merge":
                nodes.append(node(name, "logic:merge"))
                steps += [
                    f"{one} {name}.{port}" for one, port in zip(dice.sample(texts, 2), "ab", strict=True)
                ]
                texts.append(f"{name}.value")
            case "concat":
                nodes.append(node(name, "utility:prompt_concat"))
                ports = ("prompt1", "prompt2")
                steps += [
                    f"{one} {name}.{port}" for one, port in zip(dice.sample(texts, 2), ports, strict=True)
                ]
                texts.append(f"{name}.prompt")
    return Table(nodes, *steps)


@pytest.mark.parametrize("seed", range(150))
def test_every_run_ends_and_leaves_nothing_waiting_unless_it_failed(seed):
    dice = random.Random(seed)
    table = random_table(dice)
    if any(len(levels) > 3 for levels in table.board.graph.levels.values()):
        return
    end = table.run(last_first=dice.random() < 0.5)
    left = [
        key
        for key, cell in table.board.cells.items()
        if cell.status not in ("COMPLETED", "FAILED", "SKIPPED")
    ]
    failed = [key for key, cell in table.board.cells.items() if cell.status == NodeStatus.FAILED]
    if end.status == COMPLETED:
        assert left == []
    else:
        assert failed != []
    assert table.advance() == {}
