"""How figures are written on pages."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django import template
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.utils import dateformat
from django.utils.html import format_html
from django.utils.timezone import localtime

register = template.Library()

#: Between groups of three digits; does not break and cannot be taken for a decimal sign.
THIN_SPACE = "\u202f"
#: A moment, as exact as it is worth; times.js writes it the same way.
FORMS = {"second": "j M Y, H:i:s", "minute": "j M Y, H:i"}


@register.filter
def thin(value: int | float | Decimal | str | None) -> str:
    """12345 as ``12 345``; nothing at all for None and an empty text."""
    if value is None or value == "":
        return ""
    number = Decimal(str(value))
    text = f"{number:,.2f}".rstrip("0").rstrip(".") if number % 1 else f"{number:,.0f}"
    return text.replace(",", THIN_SPACE).replace("-", "\u2212")


@register.filter
def signed(value: int) -> str:
    """A change: ``+12``, ``−7``; nothing at all for none."""
    return "" if not value else f"{'+' if value > 0 else ''}{thin(value)}"


@register.filter
def both_ends(text: str, most: int) -> str:
    """A long name with its middle left out: copies of one thing differ at the end."""
    if len(text) <= most:
        return text
    end = most // 3
    return f"{text[: most - end - 1].rstrip()}…{text[-end:].lstrip()}"


@register.simple_tag
def moment(at: datetime | None) -> str:
    """How long ago, and exactly when for whoever points at it; nothing for None."""
    if at is None:
        return ""
    at = localtime(at)
    said = dateformat.format(at, FORMS["second"])
    return format_html(
        '<time datetime="{}" title="{} UTC" data-relative>{}</time>', at.isoformat(), said, naturaltime(at)
    )


@register.simple_tag
def exact(at: datetime | None, to: str = "second") -> str:
    """Exactly when, in UTC; scripts write it in the reader's own zone and name that. Nothing for None."""
    if at is None:
        return ""
    at = localtime(at)
    said = dateformat.format(at, FORMS[to])
    return format_html('<time datetime="{}" data-exact="{}">{} UTC</time>', at.isoformat(), to, said)
