"""A way in without a password, for whoever may use this machine's command line."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import actions
from accounts.models import User


class Command(BaseCommand):
    help = "Prints a sign-in link that works once, within the hour."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--email", help="whom it lets in; without it the first person of this installation"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        people = User.objects.filter(is_active=True).order_by("pk")
        if options["email"]:
            people = people.filter(email=options["email"].strip().lower())
        user = people.first()
        if user is None:
            raise CommandError(
                "Nobody is known by this e-mail address. create_api_key --email makes a person."
            )
        self.stdout.write(f"{settings.PUBLIC_URL}{actions.make_sign_in_link(user=user)}")
