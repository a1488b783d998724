"""bin/manage messages [--check]: bring the catalogues of other languages up to date with the code, or compare."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog


class Command(BaseCommand):
    help = (
        "Write locale/ from the code: new sentences wait there for their translation. --check only compares."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        from babel.messages.mofile import write_mo  # its library is for development alone
        from babel.messages.pofile import read_po, write_po

        from wireflow_ui.sentences import sentences

        try:
            found = sentences()
        except LookupError as error:
            raise CommandError(str(error)) from error
        for path in sorted(Path(settings.LOCALE_PATHS[0]).glob("*/LC_MESSAGES/django.po")):
            language = path.parts[-3]
            with path.open("rb") as file:
                catalog = read_po(file, locale=language)
            catalog.update(
                found, no_fuzzy_matching=True, keep_user_comments=False, update_creation_date=False
            )
            catalog.obsolete.clear()
            texts, compiled = io.BytesIO(), io.BytesIO()
            write_po(texts, catalog, width=110, sort_output=True, omit_header=False)
            write_mo(compiled, catalog)
            problems = list(_problems(catalog))
            if options["check"]:
                same = path.read_bytes() == texts.getvalue()
                mo = path.with_suffix(".mo")
                if not same or not mo.exists() or mo.read_bytes() != compiled.getvalue():
                    problems.append(
                        "The catalogue is not what the code says. Write it anew: bin/manage messages"
                    )
                if problems:
                    raise CommandError("\n".join([f"{path.relative_to(settings.BASE_DIR)}:", *problems]))
            else:
                path.write_bytes(texts.getvalue())
                path.with_suffix(".mo").write_bytes(compiled.getvalue())
                self.stdout.write("\n".join([*problems, f"{language}: {len(catalog)} sentences."]))


def _problems(catalog: Catalog) -> list[str]:
    """What is missing or says other names in braces than the English sentence."""
    from wireflow_ui.sentences import names_in

    problems = []
    for message in catalog:
        if not message.id:
            continue
        ours = [text or "" for text in _forms(message.string)]
        theirs = [text or "" for text in _forms(message.id)]
        if not all(ours):
            problems.append(f"  not translated: {theirs[0]}")
        elif names_in(ours[-1]) != names_in(theirs[-1]) or not names_in(ours[0]) <= names_in(theirs[-1]):
            problems.append(f"  other names in braces than in the English sentence: {theirs[0]}")
    return problems


def _forms(text: Any) -> list[str | None]:
    """The sentence alone, or its forms for one and for several."""
    return list(text) if isinstance(text, tuple | list) else [text]
