"""Gives credits to a team."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Team
from credits.actions import grant
from wireflow_ui.errors import WireflowError


class Command(BaseCommand):
    help = "Gives a team credits, named by its number or by the address of somebody in no other team."

    def add_arguments(self, parser: CommandParser) -> None:
        who = parser.add_mutually_exclusive_group(required=True)
        who.add_argument("--team", type=int, help="the team's number")
        who.add_argument("--email", help="of a member")
        parser.add_argument("--credits", type=int, required=True)
        parser.add_argument("--reason", default="granted by the operator", help="shown in the ledger")
        parser.add_argument("--reference", default="", help="granted once only, however often it is given")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["team"] is not None:
            teams = list(Team.objects.filter(pk=options["team"]))
        else:
            teams = list(Team.objects.filter(members__user__email=options["email"].strip().lower()))
        if len(teams) != 1:
            raise CommandError(f"{len(teams)} teams are meant; give the number of one by --team.")
        try:
            grant(
                team=teams[0],
                amount=options["credits"],
                reason=options["reason"],
                reference=f"operator:{options['reference']}" if options["reference"] else "",
            )
        except WireflowError as refused:
            raise CommandError(refused.message) from refused
        self.stdout.write(f"{options['credits']} credits for {teams[0].name}.")
