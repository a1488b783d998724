"""What changes a team's own keys for providers, and the one place that opens them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import audit, tasks
from accounts.actor import Actor
from accounts.models import KeyTest, ProviderKey, Team
from accounts.sealing import CannotOpen, can_seal, open_sealed, seal
from accounts.teams import lock_team, need_owner
from providers.errors import AuthFailed, InsufficientFunds, ProviderError
from providers.http import Access
from providers.keys import BadKey, access_for, read_key, title_of, try_key
from wireflow_ui.errors import NotFound, WireflowError

#: Where people find it, in sentences.
PAGE = "Settings → Provider keys"
LAST_USED_EVERY = timedelta(minutes=1)
#: A test that nobody answered for so long may be asked for again.
TEST_SECONDS = 60


def keeps_keys() -> bool:
    """Can this server keep keys of teams?"""
    return can_seal()


def save_provider_key(*, actor: Actor, provider: str, given: Mapping[str, str]) -> ProviderKey:
    """Seal a key for the actor's team in the place of the one before, and have it tried.

    Raises `WireflowError` with the reason when it cannot be a key; nothing of it stands in the sentence.
    """
    need_owner(actor)
    _need_known(provider)
    try:
        key = read_key(provider, given)
    except BadKey as error:
        raise WireflowError(str(error), code="bad_key") from None
    sealed = seal(key.key)
    with transaction.atomic():
        team = lock_team(actor)
        replaced, _ = ProviderKey.objects.filter(team=team, provider=provider).delete()
        row = ProviderKey.objects.create(
            team=team,
            provider=provider,
            sealed=sealed,
            details=dict(key.details),
            set_by=actor.user,
            test=KeyTest.ASKED,
            tested_at=timezone.now(),
        )
        _note_on(team, {**team.provider_keys, provider: row.pk})
        audit.record(
            team=team,
            change="provider_key.set",
            subject=title_of(provider),
            after={"replaces another": bool(replaced), **row.details},
            by=actor,
        )
        transaction.on_commit(lambda: tasks.ring_for_test(row.pk))
    return row


def remove_provider_key(*, actor: Actor, provider: str) -> None:
    """Forget a team's key. Runs that wait for jobs begun with it cannot fetch their results any more."""
    need_owner(actor)
    _need_known(provider)
    with transaction.atomic():
        team = lock_team(actor)
        removed, _ = ProviderKey.objects.filter(team=team, provider=provider).delete()
        if not removed:
            raise NotFound("Your team has no key for this provider.")
        _note_on(team, {name: pk for name, pk in team.provider_keys.items() if name != provider})
        audit.record(team=team, change="provider_key.removed", subject=title_of(provider), by=actor)


def ask_for_test(*, actor: Actor, provider: str) -> None:
    """Have a team's key tried; once that is known the row says what came of it."""
    need_owner(actor)
    row = ProviderKey.objects.visible_to(actor).filter(provider=provider).first()
    if row is None:
        raise NotFound("Your team has no key for this provider.")
    now = timezone.now()
    idle = ~Q(test=KeyTest.ASKED) | Q(tested_at__lt=now - timedelta(seconds=TEST_SECONDS))
    asked = ProviderKey.objects.filter(idle, pk=row.pk).update(
        test=KeyTest.ASKED, test_said="", tested_at=now
    )
    if asked:
        tasks.ring_for_test(row.pk)


def open_key(key: ProviderKey) -> Access:
    """Where calls with this key go. Only for whoever is about to call: nothing else may hold what it gives.

    Raises `AuthFailed`.
    """
    address = settings.PROVIDER_ADDRESSES.get(key.provider)
    if address is None:
        raise AuthFailed(f"This server does not call {title_of(key.provider)} with keys of teams.")
    try:
        text = open_sealed(key.sealed)
    except (CannotOpen, WireflowError):
        said = f"The key of your team for {title_of(key.provider)} cannot be opened. Enter it again under {PAGE}."
        raise AuthFailed(said) from None
    access = access_for(key.provider, address, text, key.details)
    return Access(access.base_url, access.key, "your team")


def note_use(key: ProviderKey) -> None:
    """Write down, once a minute at most, that it was used."""
    now = timezone.now()
    if key.last_used_at is None or key.last_used_at <= now - LAST_USED_EVERY:
        ProviderKey.objects.filter(pk=key.pk).update(last_used_at=now)


def try_provider_key(*, key_id: int) -> None:
    """Ask the provider whether it takes a key, and write down what it says. For a worker: it waits for the answer."""
    key = ProviderKey.objects.filter(pk=key_id, test=KeyTest.ASKED).first()
    if key is None:
        return
    test, said = KeyTest.WORKS, ""
    try:
        async_to_sync(try_key)(key.provider, open_key(key))
    except (AuthFailed, InsufficientFunds) as error:
        test, said = KeyTest.REFUSED, error.message
    except ProviderError as error:
        test, said = KeyTest.UNSURE, error.message
    ProviderKey.objects.filter(pk=key_id, test=KeyTest.ASKED).update(
        test=test, test_said=said, tested_at=timezone.now()
    )


def _need_known(provider: str) -> None:
    if provider not in settings.PROVIDER_ADDRESSES:
        raise NotFound("There is no such provider.")


def _note_on(team: Team, keys: Mapping[str, int]) -> None:
    Team.objects.filter(pk=team.pk).update(provider_keys=dict(keys))
