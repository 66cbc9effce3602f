"""The demo's conversations through `import_events` and `drain` in one process: seconds a stage, and
what share of them embedding alone takes: the same texts again, without a database.

``PIPELINE_DATA=FILE`` takes the texts of a file instead, in a form that `bench.trial` reads.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from time import perf_counter
from typing import Any

from django.core.management import call_command

from accounts import services as accounts
from accounts.models import Project
from bench import trial
from billing.models import Subscription
from clustering import pipeline
from clustering.models import ClusteringRun, Text, Topic
from config.demo.generator import conversations

CONVERSATIONS = 6_800
"""Some 20,000 distinct texts."""
TURNS = 3
"""Texts of a file that are one session, where it names none."""
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def run() -> dict[str, Any]:
    call_command("migrate", verbosity=0)
    import clustering.finding  # noqa: F401

    pipeline.embedder()  # loading both is the start of a worker, not the way of an event
    project = _project()
    with NamedTemporaryFile("w", suffix=".jsonl") as file:
        events = _write(Path(file.name))
        started = perf_counter()
        call_command("import_events", file.name, project=project.slug)
        imported = perf_counter() - started
    stages = _drain(project)
    drained = sum(stages.values())
    raw = _raw_seconds(project)
    runs = ClusteringRun.objects.filter(project=project)
    clustered = sum(sum(run.timings.values()) for run in runs)
    return {
        "events": events,
        "texts": Text.objects.filter(project=project).count(),
        "topics": Topic.objects.filter(project=project, retired_at=None).count(),
        "events_imported_per_second": round(events / imported),
        "drain_seconds": round(drained, 1),
        "clustering_runs": len(runs),
        "clustering_run_seconds": round(clustered, 1),
        "raw_embedding_seconds": round(raw, 1),
        "import_extract_and_embed_to_raw_speed": round(
            raw / (imported + stages["extract"] + stages["embed"]), 3
        ),
        "import_and_drain_to_raw_speed": round(raw / (imported + drained), 3),
        "seconds_by_stage": {stage: round(seconds, 1) for stage, seconds in stages.items()},
    }


def _project() -> Project:
    name = f"Bench {secrets.token_hex(4)}"
    tenant = accounts.sign_up(f"{secrets.token_hex(8)}@example.com", secrets.token_hex(8), name)
    Subscription.objects.create(organization=tenant.organization, plan_code="unlimited")
    return tenant.project


def _write(path: Path) -> int:
    lines = [json.dumps(payload) for payload in _payloads()]
    path.write_text("\n".join(lines))
    return len(lines)


def _payloads() -> Iterator[dict[str, object]]:
    data = os.environ.get("PIPELINE_DATA")
    if data is None:
        yield from (event.payload() for event in conversations(CONVERSATIONS, seed=1, now=NOW))
        return
    for number, row in enumerate(trial.read(Path(data))):
        session = str(row.get("session_id", number // TURNS))
        yield {
            "name": "user_prompt",
            "session_id": session,
            "user_id": f"user of {session}",
            "metadata": {"prompt": row["text"]},
        }


def _drain(project: Project) -> dict[str, float]:
    """Drain, and return the seconds of each stage.

    A clustering run tells when a stage begins: themes are part of its last, "write". The other
    stages tell what they have done; "embed" is the time beyond "extract", which is done beside it.
    """
    seconds: dict[str, float] = {}
    last, begun = perf_counter(), ""

    def note(stage: str, done: int) -> None:
        nonlocal last, begun
        now = perf_counter()
        name = begun or stage
        seconds[name] = seconds.get(name, 0.0) + now - last
        last, begun = now, stage if stage.startswith("clustering run") else ""

    pipeline.drain(project, note)
    return seconds


def _raw_seconds(project: Project) -> float:
    """To embed a project's texts with the same model, all at once: there is no faster way."""
    texts = list(Text.objects.filter(project=project).values_list("content", flat=True))
    started = perf_counter()
    pipeline.embedder()(texts)
    return perf_counter() - started
