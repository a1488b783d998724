"""Pages in the language of whoever reads them; the REST API in English whoever asks."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from accounts.models import Member
from providers.catalog import load_catalog
from tests.executions.runs import make_workflow, prompt
from tests.factories import make_member, make_user, team_of
from wireflow_ui.sentences import sentences

ROOT = Path(settings.BASE_DIR)
#: Read by search engines, operators and programmers; these stay English, as docs/languages.md says.
ENGLISH = ("reference/", "500.html")
#: Names, which are the same in every language.
NAMES = r"Wireflow UI|UTC|CSV|JSON|ComfyUI|curl|sk-your-key|secret://|/workflows|Authorization|Bearer|-H|min|MB|s\b"
SAID = {"title", "aria-label", "placeholder", "alt", "data-label", "hx-confirm", "data-light"}


class Texts(HTMLParser):
    """All that a page says: its texts, and the attributes that are read out."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style", "code", "pre", "textarea"):
            self._silent.append(tag)
        self.said += [value for name, value in attrs if name in SAID and value]

    def handle_endtag(self, tag: str) -> None:
        if self._silent and self._silent[-1] == tag:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.said.append(data)


def texts_of(html: str) -> list[str]:
    reader = Texts()
    reader.feed(html)
    return [" ".join(text.split()) for text in reader.said if text.strip()]


def templates() -> list[str]:
    names = [str(path.relative_to(ROOT / "templates")) for path in (ROOT / "templates").rglob("*.html")]
    return sorted(name for name in names if not name.startswith(ENGLISH))


def test_templates_say_nothing_outside_of_their_tags_for_translation():
    found = []
    for name in templates():
        source = (ROOT / "templates" / name).read_text("utf-8")
        source = re.sub(r"\{#.*?#\}|\{% blocktranslate.*?endblocktranslate %\}", "", source, flags=re.DOTALL)
        source = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", source, flags=re.DOTALL)
        for text in texts_of(source):
            if re.search(r"[A-Za-z]{2}", re.sub(NAMES, "", text)):
                found.append((name, text))
    assert found == []


@pytest.fixture
def german() -> Client:
    return Client(headers={"Accept-Language": "de-AT,de;q=0.8,en;q=0.5"})


@pytest.fixture(scope="module")
def english() -> set[str]:
    """The sentences that have other words in German. Types of nodes keep their names."""
    names = {kind.title for kind in load_catalog().kinds.values()}
    with translation.override("de"):
        found = {
            str(one.id)
            for one in sentences()
            if isinstance(one.id, str) and translation.gettext(one.id) != one.id
        }
    return found - names


PAGES = [
    "/", "/templates", "/executions", "/approvals", "/assets", "/usage", "/usage/ledger", "/usage/credits",
    "/usage/limits", "/notices", "/deliveries", "/webhooks", "/workflows/import", "/settings?tab=profile",
    "/settings?tab=security", "/settings?tab=members", "/settings?tab=team", "/settings?tab=api-keys",
    "/settings?tab=provider-keys", "/settings?tab=secrets", "/settings?tab=notices", "/settings/audit",
    "/no-such-page",
]  # fmt: skip


@pytest.mark.django_db
def test_every_page_speaks_german_and_nothing_else(german, english):
    person = make_user("alice")
    german.force_login(person)
    for address in PAGES:
        html = german.get(address).content.decode()
        assert '<html lang="de" dir="ltr">' in html, address
        # “Name” and “Team” are German as well: what both languages call the same is not among these.
        assert [text for text in texts_of(html) if text in english] == [], address


@pytest.mark.django_db
def test_the_canvas_brings_german_words_to_those_who_read_german(german, client):
    person = make_user("alice")
    german.force_login(person)
    workflow = make_workflow(person, *prompt("x"))
    page = german.get(f"/flow/{workflow.pk}").content.decode()
    assert '<html lang="de" dir="ltr">' in page
    assert page.index("canvas/words-de.js") < page.index("canvas/canvas.js")

    client.force_login(person)
    page = client.get(f"/flow/{workflow.pk}").content.decode()
    assert '<html lang="en" dir="ltr">' in page
    assert "canvas/words-" not in page


