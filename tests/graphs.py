"""Graphs that whole processes run: all that happens to them happens to real work."""

from __future__ import annotations

from typing import Any

Graph = dict[str, list[dict[str, Any]]]


def _node(name: str, kind: str, **params: Any) -> dict[str, Any]:
    return {"id": name, "data": {"nodeType": kind, "params": params}}


def _edge(source: str, source_port: str, target: str, target_port: str) -> dict[str, Any]:
    return {
        "source": source,
        "target": target,
        "sourceHandle": f"out-{source_port}",
        "targetHandle": f"in-{target_port}",
    }


def chain(prompt: str = "a lighthouse in fog") -> Graph:
    """Text → Nano Banana 2 → resize → output: one paid provider call, one local medium, one end."""
    return {
        "nodes": [
            _node("text", "input:text", prompt=prompt),
            _node("image", "generate:nano_banana_2", resolution="1K"),
            _node("resize", "utility:image_resize", width=96, height=64, fit="cover"),
            _node("out", "output:preview"),
        ],
        "edges": [
            _edge("text", "prompt", "image", "prompt"),
            _edge("image", "images", "resize", "image"),
            _edge("resize", "image", "out", "value"),
        ],
    }


def delivered(url: str) -> Graph:
    """Text → Send Webhook: nothing is paid, and the run ends when somebody has taken it."""
    return {
        "nodes": [_node("text", "input:text", prompt="a boat"), _node("send", "output:webhook", url=url)],
        "edges": [_edge("text", "prompt", "send", "data")],
    }


def fan_out(items: int = 6) -> Graph:
    """A text of so many lines, a paid call for each, three at a time, collected again."""
    return {
        "nodes": [
            _node("text", "input:text", prompt="\n".join(f"boat number {n}" for n in range(1, items + 1))),
            _node("split", "utility:text_split"),
            _node("each", "utility:iterate", concurrency=3),
            _node("say", "llm:prompt_enhancer"),
            _node("all", "utility:collect"),
            _node("out", "output:preview"),
        ],
        "edges": [
            _edge("text", "prompt", "split", "text"),
            _edge("split", "items", "each", "list"),
            _edge("each", "item", "say", "prompt"),
            _edge("say", "text", "all", "item"),
            _edge("all", "list", "out", "value"),
        ],
    }


def words(prompt: str, kind: str) -> Graph:
    """Three nodes: text → a paid text model of this kind → output. As cheap as a whole run can be."""
    return {
        "nodes": [
            _node("text", "input:text", prompt=prompt),
            _node("say", kind),
            _node("out", "output:preview"),
        ],
        "edges": [_edge("text", "prompt", "say", "prompt"), _edge("say", "text", "out", "value")],
    }
