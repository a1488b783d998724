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


@register.filter
def thin(value: int | float | Decimal | str | None) -> str:
    """12345 as ``12 345``; nothing at all for None and an empty text."""
    if value is None or value == "":
        return ""
    number = Decimal(str(value))
    text = f"{number:,.2f}".rstrip("0").rstrip(".") if number % 1 else f"{number:,.0f}"
    return text.replace(",", THIN_SPACE).replace("-", "\u2212")


@register.filter
def both_ends(text: str, most: int) -> str:
    """A long name with its middle left out: copies of one thing differ at the end."""
    if len(text) <= most:
        return text
    end = most // 3
    return f"{text[: most - end - 1].rstrip()}…{text[-end:].lstrip()}"


@register.simple_tag
def moment(at: datetime | None) -> str:
    """How long ago, and exactly when for whoever points at it; nothing for None. `_time.html` is the same."""
    if at is None:
        return ""
    at = localtime(at)
    said = dateformat.format(at, "j M Y, H:i:s")
    return format_html(
        '<time datetime="{}" title="{} UTC" data-relative>{}</time>', at.isoformat(), said, naturaltime(at)
    )
