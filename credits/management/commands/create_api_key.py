"""Makes a key without a browser, and the person and team for it when they do not exist."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts.actions import create_api_key, create_user_and_team
from accounts.models import Member, Team
from accounts.plans import PLANS
from accounts.scopes import SCOPES
from credits.actions import grant
from wireflow_ui.errors import WireflowError


class Command(BaseCommand):
    help = "Prints the text of a new API key alone on standard output; of an account it had to make on standard error."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--email", required=True, help="who the key acts as; made with a team when missing"
        )
        parser.add_argument("--plan", choices=list(PLANS), help="put the team on this plan")
        parser.add_argument("--credits", type=int, default=0, help="give the team this many credits more")
        parser.add_argument(
            "--scopes", default=",".join(SCOPES), help="separated by commas; all when left out"
        )
        parser.add_argument("--name", default="command line", help="what the key is called in the settings")
        parser.add_argument("--days", type=int, help="days until it expires; never when left out")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["credits"] < 0:
            raise CommandError("--credits must be 0 or more.")
        days = options["days"]
        if days is not None and not 1 <= days <= 36_500:
            raise CommandError("--days must be from 1 to 36500.")
        try:
            with transaction.atomic():
                key, made = make_key(**{name: options[name] for name in NAMES})
        except WireflowError as refused:
            raise CommandError(refused.message) from refused
        if made:
            self.stderr.write(made)
        self.stdout.write(key)


NAMES = ("email", "plan", "credits", "scopes", "name", "days")


def make_key(
    *, email: str, plan: str | None, credits: int, scopes: str, name: str, days: int | None
) -> tuple[str, str]:
    """The text of the key, and what is to be said of an account that was made for it; "" where there was one."""
    made = ""
    member = Member.objects.filter(user__email=email.strip().lower()).order_by("pk").first()
    if member is None:
        member = create_user_and_team(email=email, plan=plan or "free")
        title = PLANS[plan or "free"].title
        made = f"Made a new account for {member.user.email}, on the {title} plan with {credits:,} credits."
    if plan:
        Team.objects.filter(pk=member.team.pk).update(plan=plan)
    if credits:
        grant(team=member.team, amount=credits, reason="create_api_key")
    key = create_api_key(
        user=member.user,
        team=member.team,
        name=name,
        scopes=[scope.strip() for scope in scopes.split(",") if scope.strip()],
        expires_at=timezone.now() + timedelta(days=days) if days else None,
    )
    return key.text, made
