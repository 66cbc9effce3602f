"""Import events in `/track`'s form, one a line, for instance from a log or another tool."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from accounts.management.arguments import project_of, takes_project
from accounts.models import Project
from billing.selectors import terms_of
from ingestion import services
from ingestion.body import too_large
from ingestion.credentials import Credential
from ingestion.endpoint import over_quota
from ingestion.errors import Refused
from ingestion.limits import MAX_BATCH_BODY, MAX_BODY
from ingestion.payload import NewEvent, parse_event, parse_json

BATCH = 1_000
"""Events in one statement: enough to make the round trip cheap, few enough to show progress."""

_LONGEST = MAX_BODY + len(b"\r\n")
"""Bytes of the longest line that may hold an event."""

_GZIP = b"\x1f\x8b"
"""What every gzip file begins with."""


class Command(BaseCommand):
    help = "Import events from JSON lines. Exits with 1 if a line was not imported."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", metavar="FILE.jsonl", help="may be gzip; - reads standard input"
        )
        takes_project(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        project = project_of(options["project"])
        self.bad_lines = self.imported = 0
        try:
            self._import(options["file"], project.slug)
        except CommandError as error:
            if not self.imported:
                raise
            imported = f"{self.imported:,} events were imported, the others not."
            raise CommandError(f"{error} {imported}") from error
        if self.bad_lines:
            raise CommandError(
                f"{self.imported:,} events imported, {self.bad_lines:,} refused:"
                " each line has to be one event in /track's form."
            )

    def _import(self, path: str, slug: str) -> None:
        """Raises CommandError where it has to stop."""
        with _opened(path) as file, tqdm(unit=" events") as progress:
            for batch in self._batches(file):
                self._accept(project_of(slug), batch)  # as it is by now
                progress.update(len(batch))

    def _batches(self, file: IO[bytes]) -> Iterator[list[NewEvent]]:
        """The events of a file, of up to `MAX_BATCH_BODY` bytes at a time; tells of bad lines."""
        batch: list[NewEvent] = []
        size = 0
        for number, line in enumerate(_lines(file), start=1):
            if batch and (len(batch) == BATCH or size + len(line) > MAX_BATCH_BODY):
                yield batch
                batch, size = [], 0
            if not line.strip():
                continue
            try:
                batch.append(_event(line))
                size += len(line)
            except Refused as refused:
                self.bad_lines += 1
                tqdm.write(f"line {number}: {refused.message}", file=sys.stderr)
        if batch:
            yield batch

    def _accept(self, project: Project, batch: list[NewEvent]) -> None:
        operator = Credential(
            None,
            project.pk,
            terms_of(project.organization),
            masks_events=project.masks_events,
        )
        submission = services.accept_grouped(operator, batch, timezone.now())
        refused = submission.stored.count(None)
        self.imported += len(batch) - refused
        if refused:
            assert submission.reservation is not None
            raise CommandError(str(over_quota(submission.reservation)))


def _event(line: bytes) -> NewEvent:
    """Raises Refused."""
    if len(line) > MAX_BODY:
        raise too_large()
    return parse_event(parse_json(line), timezone.now())


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Lines without their ends; of a line that is too long for an event, only its beginning."""
    while line := file.readline(_LONGEST):
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = file.readline(_LONGEST)
        yield line.rstrip(b"\r\n")


@contextmanager
def _opened(file: str) -> Iterator[IO[bytes]]:
    """A file to read, inflated if it is gzip. Raises CommandError."""
    try:
        if file == "-":
            if sys.stdin is None:
                raise CommandError("Cannot read standard input: it is closed.")
            yield _inflated(cast("BufferedReader", sys.stdin.buffer))
            return
        with Path(file).open("rb") as opened:
            yield _inflated(opened)
    except (OSError, EOFError, zlib.error) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise CommandError(f"Cannot read {file}: {said.removesuffix('.')}.") from error


def _inflated(file: BufferedReader) -> IO[bytes]:
    is_gzip = file.peek(2).startswith(_GZIP)
    return cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if is_gzip else file
