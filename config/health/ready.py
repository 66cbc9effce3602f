"""`/readyz`: whether the stores answer and work moves. Asked often, so it is cheap."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from django.db import Error
from django.http import HttpRequest, JsonResponse
from redis import RedisError

from clustering.jobs import LONGEST_SECONDS
from config.health import queue, work
from config.health.findings import Finding, State, fail, failed, ok
from config.health.probe import Probe
from config.health.queue import QUEUES, Queues
from config.health.watch import Watch
from config.health.work import STALLED, Work

T = TypeVar("T")

PATIENCE = 2.0
"""Seconds that a store has to answer."""

LASTING = 1.0
"""Seconds for which an answer is given again, so that asking often costs nothing."""

database = Probe(work.look, patience=PATIENCE, lasting=LASTING)
workers = Probe(queue.look, patience=PATIENCE, lasting=LASTING)
events_watch, texts_watch = Watch(), Watch()


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
    for part, oldest, stage, stuck in (
        ("events", found.oldest_event, "extract", events_watch.held(found.first_events)),
        ("texts", found.oldest_text, "embed", texts_watch.held(found.first_texts)),
    ):
        since = moved.get(stage)
        long = [seconds for seconds in stuck if seconds >= STALLED + _round(found, queues)]
        if oldest is None:
            yield ok(part, "none wait")
            continue
        waits = f"the oldest waits for {_seconds(oldest)}"
        if oldest >= STALLED and (since is None or since >= STALLED):
            last = "not seen" if since is None else f"{_seconds(since)} ago"
            yield fail(part, f"{waits}; the last {stage} was {last}")
        elif long:
            yield fail(
                part, f"{waits}; of {_projects(len(long))} none moved for {_seconds(max(long))}"
            )
        else:
            yield ok(part, waits)


def _round(found: Work, queues: Queues | str) -> float:
    """Seconds until it is a project's turn again: workers go from one to the next."""
    at_work = queues.workers["events"] if isinstance(queues, Queues) else 0
    return LONGEST_SECONDS * max(found.projects - 1, 0) / max(at_work, 1)


def _runs(found: Work) -> Finding:
    part = "clustering runs"
    if found.longest_run is not None and found.longest_run > QUEUES["topics"]:
        return fail(part, f"one has been under way for {_seconds(found.longest_run)}")
    if found.last_run_age is None:
        return ok(part, "none yet")
    says = f"the last one: {found.last_run}, {_seconds(found.last_run_age)} ago"
    return Finding(part, State.WARN if found.last_run == "failed" else State.OK, says)


def _projects(count: int) -> str:
    return "1 project" if count == 1 else f"{count} projects"


def _seconds(age: float) -> str:
    return f"{max(0.0, age):.0f} s"  # the clocks of stores differ by a little
