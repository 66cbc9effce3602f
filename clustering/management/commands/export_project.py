"""Write all that Turret holds of a project as JSON lines on standard output."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.management.arguments import project_of, takes_project
from clustering.privacy import project_export


class Command(BaseCommand):
    help = (
        "Write one JSON object a line: the project, its fields, segments, themes, topics and "
        "decisions, then every event in /track's form with its topics."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        takes_project(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        for line in project_export.lines(project_of(options["project"])):
            sys.stdout.buffer.write(line)
        sys.stdout.flush()
