"""What ``make run`` runs, and the settings that say how much of it."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from config import embedded
from config.serve.supervisor import Program

PROJECT = Path(__file__).resolve().parents[2]
TURRET = "config.wsgi:application"


class Misconfigured(Exception):
    """A setting that cannot be; the message names it and says what it may be."""


@dataclass(frozen=True)
class Options:
    """How to run, from the environment; docs/operations.md has the table."""

    host: str
    port: int
    web_workers: int
    workers: int
    demo: bool

    @classmethod
    def read(cls) -> "Options":
        """Raises Misconfigured."""
        return cls(
            host=os.environ.get("HOST") or "127.0.0.1",
            port=_number("PORT", 8000, 1, 65535),
            web_workers=_number("WEB_WORKERS", 2, 1, 256),
            workers=_number("WORKERS", 1, 0, 256),
            demo=_number("DEMO", 1, 0, 1) == 1,
        )


def manage(*arguments: str) -> list[str]:
    """A command of ``manage.py``."""
    return [sys.executable, "manage.py", *arguments]


def programs(options: Options) -> list[list[Program]]:
    """The programs in the order they start; each inner list starts and stops together."""
    servers = Program("servers", [sys.executable, "-m", "config.embedded"], stop_seconds=60)
    greeting = ["welcome"] if options.demo else ["welcome", "--no-demo"]
    return [
        [servers] if any(embedded.embedded_parts().values()) else [],
        [Program("web", web(options.host, options.port, options.web_workers))],
        [
            *(
                _worker(f"events_{number}", "events", "clustering.worker.EventsWorker")
                for number in range(1, options.workers + 1)
            ),
            *([_worker("topics", "topics", "rq.SimpleWorker")] if options.workers else []),
            Program("cron", manage("rqcron", "config.cron", "--logging-level", "WARNING")),
        ],
        [Program("welcome", manage(*greeting), once=True)],
    ]


def web(host: str, port: int, workers: int, application: str = TURRET) -> list[str]:
    """The command of a web server for a WSGI application."""
    command = [sys.executable, "-m", "granian", application, "--interface", "wsgi"]
    command += ["--host", host, "--port", str(port)]
    command += ["--workers", str(workers), "--respawn-failed-workers"]
    # No more threads than the pool has connections; what exceeds them waits its turn.
    threads = min(8, 2 * (os.cpu_count() or 1) + 1)
    command += ["--blocking-threads", str(threads), "--backpressure", "128"]
    command += ["--workers-kill-timeout", "5", "--no-ws", "--log-level", "warning"]
    return command


def _worker(name: str, queue: str, worker: str) -> Program:
    # Both kinds run jobs in their own process: the embedding model is loaded once, not per job.
    command = manage("rqworker", queue, "--worker-class", worker, "--verbosity", "0")
    return Program(name, command)


def _number(name: str, default: int, least: int, most: int) -> int:
    text = os.environ.get(name) or str(default)
    if not text.isdigit() or not least <= int(text) <= most:
        raise Misconfigured(f"{name}={text}: it must be a number from {least} to {most}")
    return int(text)
