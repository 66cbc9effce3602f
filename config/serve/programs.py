"""What ``make run`` runs, and the settings that say how much of it."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from config import embedded
from config import environment as env
from config.serve.supervisor import Program

PROJECT = Path(__file__).resolve().parents[2]
TURRET = "config.wsgi:application"
WORKER = "clustering.worker.Worker"

CONNECTIONS = 1024
"""Connections that a web process takes at a time. An idle one that its client keeps open counts
too, for up to 30 seconds; whoever comes beyond that waits until one of them ends."""

WORKER_TTL = 30
"""Seconds; an idle worker gives a sign of life 15 before they are over."""


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
            host=str(env.address("HOST", "127.0.0.1")),
            port=env.number("PORT", 8000, 1, 65535),
            web_workers=env.number("WEB_WORKERS", 2, 1, 256),
            workers=env.number("WORKERS", 1, 0, 256),
            demo=env.boolean("DEMO", default=True),
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
        [Program("web", [sys.executable, "-m", "config.web"])],
        [
            *(_worker(f"events_{number}", "events") for number in range(1, options.workers + 1)),
            *([_worker("topics", "topics")] if options.workers else []),
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
    command += ["--blocking-threads", str(threads), "--backpressure", str(CONNECTIONS)]
    command += ["--workers-kill-timeout", "5", "--no-ws", "--log-level", "warning"]
    # At SIGHUP an old process stays until the new one has surely loaded.
    command += ["--respawn-interval", "20"]
    return command


def _worker(name: str, queue: str) -> Program:
    command = manage("rqworker", queue, "--worker-class", WORKER, "--verbosity", "0")
    return Program(name, [*command, "--worker-ttl", str(WORKER_TTL)])
