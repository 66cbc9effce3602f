"""Pages and reports of a large synthetic project, against what people would use instead.

JOURNEYS_EVENTS sets its size (1,000,000). Polars and pm4py take part where they are installed.
"""

from __future__ import annotations

import os
import resource
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import Membership, Project, Role, User
from bench.journey_data import fill
from clustering.columns import files, filtering, reading
from clustering.models import Topic
from clustering.reports import slices
from ingestion.models import Field
from journeys import transitions
from journeys.selectors import load_log

ROUNDS = 7


def run() -> dict[str, Any]:
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    started = perf_counter()
    project, field = fill(int(os.environ.get("JOURNEYS_EVENTS", "1_000_000")))
    filled = perf_counter() - started
    return {"seconds_to_fill": round(filled, 1), **_measured(project, field)}


def _measured(project: Project, field: Field) -> dict[str, Any]:
    return {
        "events": len(reading.load(field).log),
        "transitions_seconds": _transitions(field),
        "pages_milliseconds": _pages(project),
        "megabytes": {
            "columns": _size_of("clustering_block") + _size_of("clustering_column"),
            "events": _size_of("ingestion_event"),
            "texts": _size_of("clustering_text"),
            "occurrences": _size_of("clustering_occurrence"),
            "kept_by_a_process": round(reading._size() / 2**20),
            "most_of_this_process": round(
                resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            ),
        },
    }


def _transitions(field: Field) -> dict[str, float]:
    """Seconds for the transitions of all time, each way to find them."""
    now = timezone.now()

    def ours() -> None:
        log = load_log(slices.load(field), now - timedelta(days=3650), now)
        transitions.transitions(log.journeys(outliers=True))

    rivals: dict[str, Callable[[], object]] = {"turret": ours, "sql": lambda: _sql(field)}
    session, time, state = _log_of(field)
    if find_spec("polars"):
        rivals["polars"] = lambda: _polars(session, time, state)
    if find_spec("pm4py"):
        rivals["pm4py"] = _pm4py(session, time, state)
    _forget_host()
    found = {"turret, first on the host": round(_seconds(ours), 3)}
    _forget()
    found["turret, cold"] = round(_seconds(ours), 3)
    for name, way in rivals.items():
        way()
        found[name] = round(median(_seconds(way) for _ in range(3)), 3)
    return found


_WINDOW = """
    SELECT topic, following, count(*) FROM (
        SELECT coalesce(topic_id, 0) AS topic,
               lead(coalesce(topic_id, 0)) OVER (
                   PARTITION BY session_id ORDER BY timestamp, event_id) AS following
        FROM clustering_occurrence AS occurrence
        JOIN clustering_text AS text ON text.id = occurrence.text_id
        WHERE occurrence.project_id = %s AND occurrence.field_id = %s
    ) AS step
    WHERE topic <> following GROUP BY 1, 2
"""


def _sql(field: Field) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_WINDOW, [field.project_id, field.pk])
        cursor.fetchall()


def _log_of(field: Field) -> tuple[Any, Any, Any]:
    """The log as the rivals take it, from memory: sessions, times and topics by arrival."""
    loaded = reading.load(field)
    order = np.argsort(loaded.log.arrival)
    return loaded.log.session[order], loaded.log.time[order], loaded.topic[order]


def _polars(session: Any, time: Any, state: Any) -> object:
    polars = import_module("polars")
    frame = polars.DataFrame({"session": session, "time": time, "state": state})
    following = polars.col("state").shift(-1).over("session").alias("following")
    steps = frame.lazy().sort("session", "time").with_columns(following)
    return (
        steps.filter(polars.col("state") != polars.col("following"))
        .group_by("state", "following")
        .len()
        .collect()
    )


def _pm4py(session: Any, time: Any, state: Any) -> Callable[[], object]:
    pandas, pm4py = import_module("pandas"), import_module("pm4py")
    log = pandas.DataFrame(
        {
            "case:concept:name": session.astype(str),
            "concept:name": state.astype(str),
            "time:timestamp": pandas.to_datetime(time, unit="us", utc=True),
        }
    )
    return lambda: pm4py.discover_dfg(log)


def _pages(project: Project) -> dict[str, dict[str, int]]:
    """Milliseconds of each page: of a process that has just started, after an event, else."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(_member(project))
    found = {}
    for name, path in _paths(project).items():
        get = partial(_get, client, f"/p/{project.slug}/{path}")
        found[name] = {
            "cold": _milliseconds(get, 1, _forget),
            "after an event": _milliseconds(get, 3, _forget_tail),
            "warm": _milliseconds(get, ROUNDS),
        }
        print(name, found[name], flush=True)
    return found


def _paths(project: Project) -> dict[str, str]:
    """The pages by what they show: all time unless a name says otherwise."""
    tenth, other = "where.platform=tablet", "against=where.platform%3Dios"
    topic = Topic.objects.filter(project=project).order_by("pk")[0].pk
    pages = {
        "journeys": "journeys/",
        "topics": "topics/",
        "paths": "journeys/paths/",
        "coming back": "journeys/coming-back/",
        "a topic": f"topics/{topic}/",
        "around a topic": f"topics/{topic}/around/",
    }
    found = {name: f"{path}?days=all" for name, path in pages.items()}
    found |= {f"{name}, segment": f"{path}&{tenth}" for name, path in found.items()}
    return found | {
        "compare with everybody else": f"journeys/compare/?days=all&{tenth}",
        "compare with another": f"journeys/compare/?days=all&{tenth}&{other}",
        "numbers by topic": "topics/numbers/?days=all",
        "data quality": "quality/?days=all",
        "data quality, by day": "quality/days/?days=all",
        "sessions": "sessions/",
        "sessions of a topic": f"sessions/?topic={topic}",
        "sessions of a path": "journeys/paths/sessions/?days=all",
        "outliers": "topics/outliers/",
        "texts of a topic that hold a word": f"topics/{topic}/?q=number",
        "found by a word": "topics/?q=subject",
        "numbers of a topic": f"topics/{topic}/numbers/?days=all",
        "overview": "overview/?days=all",
        "overview, 30 days": "overview/",
        "journeys, 30 days": "journeys/",
        "topics, 30 days": "topics/",
    }


def _member(project: Project) -> User:
    user = User.objects.create_user(f"{secrets.token_hex(8)}@example.com", secrets.token_hex(8))
    Membership.objects.create(organization=project.organization, user=user, role=Role.OWNER)
    return user


def _get(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200, path


def _forget() -> None:
    """Leave the process as it starts, where another one of the host has read the dimension."""
    reading._kept.clear()
    filtering._cached.clear()


def _forget_host() -> None:
    """Leave it as it starts where none has."""
    _forget()
    for path in files.folder().glob("*.log"):
        path.unlink()


def _forget_tail() -> None:
    """Leave the process as it is when an event has come since it loaded the dimension."""
    for pk, kept in reading._kept.items():
        reading._kept[pk] = replace(kept, loaded=None)


def _milliseconds(
    call: Callable[[], object], rounds: int, before: Callable[[], object] = lambda: None
) -> int:
    """The median, not counting what is done before each round."""
    found: list[float] = []
    for _ in range(rounds):
        before()
        found.append(_seconds(call))
    return round(1000 * median(found))


def _seconds(call: Callable[[], object]) -> float:
    started = perf_counter()
    call()
    return perf_counter() - started


def _size_of(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size(%s)", [table])
        return round(int(cursor.fetchone()[0]) / 2**20)
