"""``{% archive_of actor %}``: where an owner has an archive of the team made."""

from __future__ import annotations

from typing import Any

from django import template

from accounts.actor import Actor
from archives.views import part_of

register = template.Library()


@register.inclusion_tag("accounts/_archive.html", takes_context=True)
def archive_of(context: template.Context, actor: Actor) -> dict[str, Any]:
    return {"csrf_token": context.get("csrf_token"), **part_of(actor)}
