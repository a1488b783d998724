"""``bin/manage export_team --team 3 team.zip``: a team's data as one archive, see docs/archives.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Team
from archives.actions import export_team


class Command(BaseCommand):
    help = "Writes the data of a team to a file, which import_team makes a new team of, here or elsewhere."

    def add_arguments(self, parser: CommandParser) -> None:
        who = parser.add_mutually_exclusive_group(required=True)
        who.add_argument("--team", type=int, help="the team's number")
        who.add_argument("--email", help="of somebody in this team and no other")
        parser.add_argument("file", type=Path, help="where to write it; there must be none of this name")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["team"] is not None:
            teams = list(Team.objects.filter(pk=options["team"]))
        else:
            teams = list(Team.objects.filter(members__user__email=options["email"].strip().lower()))
        if len(teams) != 1:
            raise CommandError(f"{len(teams)} teams are meant; give the number of one by --team.")
        path: Path = options["file"]
        if path.exists():
            raise CommandError(f"{path} is there already. Choose another name, or take it away first.")
        if not path.parent.is_dir():
            raise CommandError(f"There is no folder {path.parent}. Make it first.")
        manifest = export_team(team=teams[0], path=path)
        rows = {name: told["rows"] for name, told in manifest["tables"].items()}
        files = manifest["files"]
        self.stdout.write(
            f"{path}: {path.stat().st_size:,} bytes, {rows['workflows']} workflows, {rows['executions']} runs, "
            f"{rows['entries']} entries of the ledger, {files['count']} files."
        )
        if files["missing"]:
            self.stderr.write(
                f"{len(files['missing'])} files are missing in the store, and so in the archive."
            )
