"""What a look at one part of Turret found. It names no tenant and shows no secret."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """One line: which part, how it is, and where it is not well, what to do."""

    part: str
    state: State
    says: str


def ok(part: str, says: str) -> Finding:
    return Finding(part, State.OK, says)


def warn(part: str, says: str) -> Finding:
    return Finding(part, State.WARN, says)


def fail(part: str, says: str) -> Finding:
    return Finding(part, State.FAIL, says)


def failed(findings: Iterable[Finding]) -> bool:
    return any(finding.state is State.FAIL for finding in findings)
