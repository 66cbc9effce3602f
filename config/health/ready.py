"""`/readyz`: whether the stores answer and work moves. Asked often, so it is cheap."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from django.db import Error
from django.http import HttpRequest, JsonResponse
from redis import RedisError

from config.health import queue, work
from config.health.findings import Finding, State, fail, failed, ok
from config.health.probe import Probe
from config.health.queue import QUEUES, Queues
from config.health.work import Work

T = TypeVar("T")

PATIENCE = 2.0
"""Seconds that a store has to answer."""

LASTING = 1.0
"""Seconds for which an answer is given again, so that asking often costs nothing."""

STALLED = 60.0
"""Seconds that work may wait while none is done: more than it takes a worker to start anew."""

LONGEST_RUN = 3600.0
"""Seconds that a job may take, and so a clustering run."""

database = Probe(work.look, patience=PATIENCE, lasting=LASTING)
workers = Probe(queue.look, patience=PATIENCE, lasting=LASTING)


def ready(request: HttpRequest) -> JsonResponse:
    """200 where all is well, else 503; either way what was found, part by part."""
    findings = look()
    parts = {each.part: {"state": each.state, "says": each.says} for each in findings}
    is_ready = not failed(findings)
    body = {"ready": is_ready, "parts": parts}
    answer = JsonResponse(body, status=200 if is_ready else 503)
    answer.headers["Cache-Control"] = "no-store"
    answer._has_been_logged = True  # type: ignore[attr-defined]  # whoever asks is told
    return answer


def look() -> list[Finding]:
    """Everything, asking both stores at once."""
    found, queues = database.ask(), workers.ask()
    return judge(_answer(found, Error), _answer(queues, RedisError))


def judge(found: Work | str, queues: Queues | str) -> list[Finding]:
    """What the stores said, or why they said nothing, part by part."""
    findings = [_answers("database", found), _answers("redis", queues)]
    if isinstance(found, Work):
        findings.append(_migrations(found))
    if isinstance(queues, Queues):
        findings += _workers(queues)
    if isinstance(found, Work) and not found.missing:
        findings += _waiting(found, queues)
        findings.append(_runs(found))
    return findings


def _answer(asked: Callable[[], T], error: type[Exception]) -> T | str:
    try:
        return asked()
    except TimeoutError:
        return f"does not answer within {PATIENCE:.0f} s"
    except error as raised:
        return f"cannot be used ({type(raised).__name__})"


def _answers(part: str, found: object) -> Finding:
    return fail(part, found) if isinstance(found, str) else ok(part, "answers")


def _migrations(found: Work) -> Finding:
    if found.missing:
        count = len(found.missing)
        return fail("migrations", f"{count} not applied: run manage.py migrate")
    return ok("migrations", "all applied")


def _workers(found: Queues) -> Iterator[Finding]:
    for name in QUEUES:
        count = found.workers[name]
        part = f"workers of {name}"
        yield ok(part, f"{count} at work") if count else fail(part, "none: start one")
    if found.scheduler is None or found.scheduler > queue.SILENCE:
        yield fail("scheduler", "none: start manage.py rqcron config.cron")
    else:
        yield ok("scheduler", f"seen {_seconds(found.scheduler)} ago")


def _waiting(found: Work, queues: Queues | str) -> Iterator[Finding]:
    moved = queues.moved if isinstance(queues, Queues) else {}
    for part, oldest, stage in (
        ("events", found.oldest_event, "extract"),
        ("texts", found.oldest_text, "embed"),
    ):
        since = moved.get(stage)
        if oldest is None:
            yield ok(part, "none wait")
        elif oldest < STALLED or (since is not None and since < STALLED):
            yield ok(part, f"the oldest waits for {_seconds(oldest)}")
        else:
            last = "not seen" if since is None else f"{_seconds(since)} ago"
            yield fail(
                part, f"the oldest waits for {_seconds(oldest)}; the last {stage} was {last}"
            )


def _runs(found: Work) -> Finding:
    part = "clustering runs"
    if found.longest_run is not None and found.longest_run > LONGEST_RUN:
        return fail(part, f"one has been under way for {_seconds(found.longest_run)}")
    if found.last_run_age is None:
        return ok(part, "none yet")
    says = f"the last one: {found.last_run}, {_seconds(found.last_run_age)} ago"
    return Finding(part, State.WARN if found.last_run == "failed" else State.OK, says)


def _seconds(age: float) -> str:
    return f"{max(0.0, age):.0f} s"  # the clocks of stores differ by a little
