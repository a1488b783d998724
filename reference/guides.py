"""The guides: pages of ``docs/`` that are also shown by the server."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.utils.safestring import SafeString

from reference.markdown import as_html

#: What the samples in the guides call; the pages show this server's own address in its place.
SAMPLE_HOST = "http://127.0.0.1:8000"

#: Slug → what it is about, in the order in which they are listed.
GUIDES = {
    "move-a-client-over": "Point a program that speaks to the Wireflow API at this server.",
    "authentication": "Make a key, send it, replace it.",
    "executing-and-polling": "Run a workflow and wait for its pictures.",
    "webhooks": "Start a workflow from a form, a shop or another service, without a key.",
    "idempotency-and-retries": "Try again without paying twice.",
    "limits": "How much a plan allows, and how to stay below it.",
    "errors": "Every refusal, and what to do about it.",
}


@dataclass(frozen=True, slots=True)
class Guide:
    slug: str
    title: str
    summary: str
    html: SafeString


@lru_cache(maxsize=1)
def guides() -> dict[str, Guide]:
    return {slug: _read(slug, summary) for slug, summary in GUIDES.items()}


def _read(slug: str, summary: str) -> Guide:
    text = (settings.BASE_DIR / "docs" / f"{slug}.md").read_text(encoding="utf-8")
    title, _, rest = text.partition("\n")
    return Guide(slug, title.removeprefix("# ").strip(), summary, as_html(_for_here(rest)))


def _for_here(text: str) -> str:
    """With this server's address, and links to the pages instead of the files."""
    for slug in (*GUIDES, "api"):
        text = text.replace(f"]({slug}.md", f"](/docs/{slug}")
    return text.replace(SAMPLE_HOST, settings.PUBLIC_URL)
