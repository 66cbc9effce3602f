"""One fault while events come steadily: what happens from the first event to the last account."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic, sleep

from bench.books import Books
from bench.installation import Installation, Tenant, eventually
from bench.steady import Client, sending
from config.health.ready import LASTING
from tests.chaos.watch import Watch

LIMIT = 1_000_000
"""Events that the tenant may send: out of reach, so that they are counted and none refused."""
BEFORE, AFTER = 4.0, 6.0
"""Seconds of sending ahead of a fault and behind it."""
AGAIN_SECONDS = 60.0
"""In which everything refused is accepted, once the fault is over."""
DRAIN_SECONDS = 120.0


@dataclass
class Story:
    """What a test may ask about its own fault."""

    turret: Installation
    tenant: Tenant
    client: Client
    watch: Watch
    drained: float = 0.0

    def line(self) -> str:
        """What was seen, for people."""
        refused = {str(status or "no answer"): n for status, n in self.client.seen.items()}
        accepted = refused.pop("200", 0)
        parts = ", ".join(sorted(self.watch.failing())) or "none"
        return (
            f"accepted {accepted:,}; refused {refused or 'none'}; "
            f"unready {self.watch.unready_seconds():.1f} s ({parts}; "
            f"slowest answer {self.watch.slowest():.1f} s); drained in {self.drained:.1f} s"
        )


@contextmanager
def steady(turret: Installation) -> Iterator[Story]:
    """Events come before, while and after the block does its harm; then everything must be right.

    What was answered 200 is stored. What was not is sent again, so in the end everything is, once;
    usage is what is stored, all of it is processed, and `/readyz` says so.
    """
    tenant = turret.tenant(LIMIT)
    assert eventually(lambda: turret.asked("/readyz") == 200), turret.output()
    sleep(LASTING)  # another web process may have an older answer
    client = Client(turret.port, tenant.key, new_texts=True)
    watch = Watch(turret.port)
    story = Story(turret, tenant, client, watch)
    try:
        with sending(client):
            sleep(BEFORE)
            yield story
            sleep(AFTER)
        with turret.database() as database:
            _close(story, Books(database, tenant))
    finally:
        watch.stop()
        print(f"\n    {story.line()}", flush=True)


def _close(story: Story, books: Books) -> None:
    ended = monotonic()
    accepted = story.client.accepted()
    lost = accepted - set(books.stored())
    assert not lost, f"{len(lost)} of {len(accepted)} were answered 200 and are not stored"
    story.client.repeat(AGAIN_SECONDS)
    drained = eventually(lambda: not books.backlog(), DRAIN_SECONDS)
    story.drained = monotonic() - ended
    assert drained, f"{books.backlog()} is left after {story.drained:.0f} s"
    stored = books.stored()
    assert len(stored) == len(set(stored)) == books.used()
    assert set(stored) == set(story.client.answers)
    assert not books.miscounted()
    assert not books.set_aside()
    assert eventually(lambda: story.watch.is_ready), story.watch.looks[-1]
