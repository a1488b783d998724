"""bin/manage messages [--check]: bring the catalogues of other languages up to date with the code, or compare."""

from __future__ import annotations

import io
from collections.abc import Iterator
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
        from babel.messages.pofile import read_po

        from wireflow_ui.sentences import sentences

        try:
            found = sentences()
        except LookupError as error:
            raise CommandError(str(error)) from error
        for path in sorted(Path(settings.LOCALE_PATHS[0]).glob("*/LC_MESSAGES/django.po")):
            language = path.parts[-3]
            with path.open("rb") as file:
                catalog = read_po(file, locale=language)
            kept = io.BytesIO()
            write_mo(kept, catalog)
            catalog.update(
                found, no_fuzzy_matching=True, keep_user_comments=False, update_creation_date=False
            )
            gone = len(catalog.obsolete)
            catalog.obsolete.clear()
            wrong, missing = list(_wrong(catalog)), list(_missing(catalog))
            for text in missing:
                self.stdout.write(f"{language}: not translated: {text}")
            if options["check"]:
                compiled = path.with_suffix(".mo")
                if not compiled.exists() or compiled.read_bytes() != kept.getvalue():
                    wrong.append(
                        f"{language}: django.mo is not what django.po says. Write it: bin/manage messages"
                    )
                if wrong:
                    raise CommandError("\n".join(wrong))
            else:
                _write(path, catalog)
            self.stdout.write(
                f"{language}: {len(catalog)} sentences, {len(missing)} not translated, {gone} not said any more."
            )
            if wrong:
                raise CommandError("\n".join(wrong))


def _write(path: Path, catalog: Catalog) -> None:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import write_po

    with path.open("wb") as file:
        write_po(file, catalog, width=110, sort_output=True)
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalog)


def _missing(catalog: Catalog) -> Iterator[str]:
    for message in catalog:
        if message.id and (message.fuzzy or not all(_forms(message.string))):
            yield str(_forms(message.id)[0])


def _wrong(catalog: Catalog) -> Iterator[str]:
    """Translations that name another thing in braces than the English sentence: they would fail, or show nothing."""
    from wireflow_ui.sentences import names_in

    for message in catalog:
        if message.id and all(_forms(message.string)):
            wanted = [names_in(text or "") for text in _forms(message.id)]
            given = [names_in(text or "") for text in _forms(message.string)]
            if given[-1] != wanted[-1] or not given[0] <= wanted[-1]:
                yield f"other names in braces than in the English sentence: {_forms(message.id)[0]}"


def _forms(text: Any) -> list[str | None]:
    """The sentence alone, or its forms for one and for several."""
    return list(text) if isinstance(text, tuple | list) else [text]
