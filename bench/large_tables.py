"""Events of many tenants in the tables of the real schema, written by PostgreSQL itself.

One small tenant has `SMALL` events whatever the size; of the rest a large one has four fifths, and
`OTHERS` share the last. They arrive by turns, so that each tenant's rows lie among everybody's.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection

from accounts.models import Organization, Project
from billing.models import Subscription
from clustering.models import Dimension, Topic
from ingestion.models import Field, FieldType

SMALL = 100_000
OTHERS = 50
TOPICS = 60
DAYS = 90
PER_TEXT = 10
"""Events of each text, on average."""
BATCH = 500_000

_TABLES = (
    "ingestion_event, ingestion_pendingevent, clustering_text, clustering_occurrence,"
    " clustering_embedding"
)


@dataclass(frozen=True)
class Tenant:
    """A project, its dimension, and which of all events are its own."""

    project: Project
    field: Field
    events: int


def fill(events: int) -> tuple[Tenant, Tenant]:
    """Empty the tables and fill them with so many events; return the small and the large tenant."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {_TABLES} RESTART IDENTITY CASCADE")
        cursor.execute("SET synchronous_commit = off")
        tenants = _tenants(events)
        _write_shares(cursor, tenants)
        for tenant in tenants:
            cursor.execute(_TEXTS, _of(tenant))
        cursor.execute("SELECT setval('clustering_text_id_seq', max(id)) FROM clustering_text")
        cursor.execute(_VECTORS)
        with _without_indexes(cursor):
            for start in range(0, events, BATCH):
                last = min(start + BATCH, events) - 1
                cursor.execute(_EVENTS, {"all": events, "first": start, "last": last})
        cursor.execute(_COUNT)
        cursor.execute(f"VACUUM (ANALYZE) {_TABLES}")
        cursor.execute("SET synchronous_commit = on")
    return tenants[0], tenants[1]


_DROPPED = """
    SELECT indexname, indexdef FROM pg_indexes
    WHERE tablename IN ('ingestion_event', 'clustering_occurrence') AND indexname NOT LIKE '%pkey'
"""


@contextmanager
def _without_indexes(cursor: Any) -> Iterator[None]:
    """Build indexes afterwards: to keep them up to date meanwhile takes far longer."""
    cursor.execute(_DROPPED)
    definitions = dict(cursor.fetchall())
    for name in definitions:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for definition in definitions.values():
        cursor.execute(definition)


