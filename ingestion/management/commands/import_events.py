"""Import events in `/track`'s form, one a line, for instance from a log or another tool."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from accounts.management.arguments import project_of
from accounts.models import Project
from billing.selectors import terms_of
from ingestion import services
from ingestion.body import too_large
from ingestion.endpoint import over_quota
from ingestion.errors import Refused
from ingestion.limits import MAX_BODY
from ingestion.payload import NewEvent, parse_event, parse_json

BATCH = 1_000
"""Events in one statement: enough to make the round trip cheap, few enough to show progress."""

_GZIP = b"\x1f\x8b"
"""What every gzip file begins with."""


class Command(BaseCommand):
    help = "Import events from JSON lines. Exits with 1 if a line was not imported."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", metavar="FILE.jsonl", help="may be gzip; - reads standard input"
        )
        parser.add_argument("--project", required=True, metavar="SLUG")

    def handle(self, *args: Any, **options: Any) -> None:
        project = project_of(options["project"])
        self.bad_lines = self.imported = 0
        with _opened(options["file"]) as lines, tqdm(unit=" events") as progress:
            for batch in _batches(self._events(lines)):
                self._accept(project, batch)
                progress.update(len(batch))
        if self.bad_lines:
            raise CommandError(f"{self.imported:,} events imported, {self.bad_lines:,} refused.")

    def _events(self, lines: Iterable[bytes]) -> Iterator[NewEvent]:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                yield _event(line)
            except Refused as refused:
                self.bad_lines += 1
                tqdm.write(f"line {number}: {refused.message}", file=sys.stderr)

    def _accept(self, project: Project, batch: list[NewEvent]) -> None:
        terms = terms_of(project.organization)
        reservation = services.accept(
            project.pk, terms, batch, timezone.now(), masks_events=project.masks_events
        )
        self.imported += reservation.granted
        if reservation.granted < len(batch):
            raise CommandError(
                f"{over_quota(reservation)} {self.imported:,} events were imported, the others not."
            )


def _event(line: bytes) -> NewEvent:
    """Raises Refused."""
    if len(line) > MAX_BODY:
        raise too_large()
    return parse_event(parse_json(line), timezone.now())


def _batches(events: Iterator[NewEvent]) -> Iterator[list[NewEvent]]:
    batch: list[NewEvent] = []
    for event in events:
        batch.append(event)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


@contextmanager
def _opened(file: str) -> Iterator[Iterable[bytes]]:
    """The lines of a file, inflated if it is gzip. Raises CommandError."""
    try:
        if file == "-":
            yield _inflated(cast("BufferedReader", sys.stdin.buffer))
            return
        with Path(file).open("rb") as lines:
            yield _inflated(lines)
    except (OSError, EOFError, zlib.error) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise CommandError(f"Cannot read {file}: {said.removesuffix('.')}.") from error


def _inflated(lines: BufferedReader) -> Iterable[bytes]:
    return gzip.GzipFile(fileobj=lines) if lines.peek(2).startswith(_GZIP) else lines
