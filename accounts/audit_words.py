"""What the audit log and limits of spending call things, in the reader's language: they are kept in English."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import audit

_CALLED = (
    (re.compile(r"the team “(.*)”", re.DOTALL), gettext_lazy("the team “{name}”")),
    (re.compile(r"the person (.*)", re.DOTALL), gettext_lazy("the person {name}")),
    (re.compile(r"the key “(.*)”", re.DOTALL), gettext_lazy("the key “{name}”")),
    (re.compile(r"the workflow “(.*)”", re.DOTALL), gettext_lazy("the workflow “{name}”")),
    (re.compile(r"the webhook of “(.*)”", re.DOTALL), gettext_lazy("the webhook of “{name}”")),
)
_COUNTED = re.compile(r"(\d+) (run|file)s?")


def called(text: str) -> str:
    """What a limit or a change is about. A name that somebody gave stays as it is."""
    for pattern, words in _CALLED:
        if found := pattern.fullmatch(text):
            return str(words).format(name=found[1])
    if found := _COUNTED.fullmatch(text):
        count = int(found[1])
        if found[2] == "run":
            return ngettext("{count} run", "{count} runs", count).format(count=count)
        return ngettext("{count} file", "{count} files", count).format(count=count)
    return fact(text)


def fact(value: object) -> str:
    """A value of before or after, or a name of what changed, translated where it is a word of ours."""
    text = audit.words(value)
    return _(text) if text in audit.FACTS else text
