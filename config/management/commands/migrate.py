"""Django's own `migrate`, by one process at a time."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.commands import migrate

from clustering import locks

PAUSE = 0.2
"""Seconds between looks whether another one is done. Who slept in a query instead would keep an
index from being built concurrently."""


class Command(migrate.Command):
    """Waits while another process migrates, of this host or another, and then finds it done."""

    def handle(self, *args: Any, **options: Any) -> None:
        while True:
            with locks.holding("migrate") as mine:
                if mine:
                    super().handle(*args, **options)
                    return
            time.sleep(PAUSE)
