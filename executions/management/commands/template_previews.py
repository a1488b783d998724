"""``bin/manage template_previews``: make the pictures on the gallery of templates anew, by running each on the sandbox.

Set ``WIREFLOW_DATA_DIR`` to a folder of its own, without provider keys, and ``WIREFLOW_SANDBOX_LATENCY=0``.
"""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actor import Actor
from accounts.models import Member
from executions.engine.running import engine, stop_engine
from executions.previews import NoPreview, is_fresh, make_preview
from workflows.templates import all_templates


class Command(BaseCommand):
    help = "Make the pictures of the templates that have changed, by runs on the sandbox."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help="make those that are still right anew, too")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("prepare")
        owner = Member.objects.select_related("user", "team").earliest("pk")
        actor = Actor(user=owner.user, team=owner.team, role=owner.role)
        engine()
        try:
            for template in all_templates():
                if options["all"] or not is_fresh(template):
                    path = make_preview(template, actor)
                    self.stdout.write(f"{path.name}: {path.stat().st_size} bytes")
        except NoPreview as error:
            raise CommandError(str(error)) from error
        finally:
            stop_engine()
