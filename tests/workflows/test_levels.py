"""Which fan-outs a node runs under."""

from __future__ import annotations

from tests.workflows.graphs import graph_of, node

LISTS = [node("xs", "input:image_list"), node("ys", "input:image_list")]


def test_everything_below_an_iterate_runs_per_item_until_a_collect():
    nodes = [*LISTS, node("each", "utility:iterate"), node("r", "utility:image_resize")]
    nodes += [node("all", "utility:collect"), node("g", "utility:image_grid")]
    graph = graph_of(
        nodes, "xs.images each.list", "each.item r.image", "r.image all.item", "all.list g.images"
    )
    assert dict(graph.levels) == {
        "xs": (), "ys": (), "each": (), "r": (("each",),), "all": (), "g": (),
    }  # fmt: skip
    assert graph.output_levels("each") == (("each",),)
    assert graph.output_levels("r") == (("each",),)


def test_two_iterates_run_for_every_combination_the_first_in_nodes_outside():
    nodes = [*LISTS, node("b", "utility:iterate"), node("a", "utility:iterate")]
    nodes += [node("g", "utility:image_composite")]
    steps = ("xs.images a.list", "ys.images b.list", "a.item g.background", "b.item g.layer")
    assert graph_of(nodes, *steps).levels["g"] == (("b",), ("a",))
    turned = [*LISTS, *nodes[3:1:-1], nodes[4]]
    assert graph_of(turned, *steps).levels["g"] == (("a",), ("b",))


def test_an_iterate_inside_another_is_the_inner_loop_wherever_it_stands():
    nodes = [*LISTS, node("inner", "utility:iterate"), node("outer", "utility:iterate")]
    nodes += [
        node("s", "utility:image_split"),
        node("r", "utility:image_resize"),
        node("all", "utility:collect"),
    ]
    graph = graph_of(
        nodes, "xs.images outer.list", "outer.item s.image", "s.images inner.list", "inner.item r.image",
        "r.image all.item",
    )  # fmt: skip
    assert graph.levels["inner"] == (("outer",),)
    assert graph.output_levels("inner") == (("outer",), ("inner",))
    assert graph.levels["r"] == (("outer",), ("inner",))
    assert graph.levels["all"] == ()


def test_collect_inner_closes_only_the_innermost():
    nodes = [*LISTS, node("outer", "utility:iterate"), node("s", "utility:image_split")]
    nodes += [node("inner", "utility:iterate"), node("r", "utility:image_resize")]
    nodes += [
        node("c", "utility:collect", level="inner"),
        node("g", "utility:image_grid"),
        node("all", "utility:collect"),
    ]
    graph = graph_of(
        nodes, "xs.images outer.list", "outer.item s.image", "s.images inner.list", "inner.item r.image",
        "r.image c.item", "c.list g.images", "g.image all.item",
    )  # fmt: skip
    assert graph.levels["c"] == (("outer",),)
    assert graph.levels["g"] == (("outer",),)
    assert graph.levels["all"] == ()


def test_iterates_of_one_group_advance_together_as_one_level():
    nodes = [*LISTS, node("a", "utility:iterate", group="g"), node("b", "utility:iterate", group="g")]
    nodes += [node("c", "utility:image_composite"), node("r", "utility:image_resize")]
    graph = graph_of(
        nodes,
        "xs.images a.list",
        "ys.images b.list",
        "a.item c.background",
        "b.item c.layer",
        "a.item r.image",
    )
    assert graph.levels["c"] == (("a", "b"),)
    assert graph.levels["r"] == (("a", "b"),)
    assert graph.opened == {"a": ("a", "b"), "b": ("a", "b")}


def test_a_group_inside_itself_is_nesting():
    nodes = [*LISTS, node("a", "utility:iterate", group="g"), node("s", "utility:image_split")]
    nodes += [node("b", "utility:iterate", group="g"), node("r", "utility:image_resize")]
    graph = graph_of(nodes, "xs.images a.list", "a.item s.image", "s.images b.list", "b.item r.image")
    assert graph.levels["r"] == (("a",), ("b",))


def test_a_part_knows_only_the_members_it_holds():
    nodes = [*LISTS, node("a", "utility:iterate", group="g"), node("b", "utility:iterate", group="g")]
    nodes += [node("r", "utility:image_resize")]
    graph = graph_of(nodes, "xs.images a.list", "ys.images b.list", "a.item r.image")
    assert graph.part_for("r").levels["r"] == (("a",),)


def test_a_value_from_outside_does_not_open_a_level():
    nodes = [
        *LISTS,
        node("logo", "input:image"),
        node("each", "utility:iterate"),
        node("c", "utility:image_composite"),
    ]
    graph = graph_of(nodes, "xs.images each.list", "each.item c.background", "logo.image c.layer")
    assert graph.levels["c"] == (("each",),)
    assert graph.levels["logo"] == ()


def test_an_iterate_over_what_another_of_its_group_collected_opens_a_level_of_its_own():
    nodes = [*LISTS, node("first", "utility:iterate", group="g"), node("all", "utility:collect")]
    nodes += [node("then", "utility:iterate", group="g"), node("beside", "utility:iterate", group="g")]
    graph = graph_of(
        nodes, "xs.images first.list", "first.item all.item", "all.list then.list", "ys.images beside.list"
    )
    assert dict(graph.opened) == {
        "first": ("first", "beside"),
        "beside": ("first", "beside"),
        "then": ("then",),
    }


def test_groups_that_would_wait_for_each_other_are_taken_apart():
    nodes = [*LISTS, node("a", "utility:iterate", group="g"), node("all_a", "utility:collect")]
    nodes += [node("b", "utility:iterate", group="h"), node("c", "utility:iterate", group="h")]
    nodes += [node("all_c", "utility:collect"), node("d", "utility:iterate", group="g")]
    graph = graph_of(
        nodes,
        *("xs.images a.list", "a.item all_a.item", "all_a.list b.list"),
        *("ys.images c.list", "c.item all_c.item", "all_c.list d.list"),
    )
    assert set(graph.opened.values()) == {("a",), ("b", "c"), ("d",)}
