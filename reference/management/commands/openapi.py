"""bin/manage openapi [--check]: write docs/openapi.json from the code, or compare."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reference.document import PATH


class Command(BaseCommand):
    help = "Write docs/openapi.json from the code; --check only compares, and fails where they differ."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        from reference.generate import as_text, document  # its library is for development alone

        try:
            text = as_text(document())
        except LookupError as error:
            raise CommandError(str(error.args[0])) from error
        if not options["check"]:
            PATH.write_text(text, encoding="utf-8")
        elif not PATH.exists() or PATH.read_text(encoding="utf-8") != text:
            raise CommandError(
                "docs/openapi.json is not what the code says. Write it anew: bin/manage openapi"
            )
