"""How often and when a mail is tried."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

#: So often a mail is tried. After each try it rests: for two minutes, four, eight …, which is also how long
#: whoever tries has for it.
TRIES = 8
REST = timedelta(minutes=2)


def is_sent_nowhere() -> bool:
    """Whether no mail server is named: mail goes to the server's own output, and reaches nobody."""
    return settings.EMAIL_BACKEND == "django.core.mail.backends.console.EmailBackend"


def due_for_mail() -> Q:
    """Not mailed yet, not in somebody's hands, and not tried too often."""
    rested = Q(mail_after=None) | Q(mail_after__lte=timezone.now())
    return Q(rested, mailed_at=None, mail_tries__lt=TRIES)


def tried_now(tries: int) -> dict[str, Any]:
    """What a row that was tried so often says while it is tried once more."""
    return {"mail_tries": tries + 1, "mail_after": timezone.now() + REST * 2**tries}
