"""Sentences with names and numbers in them, found again and said in German."""

from __future__ import annotations

import time
from collections.abc import Iterator
from string import Formatter

import pytest
from django.test import Client
from django.utils import translation

from accounts.spoken import said
from archives.shape import CHANGED
from tests.executions.runs import make_workflow, prompt
from triggers.firing import OFTEN_REFUSED
from wireflow_ui.sentences import raised_sentences


@pytest.fixture
def german() -> Iterator[None]:
    with translation.override("de-at"):
        yield


@pytest.mark.parametrize(
    ("english", "wanted"),
    [
        ("There is no role king. Choose one of X, Y.", "Es gibt keine Rolle king. Wähle eine von X, Y."),
        (
            f"Row 3 of executions: “price” is missing or of the wrong type. {CHANGED}",
            "Zeile 3 von executions: „price“ fehlt oder hat den falschen Typ. Das Archiv wurde verändert, nachdem es "
            "gemacht war, oder von einem anderen Programm. Mach es neu.",
        ),
        (
            "Row 4, “Photo”: there is no picture “a.png”. Upload it under Assets first, its name is enough; or give "
            "a link.",
            "Zeile 4, „Photo“: hier gibt es keine solche Datei (Bild): „a.png“. Lade sie zuerst unter Medien hoch, ihr "
            "Name genügt; oder gib einen Link an.",
        ),
        (
            OFTEN_REFUSED.format(times=5, said="Insufficient credits. Required: 4, Available: 0"),
            "Er wurde 5-mal hintereinander abgelehnt, zuletzt: Nicht genug Credits. Nötig: 4, vorhanden: 0",
        ),
        ("Nobody says this. The password is wrong.", "Nobody says this. Das Passwort ist falsch."),
        ("The password is wrong. Nobody says this.", "Das Passwort ist falsch. Nobody says this."),
        ("Nobody says this.", "Nobody says this."),
        ("", ""),
    ],
)
def test_a_sentence_is_said_with_the_same_names_and_numbers(german, english, wanted):
    assert said(english) == wanted


def test_english_pages_and_programs_hear_what_was_raised():
    assert said("The password is wrong.") == "The password is wrong."
    with translation.override(None):
        assert said("The password is wrong.") == "The password is wrong."


def test_what_people_wrote_is_no_sentence_of_ours(german):
    """A name in a sentence stays, and braces in it open nothing."""
    assert said("The workflow has no node “Password {0.__class__}”.") == (
        "Der Workflow hat keinen Knoten „Password {0.__class__}“."
    )


def test_every_refusal_that_pages_show_is_found_again_in_german(german):
    missed = []
    for sentence in raised_sentences():
        names = [name for _, name, _, _ in Formatter().parse(sentence) if name]
        found = said(sentence.format(**{name: f"X{place}" for place, name in enumerate(names)}))
        german = translation.gettext(sentence)
        if found != german.format(**{name: f"X{place}" for place, name in enumerate(names)}):
            missed.append((sentence, found))
    assert missed == []


def test_a_long_text_with_many_beginnings_takes_no_time(german):
    began = time.monotonic()
    said("Row 1 of “needs, but got: ” " * 70)
    assert time.monotonic() - began < 1


@pytest.mark.django_db
def test_a_page_says_a_refusal_with_names_in_german(alice):
    browser = Client(headers={"Accept-Language": "de"})
    browser.force_login(alice)
    workflow = make_workflow(alice, *prompt("x"))
    table = "Text Input,day\na,b\n"
    page = browser.post(f"/workflows/{workflow.pk}/table", {"text": table}).content.decode()
    assert "Es gibt keine Eingabe „day“. Eingaben: Text Input." in page