@pytest.mark.django_db
def test_the_sign_in_page_speaks_as_the_browser_asks_until_somebody_chooses(german):
    page = german.get("/sign-in")
    assert page.headers["Content-Language"] == "de"
    assert "<h1>Anmelden</h1>" in page.content.decode()
    chosen = german.post("/language", {"language": "en", "next": "/executions"})
    assert (chosen.status_code, chosen.headers["Location"]) == (303, "/executions")
    assert "<h1>Sign in</h1>" in german.get("/sign-in").content.decode()


@pytest.mark.django_db
def test_the_language_of_a_person_goes_with_them_to_every_browser():
    person = make_user("alice")
    first, second = Client(), Client()
    first.force_login(person)
    first.post("/language", {"language": "de"})
    person.refresh_from_db()
    assert person.language == "de"
    second.force_login(person)
    assert 'lang="de"' in second.get("/executions").content.decode()


@pytest.mark.django_db
def test_a_language_that_is_not_offered_changes_nothing():
    person = make_user("alice")
    client = Client()
    client.force_login(person)
    assert client.post("/language", {"language": "tlh"}).status_code == 400
    person.refresh_from_db()
    assert person.language == ""
    assert settings.LANGUAGE_COOKIE_NAME not in client.cookies


@pytest.mark.django_db
def test_the_api_answers_in_english_whatever_the_caller_reads(german):
    plain = Client()
    for address in ("/api/v1/workflows", "/api/v1/no-such-call"):
        mine, theirs = german.get(address), plain.get(address)
        assert (mine.status_code, mine.json()) == (theirs.status_code, theirs.json())
        assert "Content-Language" not in mine.headers
    person = make_user("alice")
    person.language = "de"
    person.save(update_fields=["language"])
    german.force_login(person)
    refused = german.get("/api/v1/workflows?limit=many")
    assert refused.status_code == 400
    plain.force_login(make_user("bob"))
    assert refused.json() == plain.get("/api/v1/workflows?limit=many").json()


def test_scripts_have_german_words_for_all_that_they_say():
    folder = ROOT / "static" / "js"
    said = set[str]()
    for path in folder.glob("*.js"):
        text = path.read_text("utf-8")
        for call in re.findall(r"\bt\(([^()]*)", text):
            said |= set(re.findall(r'"([^"]+)"', call.split(", {")[0]))
    modes = re.search(r"MODES = \{(.*)\}", (folder / "compare.js").read_text("utf-8"))
    said |= set(re.findall(r'"([^"]+)"', modes[1])) - {""}
    said -= {"onion"}
    german = dict(
        re.findall(r'^  "?([^"\n]+?)"?:\s+"([^"]+)",$', (folder / "words-de.js").read_text("utf-8"), re.M)
    )
    assert sorted(said - german.keys()) == []
    for sentence, words in german.items():
        assert sorted(re.findall(r"\{\w+\}", sentence)) == sorted(re.findall(r"\{\w+\}", words)), sentence


@pytest.mark.django_db
def test_labels_of_forms_are_in_german(signed_in, alice):
    workflow = make_workflow(alice, [])
    browser = signed_in(alice)
    browser.cookies["language"] = "de"
    page = browser.get(f"/workflows/{workflow.pk}/settings?tab=app").content.decode()
    labels = [re.sub(r"<[^>]+>", "", one).strip() for one in re.findall(r"<label for.*?</label>", page)]
    assert "Beschreibung" in labels
    assert "Description" not in labels


@pytest.mark.django_db
def test_the_audit_log_says_roles_in_the_readers_language(signed_in, alice):
    nora = make_member("nora", team_of(alice), role="runner")
    browser = signed_in(alice)
    browser.cookies["language"] = "de"
    assert browser.post(f"/settings/members/{Member.objects.get(user=nora).pk}/remove").status_code == 303
    page = browser.get("/settings/audit").content.decode()
    [change] = re.findall(r'<li><span class="faint">Rolle</span>.*?</li>', page)
    assert re.sub(r"<[^>]+>", "", change) == "Rolle Ausführung → nichts mehr"
