"""``bin/manage import_team team.zip --owner pat@example.org``: a new team of an archive, see docs/archives.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actions import checked_email
from accounts.models import User
from accounts.plans import PLANS
from archives.actions import import_team
from wireflow_ui.errors import WireflowError


class Command(BaseCommand):
    help = "Makes a new team of an archive. It merges with no other team, and without --keep-balance has no credits."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="what export_team or the settings of a team wrote")
        parser.add_argument(
            "--owner", required=True, help="the e-mail address of who shall own the team here"
        )
        parser.add_argument(
            "--name", default="", help="what the team is called here; as before when left out"
        )
        parser.add_argument("--plan", choices=list(PLANS), default=settings.NEW_TEAM_PLAN)
        parser.add_argument(
            "--keep-balance",
            action="store_true",
            help="let the team spend the credits that the archive says it has: only for archives that you made",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        try:
            owner = User.objects.filter(email=checked_email(options["owner"]), is_active=True).first()
            if owner is None:
                raise CommandError(
                    f"Nobody here has the address {options['owner']}. Make them by create_api_key --email, or on the "
                    "admin pages, then import again."
                )
            kept = import_team(
                path=path,
                owner=owner,
                name=options["name"],
                plan=options["plan"],
                keeps_balance=options["keep_balance"],
            )
        except WireflowError as refused:
            raise CommandError(refused.message) from refused
        counts, wallet = kept.counts, kept.wallet
        self.stdout.write(
            f"Team {kept.team.pk}, “{kept.team.name}”: {counts['workflows']} workflows, {counts['executions']} runs, "
            f"{counts['entries']} entries of the ledger, {counts['assets']} assets. It has {wallet.available} credits."
        )
        if kept.unfinished:
            self.stdout.write(
                f"{kept.unfinished} runs were under way and are cancelled here; nothing is held for them."
            )
        if not options["keep_balance"]:
            self.stdout.write(
                f"Give it credits by: bin/manage grant_credits --team {kept.team.pk} --credits … --reason …"
            )
