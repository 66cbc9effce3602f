"""Run all pending work in this process, beside running workers or without any."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from tqdm import tqdm

from accounts.management.arguments import project_of
from clustering import pipeline
from clustering.runs import standing


class Command(BaseCommand):
    help = "Extract, embed, assign, cluster and label until nothing is left."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", metavar="SLUG", help="this project alone")

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["project"]
        projects = [project_of(slug)] if slug else standing.projects_with_work()
        for project in projects:
            with _Bars(project.slug) as bars:
                pipeline.drain(project, bars.show)


class _Bars:
    """Progress on standard error: a bar for what is counted, a line for each stage of a run."""

    _UNITS = {"extract": " events", "embed": " texts", "label": " topics"}

    def __init__(self, title: str) -> None:
        self._title = title
        self._bars: dict[str, tqdm[Any]] = {}
        self._said = ""

    def __enter__(self) -> _Bars:
        return self

    def __exit__(self, *_: object) -> None:
        for bar in self._bars.values():
            bar.close()

    def show(self, stage: str, done: int) -> None:
        if stage not in self._UNITS:
            if stage != self._said:
                tqdm.write(f"{self._title}: {stage}", file=sys.stderr)
            self._said = stage
        elif done:
            if stage not in self._bars:
                self._bars[stage] = tqdm(
                    desc=f"{self._title}: {stage}",
                    unit=self._UNITS[stage],
                    position=len(self._bars),
                    file=sys.stderr,
                )
            self._bars[stage].update(done)
