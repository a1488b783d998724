"""A team's stored secrets: texts that nodes name as ``secret://name``, and the one that signs what is delivered.

They are sealed when they come in and opened for a call alone; only the signing secret is shown again, to owners, for
whoever checks signatures needs it too.
"""

from __future__ import annotations

import base64
import re
import secrets

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts import audit
from accounts.actor import Actor
from accounts.models import Team, TeamSecret, User
from accounts.sealing import open_sealed, seal
from accounts.teams import lock_team, need_owner
from wireflow_ui.errors import NotFound, WireflowError

#: Where people find them, in sentences.
PAGE = "Settings → Secrets"
#: The name of the secret that signs deliveries: none that anybody can type.
SIGNING = "*signing"
MOST_SECRETS, MOST_LETTERS = 50, 2048
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def has_secret(*, team: Team, name: str) -> bool:
    return TeamSecret.objects.filter(team=team, name=name).exclude(name=SIGNING).exists()


def stored_secrets(actor: Actor) -> QuerySet[TeamSecret]:
    """Those that nodes of the actor's team may name."""
    own = TeamSecret.objects.visible_to(actor).exclude(name=SIGNING)
    return own.select_related("set_by").order_by("name")


def save_secret(*, actor: Actor, name: str, value: str) -> None:
    """Seal a text for the actor's team, in the place of the one that had this name. Raises `WireflowError`."""
    need_owner(actor)
    if not _NAME.fullmatch(name):
        raise WireflowError(
            "A name has small letters, digits and _ and begins with a letter; 40 at most.", code="bad_name"
        )
    if not 0 < len(value) <= MOST_LETTERS or not value.isprintable():
        raise WireflowError(f"Enter one line of {MOST_LETTERS:,} characters at most.", code="bad_secret")
    if not value.isascii():
        raise WireflowError(
            "Enter letters without accents, digits and signs alone: headers and addresses carry no others. In an "
            "address such a letter is written as %xx, as the browser copies it.",
            code="bad_secret",
        )
    sealed = seal(value)
    with transaction.atomic():
        lock_team(actor)
        kept = TeamSecret.objects.visible_to(actor).exclude(name=SIGNING)
        if kept.exclude(name=name).count() >= MOST_SECRETS:
            raise WireflowError(
                f"A team has {MOST_SECRETS} secrets at most. Remove one first.", code="too_many"
            )
        kept.filter(name=name).delete()
        TeamSecret.objects.create(team=actor.team, name=name, sealed=sealed, set_by=actor.user)
        audit.record(team=actor.team, change="secret.set", subject=name, by=actor)


def remove_secret(*, actor: Actor, name: str) -> None:
    """Forget a secret. Nodes that name it fail from now on."""
    need_owner(actor)
    with transaction.atomic():
        lock_team(actor)
        if not TeamSecret.objects.visible_to(actor).exclude(name=SIGNING).filter(name=name).delete()[0]:
            raise NotFound("Your team has no secret of this name.")
        audit.record(team=actor.team, change="secret.removed", subject=name, by=actor)


def open_secret(*, team_id: int, name: str) -> str:
    """The text, for whoever is about to call. Raises `WireflowError`, `CannotOpen` or `NoSealKey`."""
    row = TeamSecret.objects.filter(team=team_id, name=name).exclude(name=SIGNING).first()
    if row is None:
        raise WireflowError(f"Your team has no secret “{name}”. An owner can add it under {PAGE}.")
    return open_sealed(row.sealed)


def signing_secret(*, team_id: int) -> str:
    """What signs the team's deliveries; made by whoever asks first. Raises `CannotOpen` or `NoSealKey`."""
    row = TeamSecret.objects.filter(team=team_id, name=SIGNING).first()
    if row is None:
        try:
            with transaction.atomic():
                row = _new_signing(team_id, None)
        except IntegrityError:  # somebody else was first
            row = TeamSecret.objects.get(team=team_id, name=SIGNING)
    return open_sealed(row.sealed)


def renew_signing(*, actor: Actor) -> str:
    """Sign with another secret from now on, and give it."""
    need_owner(actor)
    with transaction.atomic():
        lock_team(actor)
        TeamSecret.objects.filter(team=actor.team, name=SIGNING).delete()
        audit.record(team=actor.team, change="secret.renewed", subject="", by=actor)
        return open_sealed(_new_signing(actor.team.pk, actor.user).sealed)


def _new_signing(team_id: int, user: User | None) -> TeamSecret:
    text = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    return TeamSecret.objects.create(team_id=team_id, name=SIGNING, sealed=seal(text), set_by=user)
