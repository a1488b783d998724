from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from assets import actions


class Command(BaseCommand):
    help = "Empty bins of what was deleted over 30 days ago; remove files of no asset and unfinished uploads."

    def handle(self, *args: Any, **options: Any) -> None:
        removed = actions.clean_media()
        self.stdout.write(f"{removed} {'file' if removed == 1 else 'files'} removed.")
