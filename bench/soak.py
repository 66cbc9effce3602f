"""``python -m bench.soak``: a whole installation at full speed for SOAK_MINUTES (10).

`make soak` calls it. Prints what each program's memory was, and ends with status 1 if one keeps
growing or if anything that was accepted is missing, counted twice, or never processed. Meanwhile
new texts come, so that topics are found anew and named again.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep

import numpy as np

from bench.books import Backlog, Books
from bench.installation import Installation, eventually, installed
from bench.steady import Client, sending

MINUTES = float(os.environ.get("SOAK_MINUTES", "10"))
INTERVAL = 5.0
"""Seconds from one sample to the next."""
DRAIN_SECONDS = 600.0

MAY_GROW = {"postgres": 300.0, "topics": 300.0}
"""MB that a program may be larger at the end than half-way: PostgreSQL fills its buffers, and what
a clustering run holds grows with the texts there are."""
MAY_GROW_ELSE = 30.0

_PROGRAMS = {
    "config.serve": "supervisor",
    "config.embedded": "servers",
    "rqworker events": "events",
    "rqworker topics": "topics",
    "rqcron": "cron",
    "granian": "web",
    "postgres": "postgres",
    "redis-server": "redis",
}


@dataclass
class Samples:
    """How much was accepted and left to do by then, and MB by program."""

    turret: Installation
    client: Client
    books: Books
    minutes: list[float] = field(default_factory=list)
    memory: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    accepted: list[int] = field(default_factory=list)
    backlog: list[Backlog] = field(default_factory=list)

    def take(self, since: float) -> None:
        self.minutes.append((monotonic() - since) / 60)
        self.accepted.append(self.client.seen[200])
        self.backlog.append(self.books.backlog())
        found = _memory(self.turret)
        for program in _PROGRAMS.values():
            self.memory[program].append(found[program])

    def at(self, minute: float) -> int:
        """The number of the sample nearest to a minute."""
        return int(np.argmin(np.abs(np.array(self.minutes) - minute)))

    def growth(self, program: str) -> float:
        """MB from half-way to the end; by the median of a minute's samples, as jobs come and go."""
        sizes = self.memory[program]
        count = max(1, round(60 / INTERVAL))
        half = len(sizes) // 2
        return float(np.median(sizes[-count:]) - np.median(sizes[half : half + count]))

    def slope(self, program: str) -> float:
        """MB a minute in the second half."""
        half = len(self.minutes) // 2
        return float(np.polyfit(self.minutes[half:], self.memory[program][half:], 1)[0])


def main() -> int:
    with (
        tempfile.TemporaryDirectory(prefix="turret-soak-") as name,
        installed(Path(name)) as turret,
    ):
        return _soak(turret)


def _soak(turret: Installation) -> int:
    tenant = turret.tenant(limit=10**9)
    client = Client(turret.port, tenant.key, rate=None, new_texts=True)
    with turret.database() as database:
        books = Books(database, tenant)
        samples = Samples(turret, client, books)
        with sending(client):
            began = monotonic()
            while monotonic() - began < MINUTES * 60:
                sleep(INTERVAL)
                samples.take(began)
        print(_table(samples), f"answers: {dict(client.seen)}", sep="\n", flush=True)
        ended = monotonic()
        drained = eventually(lambda: not books.backlog(), DRAIN_SECONDS)
        print(f"drained in {monotonic() - ended:.0f} s")
        faults = list(_faults(samples, books, drained))
    for fault in faults:
        print(f"FAULT: {fault}")
    return 1 if faults else 0


def _memory(turret: Installation) -> defaultdict[str, float]:
    """MB by program, what processes share with each other counted once."""
    found: defaultdict[str, float] = defaultdict(float)
    for pid, args in turret.ours().items():
        program = next((name for words, name in _PROGRAMS.items() if words in args), "")
        with suppress(FileNotFoundError, ProcessLookupError):  # it has ended
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            sizes = [line.split()[1] for line in text.splitlines() if line.startswith("Pss:")]
            found[program] += sum(map(int, sizes)) / 1000
    return found


def _table(samples: Samples) -> str:
    last = samples.minutes[-1]
    shown = [samples.at(minute) for minute in (1, last / 2, last)]
    lines = [_row("minute", *(f"{samples.minutes[i]:.1f}" for i in shown), "MB a minute")]
    lines.append(_row("accepted", *(f"{samples.accepted[i]:,}" for i in shown)))
    rates = (samples.accepted[i] / samples.minutes[i] for i in shown)
    lines.append(_row("a minute, so far", *(f"{rate:,.0f}" for rate in rates)))
    lines.append(_row("events to extract", *(f"{samples.backlog[i].events:,}" for i in shown)))
    lines.append(_row("texts to embed", *(f"{samples.backlog[i].texts:,}" for i in shown)))
    for program, sizes in sorted(samples.memory.items()):
        known = (f"{sizes[i]:,.0f}" for i in shown)
        lines.append(_row(f"MB of {program}", *known, f"{samples.slope(program):+.1f}"))
    return "\n".join(lines)


def _row(name: str, *cells: str) -> str:
    return f"{name:<20}" + "".join(f"{cell:>14}" for cell in cells)


def _faults(samples: Samples, books: Books, drained: bool) -> Iterator[str]:
    accepted, stored = samples.client.accepted(), books.stored()
    if lost := accepted - set(stored):
        yield f"{len(lost):,} of {len(accepted):,} accepted events are not stored"
    if len(stored) != books.used():
        yield f"{len(stored):,} events are stored, and {books.used():,} count as usage"
    if not drained:
        yield f"{books.backlog()} is left {DRAIN_SECONDS:.0f} s after the last event"
    elif miscounted := books.miscounted():
        yield f"events, occurrences and texts differ: {miscounted}"
    if set_aside := books.set_aside():
        yield f"{set_aside} events are set aside"
    for program in samples.memory:
        allowed = MAY_GROW.get(program, MAY_GROW_ELSE)
        if (growth := samples.growth(program)) > allowed:
            yield f"{program} grew by {growth:.0f} MB in the second half; {allowed:.0f} are allowed"


if __name__ == "__main__":
    sys.exit(main())
