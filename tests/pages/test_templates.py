"""The pages, rendered with made-up contexts: what must hold for each, and what people read on them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.template import Context
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory

LONG = "Überprüfungsverfahrensanweisung " * 12
PICTURE = {
    "assetId": "as_1",
    "url": "/media/a.png",
    "thumbnailUrl": "/media/t.webp",
    "contentType": "image/png",
    "width": 640,
    "height": 480,
    "seconds": None,
    "bytes": 1234,
    "role": "",
}
CLIP = {**PICTURE, "url": "/media/a.mp4", "contentType": "video/mp4", "seconds": 5.0}


def some_node_run(**changes):
    return {
        "node_id": "gen",
        "label": "Generate",
        "node_type": "generate:nano_banana_2",
        "title": "Nano Banana 2",
        "status": "COMPLETED",
        "status_word": "done · 3 s · 7 credits",
        "provider": "sandbox",
        "attempt": 1,
        "item_path_text": "",
        "duration_text": "3 s",
        "credits_used": 7,
        "cached": False,
        "skip_reason": "",
        "error": "",
        "outputs": [{"port": "images", "kind": "image", "ref": PICTURE}],
        "bar_start": 10,
        "bar_width": 80,
        **changes,
    }


def some_execution(**changes):
    return {
        "id": "ex1234567890",
        "short_id": "ex123456",
        "status": "COMPLETED",
        "status_word": "done · 4 s",
        "is_over": True,
        "workflow_name": LONG,
        "workflow_id": "cm1",
        "started_at": datetime.now(UTC) - timedelta(minutes=3),
        "duration_text": "4 s",
        "credits_used": 1234,
        "trigger": "api",
        "thumbs": [PICTURE] * 6,
        "error": "",
        "error_code": "",
        "node_runs": [some_node_run()],
        **changes,
    }


def detail(**changes):
    execution = some_execution(**changes)
    results = [
        {"label": "Result", "items": [{"kind": "image", "ref": PICTURE}, {"kind": "video", "ref": CLIP}]},
        {"label": "Words", "items": [{"kind": "text", "text": "<b>plain</b>"}]},
    ]
    charges = [{"label": "Generate", "credits": 7, "provider": "sandbox"}]
    return {
        "execution": execution,
        "is_over": execution["is_over"],
        "outputs": results,
        "charges": charges,
        "seq": 9,
    }


WORKFLOW = {
    "id": "cm1",
    "name": LONG,
    "description": "",
    "cover": PICTURE,
    "last_executed_at": datetime.now(UTC),
    "updated_at": datetime.now(UTC),
    "execution_count": 1,
}
TEMPLATE = {
    "slug": "text-to-image",
    "title": "Hello",
    "summary": "Says hello.",
    "audience": "Everyone",
    "keyless": False,
    "nodes": [],
    "edges": [],
    "expected": {"credits": 7, "maxCredits": 20},
}
TEAM_TEMPLATE = {
    "pk": 7,
    "name": LONG,
    "description": "For posters",
    "created_at": datetime.now(UTC),
    "created_by": SimpleNamespace(name="", email="ana@example.org"),
    "nodes": [],
    "edges": [],
    "cover": PICTURE,
}
PAGES = {
    "home": (
        "workflows/home.html",
        {"workflows": [WORKFLOW], "q": "", "next_cursor": "c", "deleted": WORKFLOW},
    ),
    "home, empty": ("workflows/home.html", {"workflows": [], "q": "", "starters": [TEMPLATE]}),
    "templates": (
        "workflows/templates.html",
        {
            "templates": [TEMPLATE],
            "own": [TEAM_TEMPLATE],
            "categories": ["shop"],
            "category": "shop",
            "removed": TEAM_TEMPLATE,
        },
    ),
    "templates, none": ("workflows/templates.html", {"categories": ["shop"], "q": "<unicorn>"}),
    "history": (
        "executions/list.html",
        {
            "executions": [some_execution()],
            "filters": {"status": "FAILED"},
            "next_cursor": "c",
            "statuses": {"FAILED": "failed", "TIMEOUT": "ran out of time"},
            "workflows": [WORKFLOW],
        },
    ),
    "history, empty": ("executions/list.html", {"executions": [], "filters": {}, "next_cursor": None}),
    "execution, over": ("executions/detail.html", detail()),
    "execution, running": (
        "executions/detail.html",
        detail(status="RUNNING", status_word="running", is_over=False),
    ),
    "execution, failed": (
        "executions/detail.html",
        detail(status="FAILED", error="The model refused.", error_code="blocked"),
    ),
    "400": ("400.html", {}),
    "404": ("404.html", {}),
    "403": ("403.html", {}),
    "csrf": ("403_csrf.html", {}),
    "500": ("500.html", {}),
}


def page(name, context):
    """The page as a signed-in owner sees it, without the database."""
    signed_in = Context(
        {
            "user": SimpleNamespace(is_authenticated=True, email="ana@example.org"),
            "wallet": {"available": 12345, "held": 47},
            "may_edit": True,
            "may_run": True,
            "csrf_token": "token",
            **context,
        }
    )
    request = signed_in["request"] = RequestFactory().get("/executions", {"status": "FAILED"})
    signed_in.request = request  # where {% querystring %} looks
    return get_template(name).template.render(signed_in)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_needs_nothing_that_its_security_policy_refuses(name):
    html = page(*PAGES[name])
    assert not re.search(r"\sstyle\s*=", html)
    assert "<style" not in html
    assert not re.search(r"<script(?![^>]*\ssrc=)", html)
    assert not re.search(r"\son[a-z]+\s*=", html)
    assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", html)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_its_landmarks_and_named_controls(name):
    html = page(*PAGES[name])
    assert html.count("<main ") == 1 and 'id="content"' in html and 'href="#content"' in html
    assert html.count("<h1>") == 1
    for image in re.findall(r"<img[^>]*>", html):
        assert " alt=" in image
    for field in re.findall(r'<(?:input|select)[^>]*\bid="([^"]+)"', html):
        assert f'for="{field}"' in html
    for button in re.findall(r"<button.*?</button>", html, re.S):
        assert "aria-label=" in button or re.sub(r"<[^>]*>", "", button).strip()
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", PAGES)
def test_every_form_that_changes_something_carries_the_token(name):
    for form in re.findall(r'<form method="post".*?</form>', page(*PAGES[name]), re.S):
        assert 'name="csrfmiddlewaretoken"' in form


@pytest.mark.parametrize("name", PAGES)
def test_every_icon_and_style_sheet_exists(name):
    static = Path(settings.BASE_DIR) / "static"
    icons = set(re.findall(r'<symbol id="([^"]+)"', (static / "img" / "icons.svg").read_text("utf-8")))
    html = page(*PAGES[name])
    assert set(re.findall(r"icons\.svg#([\w-]*)", html)) <= icons
    for path in re.findall(r'(?:src|href)="/static/([^"#]+)', html):
        assert (static / path).is_file(), path


def badge(**context):
    html = render_to_string("_status.html", context)
    return re.search(r'data-state="([^"]*)"', html)[1], re.sub(r"<[^>]*>", "", html).strip()


def test_the_badge_says_the_words_of_the_server():
    assert badge(status="RUNNING", status_word="running 12 s of about 20 s") == (
        "running",
        "running 12 s of about 20 s",
    )
    assert badge(status="COMPLETED", status_word="will be reused · 0 credits", cached=True)[0] == "cached"


def test_a_running_execution_is_followed_and_can_be_stopped():
    html = page(*PAGES["execution, running"])
    assert 'data-live="/ws/executions/ex1234567890" data-seq="9"' in html
    assert 'action="/executions/ex1234567890/cancel"' in html
    assert "js/live.js" in html and "/again" not in html


def test_an_execution_that_is_over_is_not_followed_and_can_be_run_again():
    html = page(*PAGES["execution, over"])
    assert "data-live=" not in html and "js/live.js" not in html and "/cancel" not in html
    assert 'action="/executions/ex1234567890/again"' in html


def test_sandbox_results_are_marked_and_texts_are_never_html():
    html = page(*PAGES["execution, over"])
    assert (
        '<span class="chip sandbox" title="Made up by the sandbox: no provider was asked">sandbox</span>'
        in html
    )
    assert "&lt;b&gt;plain&lt;/b&gt;" in html and "<b>plain" not in html


def test_a_failed_execution_says_the_cause():
    html = page(*PAGES["execution, failed"])
    assert "<strong>The model refused.</strong>" in html and "<code>blocked</code>" in html


def test_only_rows_that_still_run_ask_again():
    over = render_to_string("executions/_row.html", {"execution": some_execution()})
    running = render_to_string(
        "executions/_row.html", {"execution": some_execution(status="RUNNING", is_over=False)}
    )
    assert "hx-get" not in over
    assert 'hx-get="/executions/ex1234567890?part=row"' in running


def test_the_filter_offers_each_status_in_the_words_of_the_server():
    html = page(*PAGES["history"])
    assert '<option value="FAILED" selected>failed</option>' in html
    assert '<option value="TIMEOUT">ran out of time</option>' in html


@pytest.mark.parametrize("reason", ["", "Forbidden"])
def test_a_refusal_for_want_of_a_role_says_who_can_help(reason):
    assert "An owner of the team" in page("403.html", {"reason": reason})
    assert "Ask Ana." in page("403.html", {"reason": "Ask Ana."})


def test_going_on_to_older_executions_keeps_the_filters():
    assert 'href="?status=FAILED&amp;cursor=c"' in page(*PAGES["history"])


def test_who_is_not_signed_in_sees_neither_places_nor_credits():
    html = render_to_string("404.html", {"user": SimpleNamespace(is_authenticated=False)})
    assert "/settings" not in html and "credits" not in html and "There is nothing here" in html
