"""Every template can be run as it comes, but for the files that people add."""

from __future__ import annotations

import pytest

from providers.local import SUPPORTED
from tests.workflows.graphs import CATALOG
from workflows.lint import lint
from workflows.templates import all_templates, categories, find_template

FILES = {
    "contact-sheet": {"pics"}, "before-after": {"photo"}, "headline-and-watermark": {"photo"},
    "social-crops": {"photo"}, "background-replacement": {"photo"}, "ad-variants-from-table": {"logo"},
    "product-photos": {"shot"},
}  # fmt: skip


@pytest.mark.parametrize("template", all_templates(), ids=lambda template: template["slug"])
def test_a_template_runs_once_its_files_are_there(template):
    report = lint(template["nodes"], template["edges"], CATALOG, executing=True, supported=SUPPORTED)
    missing = FILES.get(template["slug"], set())
    assert {(problem.rule, problem.node_id) for problem in report.violations} == {
        ("required-input-missing", node_id) for node_id in missing
    }
    assert report.warnings == ()
    assert (len(template["nodes"]), len(template["edges"])) == (
        template["expected"]["nodes"], template["expected"]["edges"],
    )  # fmt: skip


@pytest.mark.parametrize("template", all_templates(), ids=lambda template: template["slug"])
def test_keyless_templates_use_no_provider(template):
    kinds = [CATALOG[raw["data"]["nodeType"]] for raw in template["nodes"]]
    assert template["keyless"] == all(not kind.is_remote for kind in kinds)


def test_the_gallery_is_sorted_into_categories_that_are_not_empty():
    assert len(all_templates()) == 10
    assert all(all_templates(category) for category in categories())
    assert find_template("storyboard")["title"] == "Storyboard from a script"
    assert find_template("no-such") is None
