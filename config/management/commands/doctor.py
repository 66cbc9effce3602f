"""Looks at everything that Turret needs, and says what to do where something is wrong."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.health import stores, surroundings
from config.health.findings import Finding, State, fail, failed
from config.health.probe import Probe

PATIENCE = 120.0
"""Seconds for each look; the model may have to be compiled."""

Look = Callable[[], Iterable[Finding]]


class Command(BaseCommand):
    help = "Check everything that Turret needs. Exit status 1 where something is wrong."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="a JSON array of what was found")
        parser.add_argument("--send-email", metavar="ADDRESS", default="", help="send one there")

    def handle(self, *args: Any, send_email: str, **options: Any) -> None:
        looks: dict[str, Look] = {
            "database": stores.database,
            "redis": stores.redis_server,
            "work": stores.work_moves,
            "address": surroundings.address,
            "reached": surroundings.reached,
            "e-mail": partial(surroundings.mail, send_email),
            "disk": surroundings.disk,
            "model": surroundings.model,
        }
        findings = []
        for part, look in looks.items():
            for finding in _findings(part, look):
                findings.append(finding)
                if not options["json"]:
                    self._say(finding)
        if options["json"]:
            self.stdout.write(json.dumps([asdict(finding) for finding in findings], indent=1))
        if failed(findings):
            sys.exit(1)

    def _say(self, finding: Finding) -> None:
        style = {
            State.OK: self.style.SUCCESS,
            State.WARN: self.style.WARNING,
            State.FAIL: self.style.ERROR,
        }[finding.state]
        self.stdout.write(f"{style(f'{finding.state:<5}')} {finding.part:<18} {finding.says}")


def _findings(part: str, look: Look) -> list[Finding]:
    try:
        return Probe(lambda: list(look()), patience=PATIENCE).ask()()
    except TimeoutError:
        return [fail(part, f"no answer within {PATIENCE:.0f} s")]
    except Exception as error:
        return [fail(part, f"{type(error).__name__}: {error}".splitlines()[0])]