def _tenants(events: int) -> list[Tenant]:
    organization = Organization.objects.create(name="Bench", slug=f"bench-{secrets.token_hex(4)}")
    Subscription.objects.create(organization=organization, plan_code="unlimited")
    rest = events - SMALL
    sizes = [SMALL, rest * 4 // 5, *[rest // 5 // OTHERS] * OTHERS]
    return [_tenant(organization, place, size) for place, size in enumerate(sizes)]


def _tenant(organization: Organization, place: int, events: int) -> Tenant:
    slug = f"{organization.slug}-{place}"
    project = Project.objects.create(organization=organization, name=slug, slug=slug)
    field = Field.objects.create(
        project=project, key="prompt", detected_type=FieldType.TEXT, events=events
    )
    Field.objects.create(project=project, key="plan", detected_type=FieldType.ENUM, events=events)
    Dimension.objects.create(project=project, field=field, active=True)
    Topic.objects.bulk_create(
        Topic(project=project, field=field, centroid=[1.0, float(number)], threshold=0.5)
        for number in range(TOPICS)
    )
    return Tenant(project, field, events)


def _of(tenant: Tenant) -> dict[str, Any]:
    return {
        "project": tenant.project.pk,
        "field": tenant.field.pk,
        "texts": max(tenant.events // PER_TEXT, 1),
        "days": DAYS,
    }


def _write_shares(cursor: Any, tenants: list[Tenant]) -> None:
    """Where each tenant's texts begin."""
    cursor.execute(_SHARES)
    first = 1
    for place, tenant in enumerate(tenants):
        own = _of(tenant)
        row = [place, own["project"], own["field"], first, own["texts"]]
        cursor.execute("INSERT INTO share VALUES (%s, %s, %s, %s, %s)", row)
        first += own["texts"]


_SHARES = """
    DROP TABLE IF EXISTS share;
    CREATE TEMPORARY TABLE share (
        place int PRIMARY KEY, project_id bigint, field_id bigint, first bigint, texts bigint)
"""

# A topic in ten texts is none: those are outliers.
_TEXTS = """
    INSERT INTO clustering_text (id, project_id, field_id, digest, content, occurrences,
                                 first_seen_at, last_seen_at, embedded, topic_id, nearest_topic_id,
                                 similarity, margin)
    SELECT share.first + number, share.project_id, share.field_id,
           sha256(convert_to(content, 'UTF8')), content, 0, now() - interval '90 days', now(), true,
           CASE WHEN number %% 10 > 0 THEN topic.ids[1 + number %% 60] END,
           topic.ids[1 + number %% 60], 0.5 + (number %% 1000) / 2000.0, 0.1
    FROM share
    CROSS JOIN (SELECT array_agg(id) AS ids FROM clustering_topic
                WHERE project_id = %(project)s AND field_id = %(field)s) AS topic
    CROSS JOIN generate_series(0, %(texts)s - 1) AS number
    CROSS JOIN LATERAL (
        SELECT 'how do I manage the part of my order that has number ' || number AS content) AS said
    WHERE share.project_id = %(project)s
"""

_COUNT = """
    UPDATE clustering_text SET occurrences = number
    FROM (SELECT text_id, count(*) AS number FROM clustering_occurrence GROUP BY 1) AS counted
    WHERE id = text_id
"""

# Of eight dimensions instead of 384: what is asked of vectors here is whether they are found.
_VECTORS = """
    INSERT INTO clustering_embedding (project_id, text_id, vector)
    SELECT project_id, id, ARRAY[1, 2, 3, 4, 5, 6, 7, id % 9 + 1]::real[]::vector
    FROM clustering_text
"""

_EVENTS = """
    WITH numbered AS (
        SELECT number, CASE WHEN number %% (%(all)s / 100000) = 0 THEN 0
                            WHEN number %% 5 = 0 THEN 2 + (number / 5) %% 50
                            ELSE 1 END AS place
        FROM generate_series(%(first)s, %(last)s) AS number
    ), counted AS (
        SELECT share.*, number, hashint8(number) & 2147483647 AS random,
               number / CASE place WHEN 0 THEN %(all)s / 100000 WHEN 1 THEN 1 ELSE 250 END AS own
        FROM numbered JOIN share USING (place)
    ), sent AS (
        INSERT INTO ingestion_event (project_id, event_id, name, session_id, user_id, metadata,
                                     timestamp, received_at)
        SELECT project_id, md5('e' || number)::uuid::text, 'message',
               md5(place || 's' || own / 60 * 10 + random %% 10)::uuid::text,
               'user-' || (own / 60 * 10 + random %% 10) / 3,
               jsonb_build_object(
                   'plan', CASE WHEN random %% 10 = 0 THEN 'pro' ELSE 'free' END, 'prompt',
                   'how do I manage the part of my order that has number '
                   || (own / 2000 * 200 + random %% 200) %% texts),
               now() - interval '90 days' * (1 - number / %(all)s::float), now()
        FROM counted ORDER BY number
        RETURNING id, project_id, session_id, timestamp, metadata
    )
    INSERT INTO clustering_occurrence (project_id, event_id, field_id, text_id, session_id,
                                       timestamp)
    SELECT sent.project_id, id, field_id,
           first + substring(metadata->>'prompt' FROM '[0-9]+$')::bigint, session_id, timestamp
    FROM sent JOIN share ON share.project_id = sent.project_id
"""
