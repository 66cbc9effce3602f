"""Process again the events and texts that were set aside because they could not be read."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.management.arguments import project_of, takes_project
from clustering.texts import extraction, unreadable
from ingestion import hints


class Command(BaseCommand):
    help = (
        "Extract the events of a project that were set aside, and have workers read the texts that "
        "were. Exits with 1 if some events fail again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        takes_project(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        project = project_of(options["project"])
        done, left = extraction.retry(project)
        self.stdout.write(f"{done:,} events extracted")
        if texts := unreadable.put_back(project):
            hints.hint(project.pk)
            self.stdout.write(f"{texts:,} texts wait for the embedding model again")
        if left:
            raise CommandError(f"{left:,} events still cannot be extracted.")
