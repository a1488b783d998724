"""The small picture of a graph on a template card."""

from __future__ import annotations

import json
from pathlib import Path

from django.conf import settings

from workflows.templatetags.diagram import MARGIN, WIDTH, draw
from workflows.templatetags.figures import thin


def node(node_id, node_type, x, y, label=""):
    data = {"nodeType": node_type, "label": label}
    return {"id": node_id, "type": "basedNode", "position": {"x": x, "y": y}, "data": data}


def edge(source, handle, target):
    return {"source": source, "sourceHandle": handle, "target": target, "targetHandle": "in-value"}


def test_boxes_keep_the_order_of_the_canvas_and_wires_the_type_of_their_source():
    drawing = draw(
        [
            node("a", "input:text", 0, 0, "Prompt"),
            node("b", "generate:nano_banana_2", 400, 20),
            node("c", "output:preview", 800, 300),
        ],
        [edge("a", "out-text", "b"), edge("b", "out-images", "c")],
    )
    assert [box.category for box in drawing.boxes] == ["input", "generate", "output"]
    assert drawing.boxes[0].label == "Prompt"
    first, second, third = drawing.boxes
    assert first.x < second.x < third.x
    assert first.y == second.y < third.y
    assert [curve.type for curve in drawing.curves] == ["text", "image"]


def test_nothing_is_drawn_outside_the_view():
    file = Path(settings.BASE_DIR) / "workflows" / "templates.json"
    templates = json.loads(file.read_text("utf-8"))["templates"]
    for template in templates:
        drawing = draw(template["nodes"], template["edges"])
        assert len(drawing.boxes) == len(template["nodes"])
        assert len(drawing.curves) == len(template["edges"])
        for box in drawing.boxes:
            assert drawing.left + MARGIN <= box.x
            assert box.x + WIDTH <= drawing.left + drawing.width - MARGIN
            assert drawing.top + MARGIN <= box.y
            assert box.y + box.height <= drawing.top + drawing.height - MARGIN


def test_notes_unknown_types_and_loose_wires_do_no_harm():
    drawing = draw(
        [node("n", "utility:sticky_note", 0, 0), node("x", "acme:unknown", 0, 0)],
        [edge("x", "out-thing", "gone"), edge("n", "out-thing", "x")],
    )
    assert [(box.category, box.label) for box in drawing.boxes] == [("utility", "x")]
    assert drawing.curves == ()


def test_an_empty_graph_is_an_empty_view():
    drawing = draw([], [])
    assert (drawing.boxes, drawing.curves) == ((), ())
    assert drawing.width > 0 and drawing.height > 0


def test_figures_are_grouped_with_thin_spaces():
    assert thin(1234567) == "1\u202f234\u202f567"
    assert thin(999) == "999"
    assert thin("12.50") == "12.5"
    assert thin(-7) == "\u22127"
    assert thin(None) == thin("") == ""
