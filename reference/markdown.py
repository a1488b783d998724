"""Our own texts as HTML: the document's descriptions and the guides. HTML in them is shown, not obeyed."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

LANGUAGES = {"bash": "curl", "python": "Python", "javascript": "JavaScript", "json": "JSON"}


class Renderer(RendererHTML):
    """Code with a button that copies it, tables that scroll on a phone."""

    def fence(self, tokens: Any, idx: int, options: Any, env: MutableMapping[str, Any]) -> str:
        token: Token = tokens[idx]
        language = token.info.strip().split(" ")[0]
        return code(token.content.rstrip("\n"), LANGUAGES.get(language, language))

    def table_open(self, tokens: Any, idx: int, options: Any, env: MutableMapping[str, Any]) -> str:
        return '<div class="scrolls"><table class="table">'

    def table_close(self, tokens: Any, idx: int, options: Any, env: MutableMapping[str, Any]) -> str:
        return "</table></div>"

    def heading_open(self, tokens: Any, idx: int, options: Any, env: MutableMapping[str, Any]) -> str:
        token: Token = tokens[idx]
        return format_html('<{} id="{}">', SafeString(token.tag), anchor(tokens[idx + 1].content))


_READER = MarkdownIt("commonmark", {"html": False}, renderer_cls=Renderer).enable("table")


def as_html(text: str) -> SafeString:
    """HTML of a text of ours; "" of nothing."""
    return SafeString(_READER.render(text))  # the reader escapes what it does not know


def code(text: str, label: str = "") -> SafeString:
    """A block of code and the button that copies it (``copy.js`` shows it)."""
    return format_html(
        '<figure class="code"><figcaption>{}<button class="button quiet small" type="button" data-copy="{}" hidden>Copy'
        "</button></figcaption><pre tabindex=\"0\"><code>{}</code></pre></figure>",
        label, text, text,
    )  # fmt: skip


def anchor(text: str) -> str:
    """``Retry-After`` → ``retry-after``."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
