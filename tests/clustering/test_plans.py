"""Statements whose cost grows with the texts of a new project, and not with their square.

Statistics that know all projects expect one row of another one, until they are gathered again.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.db import connection

from accounts import services
from accounts.models import Project
from clustering.privacy import project_export
from clustering.texts import vectors
from ingestion.models import Field

TEXTS = 300

_INSERT = """
    INSERT INTO clustering_text (project_id, field_id, digest, content, occurrences,
                                 first_seen_at, last_seen_at, embedded)
    SELECT %s, %s, sha256(number::text::bytea), number::text, 1, now(), now(), true
    FROM generate_series(1, %s) AS number RETURNING id
"""

_OCCUR = """
    INSERT INTO clustering_occurrence (project_id, event_id, field_id, text_id, session_id,
                                       timestamp)
    SELECT project_id, id, field_id, id, '', now() FROM clustering_text WHERE project_id = %s
"""


def with_texts(project: Project) -> tuple[Field, list[int]]:
    """A field and the ids of its embedded texts; the event that carries one has its id."""
    field = Field.objects.create(project=project, key="prompt", detected_type="text")
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [project.pk, field.pk, TEXTS])
        ids = [pk for (pk,) in cursor.fetchall()]
        vectors.store(cursor, project.pk, ids, np.ones((TEXTS, 3), np.float32))
        cursor.execute(_OCCUR, [project.pk])
    return field, ids


@pytest.fixture
def new(project: Project, other_tenant: services.NewTenant) -> tuple[Field, list[int]]:
    """A field of a project that came after statistics had been gathered."""
    with_texts(other_tenant.project)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE clustering_text, clustering_embedding, clustering_occurrence")
    return with_texts(project)


def plan(statement: str, values: Any) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE) {statement}", values)
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.django_db
def test_loading_texts_compares_none_with_all(new: tuple[Field, list[int]]) -> None:
    field, ids = new
    scope = [field.project_id, field.pk]
    for found in (
        plan(vectors._ALL_TEXTS, [*scope, None]),
        plan(vectors._TEXTS_BY_ID, [*scope, ids, None]),
    ):
        assert f"rows={TEXTS}.00 loops=1)" in found
        assert "Removed by Join Filter" not in found


@pytest.mark.django_db
def test_exporting_events_compares_no_text_with_all(new: tuple[Field, list[int]]) -> None:
    field, ids = new
    found = plan(project_export._TOPICS, [field.project_id, ids])
    assert f"rows={TEXTS}.00 loops=1)" in found
    assert re.search(rf"on clustering_text .* rows=1\.00 loops={TEXTS}\)", found), found
    assert "Rows Removed by Filter" not in found


def test_ids_are_given_as_what_they_are() -> None:
    """psycopg sends small numbers as smallint. Those PostgreSQL compares with a row one by one; of
    the column's own type it makes a hash table."""
    for app in ("ingestion", "clustering", "journeys"):
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py"):
            assert not re.search(r"id = ANY\(%(\(\w+\))?s\)", path.read_text()), path
