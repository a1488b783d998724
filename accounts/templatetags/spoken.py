"""What was put together in English, on pages: see `accounts.spoken`. Templates need not load this."""

from __future__ import annotations

from django import template

from accounts.spoken import said

register = template.Library()
register.filter("said", said)
