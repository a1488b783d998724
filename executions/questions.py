"""What a run asks a person: items to approve one by one, or one to be picked out of a list.

Pure. A question is JSON, kept on its node run: ``kind`` (approval or pick), ``message``, ``approvers``, ``items``
(stored values), ``isList``, ``mayEdit``, ``isPublic``, ``onTimeout``, ``hours``, and ``answers``: one per item, None
while there is none; a pick has one. An answer has ``decision`` (approve, reject or pick), ``by``, ``note``, ``at`` (ISO
8601) and where it applies ``value`` (what the item was corrected to) or ``pick`` (counted from 0).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from providers.base import Value
from providers.errors import InvalidInput
from workflows.graph import Node

if TYPE_CHECKING:
    from executions.inputs import Gathered

Question = dict[str, Any]

APPROVAL = "approval"
PICK = "pick"
APPROVE = "approve"
REJECT = "reject"
FAIL = "fail"
#: How long a list waits for its pick; the catalog gives only approvals a time of their own.
PICK_HOURS = 48


def may_ask(node: Node) -> bool:
    """Can this node ask a person, by its type?"""
    return "pauses" in node.kind.spec


def question_of(node: Node, gathered: Gathered, is_list: bool) -> Question | None:
    """What this node run asks; None when its settings have it go on by itself.

    ``is_list``: what reaches it is a list, each of whose items is judged. Raises `InvalidInput` for an empty list to
    pick from.
    """
    pauses = node.kind.spec["pauses"]
    if isinstance(pauses, Mapping) and any(
        gathered.params.get(key) != value for key, value in pauses.items()
    ):
        return None
    if node.kind.name == "logic:approval":
        item: Any = gathered.inputs.get("item")  # nothing, where only a plan is made
        items = list(item) if is_list else [item]
        params = gathered.params
        return {
            "kind": APPROVAL,
            "message": str(params["message"]),
            "approvers": str(params["approvers"]).strip(),
            "items": items,
            "isList": is_list,
            "mayEdit": bool(params["allow_edit"]),
            "isPublic": bool(params["public_link"]),
            "onTimeout": str(params["on_timeout"]),
            "hours": int(params["timeout_hours"]),
            "answers": [None] * len(items),
        }
    items = list(gathered.inputs["items"])
    if not items:
        raise InvalidInput("There is nothing to pick from: the list is empty.")
    return {
        "kind": PICK,
        "message": "",
        "approvers": "",
        "items": items,
        "isList": True,
        "mayEdit": False,
        "isPublic": False,
        "onTimeout": FAIL,
        "hours": PICK_HOURS,
        "answers": [None],
    }


def is_answered(question: Question) -> bool:
    """Has every item its answer?"""
    return None not in question["answers"]


def outputs_of(question: Question) -> dict[str, Value]:
    """What an answered question gives, port → value; an output without a value is left out, and so is empty."""
    answers = question["answers"]
    if question["kind"] == PICK:
        index = answers[0]["pick"]
        return {"item": question["items"][index], "index": index}
    judged = list(zip(question["items"], answers, strict=True))
    outputs: dict[str, Value] = {}
    for port, decision in (("approved", APPROVE), ("rejected", REJECT)):
        values = [answer.get("value", item) for item, answer in judged if answer["decision"] == decision]
        if values:
            outputs[port] = values if question["isList"] else values[0]
    notes = list(dict.fromkeys(answer["note"] for answer in answers if answer["note"]))
    if notes:
        outputs["comment"] = "\n".join(notes)
    return outputs
