"""Segments that are kept, and what the plan allows and was used of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from billing import selectors as billing
from billing.projection import Projection
from ingestion.api.asked import Asked
from ingestion.api.listings import Computed
from ingestion.api.views import lists, reads
from ingestion.models import SavedSegment
from ingestion.segments_saved import saved_segments


@dataclass(frozen=True)
class Segment:
    """A filter under a name: `query` is what its parameters are in a URL."""

    id: int
    name: str
    query: str
    words: str
    created_at: datetime


@lists("Saved segments", Segment, None)
def segments(asked: Asked) -> Computed[Segment]:
    """To read topics or journeys of one, append its `query` to the URL."""
    return Computed([_segment(each) for each in saved_segments(asked.project)], _by_id)


def _segment(kept: SavedSegment) -> Segment:
    return Segment(kept.pk, kept.name, kept.query, kept.segment.words, kept.created_at)


def _by_id(segment: Segment) -> tuple[int]:
    return (segment.id,)


@dataclass(frozen=True)
class Day:
    """Events of a day (UTC)."""

    day: date
    accepted: int
    refused: int


@dataclass(frozen=True)
class Expected:
    """What the count will be at `ends_at` at the pace of the last seven days, and when the limit
    is reached, if before."""

    ends_at: datetime
    events: int
    limit_at: datetime | None


@dataclass(frozen=True)
class Usage:
    """What the organization used of its plan in this period, over all of its projects.

    The period is from its `first` day up to, but not including, its `end`; without an end it
    counts in total. Without a `limit` nothing does. `days` are the last 62 of them at most.
    """

    plan: Literal["trial", "pro", "business", "enterprise", "unlimited"]
    first: date
    end: date | None
    expires_at: datetime | None
    limit: int | None
    used: int
    remaining: int | None
    refused: int
    is_refusing: bool
    expected: Expected | None
    days: list[Day]


@reads("Usage of the plan", Usage)
def usage(asked: Asked) -> Usage:
    """Events are counted in the moment in which they are accepted."""
    report = billing.usage(asked.project.organization)
    return Usage(
        plan=report.terms.plan.code,
        first=report.period.first,
        end=report.period.end,
        expires_at=report.terms.expires_at,
        limit=report.terms.limit,
        used=report.used,
        remaining=report.remaining,
        refused=report.refused,
        is_refusing=report.is_refusing,
        expected=_expected(report.projection),
        days=[Day(each.day, each.accepted, each.refused) for each in report.days],
    )


def _expected(found: Projection | None) -> Expected | None:
    if found is None:
        return None
    return Expected(found.ends_at, found.events, found.limit_at)
