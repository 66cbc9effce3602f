"""What all lists of journeys have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from clustering.api.dimension import DIMENSION, Dimension, chosen_slice, dimension_parts
from ingestion.api.asked import Asked, Key, Parameter
from ingestion.api.listings import Computed
from ingestion.api.shapes import derive
from journeys.comparison import Compared, Contrast
from journeys.pages import Shown
from journeys.paths import WholeJourney
from journeys.reports import State
from journeys.statistics import Share

MOST = 10_000
"""Rows of a report, the commonest ones: more than anybody reads, few enough to hold in memory."""

OUTLIERS = Parameter(
    "outliers",
    {"type": "string", "enum": ["show", "skip"], "default": "skip"},
    "Whether a message that no topic claims is a step of a journey.",
)
JOURNEYS = (*DIMENSION, OUTLIERS)

Row = TypeVar("Row")

derive(Share, float, rate=lambda share: share.rate)
derive(Share, float, low=lambda share: share.interval[0], high=lambda share: share.interval[1])
derive(Contrast, float, difference=lambda contrast: contrast.difference)
derive(Contrast, float, low=lambda contrast: contrast.difference_interval[0])
derive(Contrast, float, high=lambda contrast: contrast.difference_interval[1])
derive(Compared, bool, is_finding=lambda row: row.is_finding)
derive(WholeJourney, str, journey=lambda row: " → ".join(state.name for state in row.states))


@dataclass(frozen=True)
class Report(Dimension):
    """A report on the `sessions` that begin in the period and come to a topic.

    It has so many `rows`, the 10,000 commonest at most.
    """

    sessions: int
    rows: int


def shown_of(asked: Asked) -> Shown:
    of, when = chosen_slice(asked)
    said = asked.choice(OUTLIERS.name, ("show", "skip"), "skip")
    return Shown(of, when, outliers=said == "show")


def report_of(shown: Shown, rows: Sequence[Row], order: Callable[[Row], Key]) -> Computed[Row]:
    kept, about = rows[:MOST], dimension_parts(shown.of, shown.period)
    report = Report(**about, sessions=shown.journeys.sessions, rows=len(kept))
    return Computed(kept, order, report)


def ids(*states: State) -> Key:
    return tuple(state.topic_id or 0 for state in states)
