"""How many events `/track` accepts a second, with durable commits, beside what bounds it.

One run measures Turret's own web server, a minimal Django REST framework view on the same server
with the same processes (`bench/minimal.py`), and single inserts and COPY into the same PostgreSQL,
each several times in turn, so that the ratios hold whatever the machine does meanwhile.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from statistics import median
from time import perf_counter
from typing import Any

from django.core.management import call_command
from django.db import connection

from accounts import services as accounts
from accounts.models import Project
from bench import load, minimal
from bench.serving import Server, served
from billing.services import subscribe
from clustering.texts.extraction import extract
from config.demo.generator import conversations

ROUNDS = 3
CONNECTIONS = 16
SINGLES = 6_000
BATCHES, BATCH = 60, 500
PROCESSES = 2
JSON = {"Content-Type": "application/json"}
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def run() -> dict[str, Any]:
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(minimal.TABLE)
    tenant = _unlimited_tenant()
    key = tenant.key.secret
    events = [event.payload() for event in conversations(1_500, seed=1, now=NOW)]
    single, least, batch = [], [], []
    with (
        served(workers=PROCESSES) as turret,
        served("bench.minimal:application", workers=PROCESSES) as view,
    ):
        for _ in range(ROUNDS):
            single.append(_load(turret, _singles(events, key), SINGLES))
            least.append(_load(view, _singles(events, key), SINGLES))
            batch.append(_load(turret, _batches(events, key), BATCHES, connections=4))
        memory = max(_memory(pid) for pid in turret.workers())
    inserts, copied, extracted = _inserts(events), _copied(events), _extracted(tenant.project)
    singles_rate = median(each.rate for each in single)
    least_rate = median(each.rate for each in least)
    return {
        "single_requests_per_second": round(singles_rate),
        "minimal_view_requests_per_second": round(least_rate),
        "ratio_to_minimal_view": round(singles_rate / least_rate, 2),
        "single_p50_ms": round(median(each.milliseconds(50) for each in single), 1),
        "single_p99_ms": round(median(each.milliseconds(99) for each in single), 1),
        "batched_events_per_second": round(median(each.rate for each in batch) * BATCH),
        "batch_p99_ms": round(median(each.milliseconds(99) for each in batch), 1),
        "extracted_events_per_second": round(extracted),
        "single_inserts_per_second": round(inserts),
        "copied_rows_per_second": round(copied),
        "web_process_megabytes": round(memory),
    }


def _unlimited_tenant() -> accounts.NewTenant:
    name = f"Bench {secrets.token_hex(4)}"
    tenant = accounts.sign_up(f"{secrets.token_hex(8)}@example.com", secrets.token_hex(8), name)
    subscribe(tenant.organization, "unlimited")
    return tenant


def _singles(events: list[dict[str, Any]], key: str) -> Iterator[bytes]:
    headers = {"X-API-Key": key, **JSON}
    while True:
        for event in events:
            yield load.post("/track", json.dumps(event).encode(), headers)


def _batches(events: list[dict[str, Any]], key: str) -> Iterator[bytes]:
    headers = {"X-API-Key": key, **JSON}
    while True:
        for first in range(0, len(events) - BATCH, BATCH):
            body = json.dumps(events[first : first + BATCH]).encode()
            yield load.post("/track/batch", body, headers)


def _load(
    server: Server, requests: Iterator[bytes], count: int, connections: int = CONNECTIONS
) -> load.Load:
    done = load.run(server.port, iter(list(islice(requests, count))), connections)
    if set(done.statuses) != {200}:
        raise RuntimeError(f"not everything was accepted: {dict(done.statuses)}")
    return done


def _memory(pid: int) -> float:
    """Resident memory in megabytes, without what it shares with others."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        lines = dict(line.split(":", 1) for line in file if ":" in line)
    return int(lines["Pss"].split()[0]) / 1000


def _rows(events: list[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    return [
        (each["name"], each["session_id"], each["user_id"], json.dumps(each["metadata"]))
        for each in events
    ]


def _inserts(events: list[dict[str, Any]]) -> float:
    """Single inserts a second, each committed, over one connection."""
    rows = _rows(events)[:2_000]
    statement = "INSERT INTO bench_minimal (name, session_id, user_id, metadata)"
    statement += " VALUES (%s, %s, %s, %s)"
    with connection.cursor() as cursor:
        started = perf_counter()
        for row in rows:
            cursor.execute(statement, row)
        return len(rows) / (perf_counter() - started)


def _extracted(project: Project) -> float:
    """Events a second that one worker extracts of those just accepted, whose texts repeat."""
    started, events = perf_counter(), 0
    while done := extract(project):
        events += done
    return events / (perf_counter() - started)


def _copied(events: list[dict[str, Any]]) -> float:
    rows = _rows(events) * 10
    statement = "COPY bench_minimal (name, session_id, user_id, metadata) FROM STDIN"
    with connection.cursor() as cursor:
        started = perf_counter()
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
        return len(rows) / (perf_counter() - started)
