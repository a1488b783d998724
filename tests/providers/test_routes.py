"""Which routes serve which values, and how the values are written: the catalog alone decides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from providers import paths
from providers.catalog import NodeType, load_catalog
from providers.drivers import DRIVERS, open_routes
from providers.http import Access
from providers.routes import NotServed, fitted, order, route_for, routes_of, why_not

CATALOG = load_catalog()
ALL_OPEN = {name: Access("https://provider.example", "key-of-the-operator") for name in DRIVERS}


def defaults(kind: NodeType, **params):
    return {param.id: param.default for param in kind.params} | params


def with_route(**route) -> NodeType:
    """A node type that nobody wrote a line of code for."""
    kind = CATALOG["generate:nano_banana_2"]
    entry = {"provider": "gemini", "model": "m", "output": {}, "inputs": {"prompt": "p"}, **route}
    return replace(kind, spec={**kind.spec, "routes": [entry]})


def body(kind: NodeType, **params):
    inputs = {"prompt": "fox"}
    return order(kind, routes_of(kind)[0], inputs, defaults(kind, **params)).body


def test_a_route_is_only_open_with_a_key_for_its_provider():
    kind = CATALOG["generate:nano_banana_2"]
    assert open_routes(kind, {}, {"prompt"}, defaults(kind)) == []
    assert [one.provider for one in open_routes(kind, ALL_OPEN, {"prompt"}, defaults(kind))][:1] == ["gemini"]


def usual(kind: NodeType, route):
    """The defaults, where the route takes but a few values the first of these."""
    few = {name: spec["allowed"] for name, spec in route.params.items() if "allowed" in spec}
    return {
        name: few[name][0] if name in few and value not in few[name] else value
        for name, value in defaults(kind).items()
    }


def test_every_kept_route_of_a_driver_can_carry_what_is_usual():
    """A route that not even that fits would never be taken."""
    refused = {
        kind.name: reason
        for kind in CATALOG.kinds.values()
        for route in routes_of(kind)
        if route.provider in DRIVERS
        and (
            reason := why_not(
                kind, route, [port.id for port in kind.inputs if port.required], usual(kind, route)
            )
        )
    }
    assert refused == {}


@pytest.mark.parametrize(
    ("spec", "value", "sent"),
    [
        ("a.b", "16:9", {"a": {"b": "16:9"}}),
        ({"field": "a", "omit_if": "auto"}, "auto", {}),
        ({"field": "a", "map": {"16:9": "wide"}}, "16:9", {"a": "wide"}),
        ({"field": "a", "map": {"1:1": "x"}, "passthrough": True}, "16:9", {"a": "16:9"}),
        ({"field": "a", "map": {"1:1": "x"}, "unmapped": "omit"}, "16:9", {}),
        ({"field": "a", "cast": "string", "suffix": "s"}, "16:9", {"a": "16:9s"}),
        ({"field": "a", "also": {"b": 1}}, "16:9", {"a": "16:9", "b": 1}),
        ({"field": "a", "send_if": {"resolution": "4K"}}, "16:9", {}),
        ({"field": "a", "map": {"16:9": "$param.resolution"}}, "16:9", {"a": "1K"}),
        ({"field": "a[]"}, "16:9", {"a": ["16:9"]}),
    ],
)
def test_a_value_is_written_as_the_route_says(spec, value, sent):
    kind = with_route(params={"aspect_ratio": spec})
    assert body(kind, aspect_ratio=value) == {"p": "fox", **sent}


@pytest.mark.parametrize(
    "spec",
    [
        {"field": "a", "map": {"1:1": "x"}},
        {"field": "a", "allowed": ["1:1"]},
        {"field": "a", "unsupported": ["16:9"]},
        {"field": "a", "transform": "something_new"},
        {"strategy": "something_new"},
    ],
)
def test_a_value_that_the_route_cannot_carry_is_refused_by_name(spec):
    kind = with_route(params={"aspect_ratio": spec})
    with pytest.raises(NotServed, match="aspect_ratio"):
        body(kind, aspect_ratio="16:9")


def test_a_chosen_value_is_never_dropped_but_a_default_needs_no_field():
    kind = with_route(params={})
    assert body(kind) == {"p": "fox"}
    assert body(kind, output_format="webp") == {"p": "fox"}  # any viewer opens what the model likes to make
    with pytest.raises(NotServed, match="seed"):
        body(kind, seed=7)
    with pytest.raises(NotServed, match="gemini takes no image1"):
        route_for(kind, "gemini", {"prompt": "fox", "image1": ["x"]}, defaults(kind))


def test_the_first_variant_that_holds_changes_the_route():
    variants = [
        {"when": {"connected": "image1"}, "model": "edit", "inputs": {"prompt": "p", "image1": "images[]"}},
        {"when": {"param": {"resolution": "4K"}}, "model": "large"},
    ]
    kind = with_route(params={"resolution": "r"}, variants=variants)
    [route] = routes_of(kind)
    models = [
        fitted(route, connected, defaults(kind, resolution=size)).model
        for connected, size in ((("prompt",), "1K"), (("prompt",), "4K"), (("prompt", "image1"), "4K"))
    ]
    assert models == ["m", "large", "edit"]
    inputs = {"prompt": "fox", "image1": ["x", "y"]}
    made = order(kind, route, inputs, defaults(kind))
    assert (made.model, made.body) == ("edit", {"p": "fox", "images": ["x", "y"], "r": "1K"})


def test_constants_stay_as_the_catalog_has_them():
    kind = with_route(fixed={"a": ["IMAGE"]}, params={"aspect_ratio": "a[]"})
    assert (
        body(kind, aspect_ratio="1:1")
        == body(kind, aspect_ratio="1:1")
        == {"p": "fox", "a": ["IMAGE", "1:1"]}
    )


def test_a_default_of_the_route_stands_in_for_a_value_that_was_left_open():
    kind = with_route(params={"seed": {"field": "a", "default": 30}})
    assert (body(kind), body(kind, seed=7)) == ({"p": "fox", "a": 30}, {"p": "fox", "a": 7})


def test_colours_are_sent_as_numbers():
    kind = CATALOG["generate:recraft_v3"]
    [fal] = [route for route in routes_of(kind) if route.provider == "fal"]
    made = order(kind, fal, {"prompt": "fox"}, defaults(kind, colors=["#ff8000"]))
    assert made.body["colors"] == [{"r": 255, "g": 128, "b": 0}]
    assert "like #ff8800" in why_not(kind, fal, ["prompt"], defaults(kind, colors=["red"]))


def test_paths_lead_into_lists_and_leave_out_what_is_not_there():
    answer = {
        "steps": [{"type": "thought"}, {"type": "out", "content": [{"type": "video", "data": "x"}]}],
        "n": None,
    }
    assert paths.read(answer, "steps[type=out].content[type=video].data") == ["x"]
    assert paths.read(answer, "steps[1].type") == ["out"]
    assert paths.read(answer, "steps[].content[].data") == ["x"]
    assert [paths.read(answer, path) for path in ("n", "a.b", "steps[9].type")] == [[], [], []]
    made: dict = {}
    for path, value in (("a[0].text", "x"), ("b.c", 1), ("d[]", [1, 2]), ("d[]", 3)):
        paths.write(made, path, value)
    assert made == {"a": [{"text": "x"}], "b": {"c": 1}, "d": [1, 2, 3]}
