"""A synthetic project of many conversations, written straight to the tables of the real schema."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from hashlib import sha256

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from accounts import services as accounts
from accounts.models import Project
from billing.models import Subscription
from clustering.columns import blocks
from clustering.models import ClusteringRun, Dimension, RunState, Topic
from ingestion.models import Field, FieldType

TOPICS = 60
OUTLIERS = 0.08
DAYS = 90
VARIANTS = 40_000
"""Texts of each topic that may be sent; how often falls as 1 / rank."""

PLATFORMS = {"web": 0.5, "ios": 0.25, "android": 0.15, "tablet": 0.1}
END = np.datetime64("now", "us")


def fill(events: int, seed: int = 0) -> tuple[Project, Field]:
    """A project of its own with so many events, its blocks made."""
    random = np.random.default_rng(seed)
    project, field = _project()
    topics = _topics(field)
    session, time = _sessions(events, random)
    topic = _walk(session, random)
    variant = np.minimum(random.zipf(1.2, events), VARIANTS) - 1
    text_key = topic * VARIANTS + variant
    keys, text = np.unique(text_key, return_inverse=True)
    first_text = _copy_texts(field, topics, keys, np.bincount(text))
    platform = random.choice(list(PLATFORMS), events, p=list(PLATFORMS.values()))
    seconds = random.lognormal(1, 1, events).round(3)
    first_event = _copy_events(project, keys[text], session, time, platform, seconds)
    _copy_occurrences(field, first_event, first_text + text, session, time)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE ingestion_event, clustering_text, clustering_occurrence")
    blocks.seal(project)
    return project, field


def _project() -> tuple[Project, Field]:
    name = f"Bench {secrets.token_hex(4)}"
    tenant = accounts.sign_up(f"{secrets.token_hex(8)}@example.com", secrets.token_hex(8), name)
    Subscription.objects.create(organization=tenant.organization, plan_code="unlimited")
    project = tenant.project
    for key, kind in (
        ("prompt", FieldType.TEXT),
        ("platform", FieldType.ENUM),
        ("seconds", FieldType.NUMBER),
    ):
        Field.objects.create(project=project, key=key, detected_type=kind, events=1)
    field = Field.objects.select_related("project").get(project=project, key="prompt")
    Dimension.objects.create(project=project, field=field, active=True)
    ClusteringRun.objects.create(project=project, field=field, state=RunState.DONE, topics=TOPICS)
    return project, field


def _topics(field: Field) -> list[int]:
    made = Topic.objects.bulk_create(
        [
            Topic(
                project=field.project,
                field=field,
                label=f"Topic {place}",
                label_source="keywords",
                centroid=[1.0, float(place)],
                threshold=0.5,
            )
            for place in range(TOPICS)
        ]
    )
    return [topic.pk for topic in made]


def _sessions(
    events: int, random: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.datetime64]]:
    """Sessions of 2 to 12 events, and when each event was sent; by time of arrival."""
    sizes = random.integers(2, 13, events // 2)
    sizes = sizes[: int(np.searchsorted(np.cumsum(sizes), events)) + 1]
    session = np.repeat(np.arange(len(sizes)), sizes)[:events]
    begins = np.sort(random.integers(0, DAYS * 86_400_000_000, len(sizes)))
    gaps = random.integers(5_000_000, 120_000_000, events)
    since = np.cumsum(gaps) - np.repeat(np.cumsum(gaps)[np.cumsum(sizes) - sizes], sizes)[:events]
    time = END - np.timedelta64(DAYS, "D") + (begins[session] + since).astype("timedelta64[us]")
    order = np.argsort(time, kind="stable")
    return session[order], time[order]


def _walk(session: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.int64]:
    """Zipf-like topics, the next one often the same or a favourite successor; -1 an outlier."""
    events = len(session)
    weights = 1 / np.arange(1, TOPICS + 1)
    topic = random.choice(TOPICS, events, p=weights / weights.sum())
    favourite = random.permutation(TOPICS)
    order = np.argsort(session, kind="stable")
    before = np.roll(order, 1)
    goes_on = (session[order] == session[before]) & (random.random(events) < 0.3)
    topic[order[goes_on]] = favourite[topic[before[goes_on]]]
    topic[random.random(events) < OUTLIERS] = TOPICS
    return topic


def _copy_texts(
    field: Field, topics: list[int], keys: NDArray[np.int64], counts: NDArray[np.int64]
) -> int:
    """Write the texts; return the first one's id, the others follow."""
    first = _reserve("clustering_text_id_seq", len(keys))
    ids = [*map(str, topics), r"\N"]

    def lines() -> Iterator[str]:
        for place, (key, count) in enumerate(zip(keys.tolist(), counts.tolist(), strict=True)):
            content = _content(key)
            digest = sha256(content.encode()).hexdigest()
            yield (
                f"{first + place}\t{field.project_id}\t{field.pk}\t\\\\x{digest}\t{content}"
                f"\t{count}\t{END}\t{END}\tt\t{ids[key // VARIANTS]}\t0.8\n"
            )

    _copy(
        "clustering_text (id, project_id, field_id, digest, content, occurrences, first_seen_at,"
        " last_seen_at, embedded, topic_id, similarity)",
        lines(),
    )
    return first


def _copy_events(
    project: Project,
    keys: NDArray[np.int64],
    session: NDArray[np.int64],
    time: NDArray[np.datetime64],
    platform: NDArray[np.str_],
    seconds: NDArray[np.float64],
) -> int:
    first = _reserve("ingestion_event_id_seq", len(keys))

    def lines() -> Iterator[str]:
        columns = (keys, session, time.astype(str), platform, seconds)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        for place, (key, code, at, where, took) in enumerate(rows):
            metadata = f'{{"prompt": "{_content(key)}", "platform": "{where}", "seconds": {took}}}'
            yield (
                f"{first + place}\t{project.pk}\tuser_prompt\tsession-{code}\tuser-{code // 3}"
                f"\t{metadata}\t{at}Z\t{at}Z\n"
            )

    _copy(
        "ingestion_event (id, project_id, name, session_id, user_id, metadata, timestamp,"
        " received_at)",
        lines(),
    )
    return first


def _copy_occurrences(
    field: Field,
    first_event: int,
    text: NDArray[np.int64],
    session: NDArray[np.int64],
    time: NDArray[np.datetime64],
) -> None:
    rows = zip(text.tolist(), session.tolist(), time.astype(str).tolist(), strict=True)
    _copy(
        "clustering_occurrence (project_id, event_id, field_id, text_id, session_id, timestamp)",
        (
            f"{field.project_id}\t{first_event + place}\t{field.pk}\t{text_id}\tsession-{code}"
            f"\t{at}Z\n"
            for place, (text_id, code, at) in enumerate(rows)
        ),
    )


def _content(key: int) -> str:
    return f"How do I manage subject {key // VARIANTS} in the case of number {key % VARIANTS}?"


def _reserve(sequence: str, count: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s)", [sequence])
        first = int(cursor.fetchone()[0])
        cursor.execute("SELECT setval(%s, %s)", [sequence, first + count])
    return first


def _copy(target: str, lines: Iterator[str]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        for line in lines:
            copy.write(line)
