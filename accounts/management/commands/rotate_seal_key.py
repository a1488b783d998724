"""Seals everything sealed anew, with the newest key."""

from __future__ import annotations

from itertools import chain
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import Authenticator, ProviderKey, TeamSecret
from accounts.sealing import CannotOpen, is_newest, renew_key_file, reseal, seal_keys

Sealed = ProviderKey | TeamSecret | Authenticator


class Command(BaseCommand):
    help = (
        "Seals the keys and secrets of teams, and those of people's authenticator apps, anew with the first key of "
        "WIREFLOW_SEAL_KEY. Without that setting a new key is made in the data folder first. Servers may run meanwhile."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SEAL_KEYS:
            if settings.SEAL_KEY_FILE is None:
                raise CommandError("Set WIREFLOW_SEAL_KEY: the new key, a comma, and the one before it.")
            renew_key_file(settings.SEAL_KEY_FILE)
        done, lost = 0, []
        keys = ProviderKey.objects.select_related("team").order_by("pk").iterator()
        texts = TeamSecret.objects.select_related("team").order_by("pk").iterator()
        apps = Authenticator.objects.select_related("user").order_by("pk").iterator()
        for row in chain[Sealed](keys, texts, apps):
            try:
                sealed = row.sealed if is_newest(row.sealed) else reseal(row.sealed)
            except CannotOpen:
                lost.append(_called(row))
                continue
            # Only while nobody replaced it: that one is sealed by a key that opens.
            done += type(row)._default_manager.filter(pk=row.pk, sealed=row.sealed).update(sealed=sealed)
        if lost:
            raise CommandError(
                f"{done} sealed with the newest key. None of the keys given opens these: {', '.join(lost)}. "
                "Run this again with the key that sealed them, or have their owners enter them again."
            )
        older = len(seal_keys()) > 1 and settings.SEAL_KEYS
        self.stdout.write(
            f"{done} sealed with the newest key."
            + (
                " Take the older keys out of WIREFLOW_SEAL_KEY when all servers have the new one."
                if older
                else ""
            )
        )


def _called(row: Sealed) -> str:
    if isinstance(row, Authenticator):
        return f"app of {row.user.email}"
    name = row.provider if isinstance(row, ProviderKey) else f"secret {row.name}"
    return f"{name} of team {row.team_id} ({row.team.name})"
