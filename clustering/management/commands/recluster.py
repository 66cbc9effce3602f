"""Do a clustering run of one dimension now, due or not."""

from __future__ import annotations

import sys
from time import sleep
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.management.arguments import project_of, takes_project
from clustering import naming, pipeline
from clustering.management.arguments import text_field_of
from clustering.runs import lifecycle

_PATIENCE_SECONDS = 0.5


class Command(BaseCommand):
    help = "Find the topics of a text field anew, after processing what waits."

    def add_arguments(self, parser: CommandParser) -> None:
        takes_project(parser)
        parser.add_argument("--field", required=True, metavar="KEY")

    def handle(self, *args: Any, **options: Any) -> None:
        project = project_of(options["project"])
        pipeline.process(project)
        field = text_field_of(project, options["field"])
        while not (run := lifecycle.cluster(field, "asked for by recluster", self._say)):
            self._say("another run is in progress")
            sleep(_PATIENCE_SECONDS)
        named = naming.label(field)
        self._say(f"{run.topics:,} topics, {run.outliers:,} outliers, {named:,} renamed")

    def _say(self, what: str) -> None:
        print(f"clustering run: {what}", file=sys.stderr)
