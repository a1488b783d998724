"""The reference and the guides as pages: open to all, and nothing from elsewhere."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest

from reference.guides import GUIDES
from reference.markdown import as_html
from reference.pages import groups

pytestmark = pytest.mark.django_db

ENTRIES = [entry for group in groups() for entry in group.entries]
PAGES = ["/docs", "/docs/api", *(f"/docs/{slug}" for slug in GUIDES)]


class Found(HTMLParser):
    """Ids, links, and what the content security policy forbids."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.forbidden: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if "id" in given:
            self.ids.append(given["id"])
        self.links += [given[name] for name in ("href", "src") if name in given]
        self.forbidden += [name for name in given if name == "style" or name.startswith("on")]
        if tag == "style" or (
            tag == "script" and "src" not in given and given.get("type") != "application/json"
        ):
            self.forbidden.append(tag)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_open_to_all_and_keeps_to_this_server(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    found = Found(answer.content.decode())
    assert found.forbidden == []
    assert len(found.ids) == len(set(found.ids))
    assert [link for link in found.links if "//" in link] == []
    for link in found.links:
        if link.startswith("#"):
            assert link[1:] in found.ids
        elif link.startswith("/docs"):
            assert client.get(link.partition("#")[0]).status_code == 200


def test_the_reference_shows_every_call_with_three_samples(client):
    text = client.get("/docs/api").content.decode()
    for entry in ENTRIES:
        assert f'id="{entry.name}"' in text
        assert [sample.language for sample in entry.samples] == ["curl", "Python", "JavaScript"]


def test_an_unknown_guide_is_not_found(client):
    assert client.get("/docs/nope").status_code == 404


def test_the_settings_lead_to_the_documentation(signed_in, alice):
    assert 'href="/docs/api"' in signed_in(alice).get("/settings?tab=api-keys").content.decode()


def test_html_in_our_texts_is_shown_and_not_obeyed():
    assert "<script>" not in as_html("<script>alert(1)</script>")
    assert 'href="javascript:' not in as_html("[a](javascript:alert(1))")


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_python_samples_are_python(entry):
    compile(entry.samples[1].text, entry.name, "exec")


def test_curl_samples_are_shell():
    whole = "\n".join(entry.samples[0].text for entry in ENTRIES)
    assert subprocess.run(["bash", "-n"], input=whole, text=True, timeout=20).returncode == 0


def test_javascript_samples_are_javascript(tmp_path):
    node = shutil.which("node")
    if not node:
        pytest.skip("no Node")
    blocks = [f"async () => {{ {entry.samples[2].text} }};" for entry in ENTRIES]
    file = tmp_path / "samples.mjs"
    file.write_text("\n".join(blocks), encoding="utf-8")
    assert subprocess.run([node, "--check", file], timeout=20).returncode == 0


def test_json_in_the_guides_is_json():
    from reference.document import PATH

    for slug in GUIDES:
        text = (PATH.parent / f"{slug}.md").read_text(encoding="utf-8")
        for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL):
            json.loads(block)
