"""Process again the events that were set aside because they could not be extracted."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clustering import extraction
from clustering.management.arguments import project_of


class Command(BaseCommand):
    help = "Extract the events of a project that were set aside. Exits with 1 if some fail again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", required=True, metavar="SLUG")

    def handle(self, *args: Any, **options: Any) -> None:
        done, left = extraction.retry(project_of(options["project"]))
        self.stdout.write(f"{done:,} events extracted")
        if left:
            raise CommandError(f"{left:,} events still cannot be extracted.")
