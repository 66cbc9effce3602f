"""`manage.py import_events`."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from io import BufferedReader, BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Organization, Project, User
from accounts.services import delete_project
from billing import selectors, services
from ingestion import services as ingestion_services
from ingestion.limits import MAX_BODY
from ingestion.management.commands import import_events
from ingestion.models import Event, PendingEvent


def event(n: int, **changes: Any) -> dict[str, Any]:
    return {"name": "prompt", "session_id": f"s{n}", "metadata": {"prompt": f"hi {n}"}, **changes}


def lines(*events: Any) -> bytes:
    return b"".join(
        (each if isinstance(each, bytes) else json.dumps(each).encode()) + b"\n" for each in events
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def run(file: Path | str, project: Project) -> None:
    call_command("import_events", str(file), project=project.slug)


def stored(project: Project) -> list[Event]:
    return list(Event.objects.filter(project=project).order_by("id"))


def test_events_are_stored_and_wait_and_count(
    file: Path, project: Project, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_events, "BATCH", 4)
    file.write_bytes(lines(*(event(n, timestamp=f"2026-01-{n + 1:02d}") for n in range(10))))
    run(file, project)
    events = stored(project)
    assert [each.session_id for each in events] == [f"s{n}" for n in range(10)]
    assert events[9].timestamp.isoformat() == "2026-01-10T00:00:00+00:00"
    assert PendingEvent.objects.filter(project=project).count() == 10
    assert selectors.standing(organization).used == 10


@pytest.mark.parametrize("packed", [bytes, gzip.compress])
def test_standard_input_is_read(
    project: Project, monkeypatch: pytest.MonkeyPatch, packed: Callable[[bytes], bytes]
) -> None:
    sent = BytesIO(packed(lines(event(1), event(2))))
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BufferedReader(sent)))
    run("-", project)
    assert len(stored(project)) == 2


def test_gzip_is_inflated_whatever_the_file_is_called(file: Path, project: Project) -> None:
    file.write_bytes(gzip.compress(lines(event(1))) + gzip.compress(lines(event(2))))
    run(file, project)
    assert [each.session_id for each in stored(project)] == ["s1", "s2"]


@pytest.mark.parametrize(
    "broken",
    [gzip.compress(lines(event(1)))[:-12], b"\x1f\x8b" + lines(event(1))],
    ids=["cut short", "only its beginning"],
)
def test_broken_gzip_is_one_line(file: Path, project: Project, broken: bytes) -> None:
    file.write_bytes(broken)
    with pytest.raises(CommandError, match=r"^Cannot read .*events\.jsonl: [^\n]+\.$"):
        run(file, project)


def test_what_came_before_a_broken_end_is_told(
    file: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_events, "BATCH", 2)
    whole, cut = gzip.compress(lines(*(event(n) for n in range(5)))), gzip.compress(b"{}")[:-12]
    file.write_bytes(whole + cut)
    with pytest.raises(CommandError, match=r"^Cannot read .*\. 4 events were imported, the others"):
        run(file, project)
    assert len(stored(project)) == 4


def test_bad_lines_are_told_by_number_and_the_rest_goes_on(
    file: Path, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    long = event(6, metadata={"prompt": "x" * MAX_BODY})
    file.write_bytes(
        lines(event(1), b"{", b"", event(4), {"metadata": {}}, long, b"\xff", event(8))
    )
    with pytest.raises(CommandError, match="3 events imported, 4 refused") as raised:
        run(file, project)
    assert raised.value.returncode == 1
    assert [each.session_id for each in stored(project)] == ["s1", "s4", "s8"]
    said = capsys.readouterr().err
    assert "line 2: The body is not JSON" in said
    assert "(column 2)." in said
    assert "line 5: Missing required field: name" in said
    assert "line 6: This is larger" in said
    assert "line 7: The body is not UTF-8" in said


def test_a_line_without_end_is_refused_and_never_held_whole(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sent = Sent(lines(event(1), b"x" * 40 * MAX_BODY, event(3)))
    monkeypatch.setattr("sys.stdin", TextIOWrapper(sent))
    with pytest.raises(CommandError, match="2 events imported, 1 refused"):
        run("-", project)
    assert [each.session_id for each in stored(project)] == ["s1", "s3"]
    assert "line 2: This is larger" in capsys.readouterr().err
    assert sent.longest <= MAX_BODY + 2


class Sent(BufferedReader):
    """Remembers the longest line that was read at once."""

    longest = 0

    def __init__(self, content: bytes) -> None:
        super().__init__(BytesIO(content))

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size)
        self.longest = max(self.longest, len(line))
        return line

    def __next__(self) -> bytes:
        if line := self.readline():
            return line
        raise StopIteration


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_an_event_may_be_as_large_as_by_track(file: Path, project: Project, end: bytes) -> None:
    padding = MAX_BODY - len(json.dumps(event(1, other="")))
    file.write_bytes(json.dumps(event(1, other="x" * padding)).encode() + end)
    run(file, project)
    assert len(stored(project)) == 1


def test_large_events_are_stored_a_few_at_a_time(
    file: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_events, "MAX_BATCH_BODY", 200)
    accept = Mock(wraps=ingestion_services.accept_grouped)
    monkeypatch.setattr(ingestion_services, "accept_grouped", accept)
    file.write_bytes(lines(*(event(n, other="x" * 50) for n in range(5))))
    run(file, project)
    assert [len(call.args[1]) for call in accept.call_args_list] == [1, 1, 1, 1, 1]
    assert len(stored(project)) == 5


def test_stops_at_the_quota(file: Path, project: Project, organization: Organization) -> None:
    services.subscribe(organization, "pro", event_limit=3)
    file.write_bytes(lines(*(event(n) for n in range(5))))
    with pytest.raises(CommandError, match=r"used up\. 3 events were imported"):
        run(file, project)
    assert len(stored(project)) == 3


def test_events_that_are_there_already_need_no_quota(
    file: Path, project: Project, organization: Organization
) -> None:
    services.subscribe(organization, "pro", event_limit=3)
    file.write_bytes(lines(*(event(n, event_id=n) for n in range(3))))
    run(file, project)
    run(file, project)
    assert len(stored(project)) == 3


def test_stops_when_the_project_is_deleted(
    file: Path,
    project: Project,
    owner: User,
    ahead_of_each_import: Callable[[Callable[[], Any]], None],
) -> None:
    ahead_of_each_import(lambda: delete_project(project, owner))
    file.write_bytes(lines(event(1), event(2)))
    with pytest.raises(CommandError, match=r"is deleted\. 1 events were imported"):
        run(file, project)
    assert len(stored(project)) == 1


def test_standard_input_that_is_closed_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(CommandError, match="standard input: it is closed"):
        run("-", project)


def test_an_empty_file_imports_nothing(file: Path, project: Project) -> None:
    file.write_bytes(b"")
    run(file, project)
    assert stored(project) == []


def test_an_unknown_project_or_file_is_told(project: Project, file: Path) -> None:
    with pytest.raises(CommandError, match="no project 'nope'"):
        call_command("import_events", str(file), project="nope")
    with pytest.raises(CommandError, match="Cannot read"):
        run(file, project)


def test_progress_is_shown(
    file: Path, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_bytes(lines(event(1)))
    run(file, project)
    captured = capsys.readouterr()
    assert "1 events" in captured.err
    assert captured.out == ""
