"""`/metrics`: what the whole installation does, in the text format of Prometheus.

Every web process tells the same, because it asks PostgreSQL and Redis. So scrape one address, the
one that people use. Labels name no tenant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from redis import RedisError

from billing import metrics as counts
from config.health import queue, work
from config.health.probe import Probe

PATIENCE = 5.0
"""Seconds that a store has to answer. What one does not say is left out."""

MOST_PENDING = 100_000
"""Pending events up to which they are counted: counting reads each."""

HISTOGRAMS = {
    "request": ("turret_request_seconds", "Requests, until their answer began.", "view status"),
    "run": ("turret_run_seconds", "Clustering runs.", "scope state"),
}
COUNTERS = {
    "refused": ("turret_refused_events", "Events refused.", "reason"),
    "extract": ("turret_extracted_events", "Events whose texts were taken.", ""),
    "embed": ("turret_embedded_texts", "Distinct texts that got a vector.", ""),
}

# Pending events by their primary key, project by project, for nobody works on deleted ones. LLM
# usage has a row for a project and month.
_TOTALS = """
    SELECT (SELECT count(*) FROM (
               SELECT FROM accounts_project project CROSS JOIN LATERAL (
                   SELECT FROM ingestion_pendingevent
                   WHERE project_id = project.id LIMIT %(most)s) waiting
               WHERE deleted_at IS NULL LIMIT %(most)s) AS first),
           coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0)
    FROM billing_llmusage
    WHERE month = date_trunc('month', now() AT TIME ZONE 'UTC')::date
"""


@dataclass(frozen=True)
class _Database:
    work: work.Work
    pending: int
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True)
class _Redis:
    queues: queue.Queues
    counts: Mapping[str, float]


def _ask_database() -> _Database:
    found = work.look()
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS, {"most": MOST_PENDING})
        return _Database(found, *(cursor.fetchone() or (0, 0, 0)))


def _ask_redis() -> _Redis:
    return _Redis(queue.look(), counts.read())


_database = Probe(_ask_database, patience=PATIENCE)
_redis = Probe(_ask_redis, patience=PATIENCE)


def metrics(request: HttpRequest) -> HttpResponse:
    """For whoever knows the token. Without one set there is no such page."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN:
        raise Http404
    if not constant_time_compare(given, settings.METRICS_TOKEN):
        return HttpResponse("Send the token: Authorization: Bearer …\n", status=401)
    registry = CollectorRegistry()
    registry.register(_Everything())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)


class _Everything(Collector):
    def collect(self) -> Iterator[Metric]:
        asked_database, asked_redis = _database.ask(), _redis.ask()
        up = GaugeMetricFamily("turret_up", "Whether a store answers.", labels=["store"])
        try:
            yield from _of_database(asked_database())
            up.add_metric(["database"], 1)
        except (TimeoutError, OperationalError, InterfaceError):
            up.add_metric(["database"], 0)
        try:
            yield from _of_redis(asked_redis())
            up.add_metric(["redis"], 1)
        except (TimeoutError, RedisError):
            up.add_metric(["redis"], 0)
        yield up


def _of_database(found: _Database) -> Iterator[Metric]:
    yield _gauge(
        "turret_pending_events", f"Events that wait, {MOST_PENDING} at most.", found.pending
    )
    yield _gauge(
        "turret_oldest_event_seconds", "How long the first waits.", found.work.oldest_event or 0
    )
    yield _gauge(
        "turret_oldest_text_seconds",
        "How long ago the first text without a vector came.",
        found.work.oldest_text or 0,
    )
    tokens = GaugeMetricFamily(
        "turret_llm_tokens_this_month", "Tokens spent on names, by calendar month.", labels=["kind"]
    )
    tokens.add_metric(["input"], found.input_tokens)
    tokens.add_metric(["output"], found.output_tokens)
    yield tokens


def _of_redis(found: _Redis) -> Iterator[Metric]:
    jobs = GaugeMetricFamily("turret_queued_jobs", "Jobs that wait.", labels=["queue"])
    workers = GaugeMetricFamily("turret_workers", "Workers that live.", labels=["queue"])
    for name in queue.QUEUES:
        jobs.add_metric([name], found.queues.lengths[name])
        workers.add_metric([name], found.queues.workers[name])
    yield jobs
    yield workers
    by_name = defaultdict(list)
    for name, value in found.counts.items():
        first, *values = name.split(" ")
        by_name[first].append((values, value))
    for name, (title, about, labels) in COUNTERS.items():
        counter = CounterMetricFamily(title, about, labels=labels.split())
        for values, count in by_name[name]:
            counter.add_metric(values, count)
        yield counter
    for name, (title, about, labels) in HISTOGRAMS.items():
        yield _histogram(title, about, labels.split(), by_name[name], by_name[f"{name}_seconds"])


def _histogram(
    title: str,
    about: str,
    labels: list[str],
    buckets: Iterable[tuple[list[str], float]],
    sums: Iterable[tuple[list[str], float]],
) -> HistogramMetricFamily:
    """From buckets that count their own to buckets that count the lower ones too."""
    family = HistogramMetricFamily(title, about, labels=labels)
    counted = {tuple(values): count for values, count in buckets}
    for values, total in sums:
        so_far, cumulative = 0.0, []
        for bound in counts.BUCKETS:
            so_far += counted.get((*values, str(bound)), 0)
            cumulative.append(("+Inf" if bound == float("inf") else str(bound), so_far))
        family.add_metric(values, cumulative, total)
    return family


def _gauge(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, about, value=value)
