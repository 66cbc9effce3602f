"""The reports of the pages of journeys, each as a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from clustering.api.dimension import Dimension, dimension_parts, prepared
from ingestion.api.asked import Asked, Key
from ingestion.api.listings import Computed
from ingestion.api.views import Listed, lists, reads
from journeys import paths, reports, returns
from journeys.api.shown import JOURNEYS, MOST, Report, ids, report_of, shown_of
from journeys.pages import Shown
from journeys.path_views import returned
from journeys.reports import Overview

Row = TypeVar("Row")


@dataclass(frozen=True)
class Journeys(Dimension):
    """What the journeys of a period come to."""

    overview: Overview


@reads("Journeys in numbers", Journeys, *JOURNEYS)
@prepared
def journeys(asked: Asked) -> Journeys:
    """Shares count sessions, and carry their base and 95 % interval (`low`, `high`)."""
    shown = shown_of(asked)
    log = shown.log
    found = reports.overview(shown.journeys, log.topic, len(log.is_open))
    return Journeys(**dimension_parts(shown.of, shown.period), overview=found)


def _report(
    name: str,
    summary: str,
    row: type[Row],
    rows: Callable[[Shown], Sequence[Row]],
    order: Callable[[Row], Key],
    said: str,
) -> Listed:
    """A list of the rows that a function of `Shown` computes."""

    @prepared
    def listing(asked: Asked) -> Computed[Row]:
        shown = shown_of(asked)
        return report_of(shown, rows(shown) if shown.journeys.sessions else (), order)

    listing.__name__, listing.__doc__ = f"journeys_{name}", said
    return lists(summary, row, Report, *JOURNEYS)(listing)


REPORTS = [
    _report(
        "transitions",
        "Transitions between topics",
        reports.Transition,
        lambda shown: reports.strongest_transitions(shown.journeys, shown.states, MOST).rows,
        lambda row: (-row.times.count, *ids(row.source, row.target)),
        "Two consecutive, different topics; those made most often first.",
    ),
    _report(
        "starts",
        "Where journeys begin",
        reports.Start,
        lambda shown: reports.starts(shown.journeys, shown.states, MOST).rows,
        lambda row: (-row.share.count, *ids(row.state)),
        "The commonest first.",
    ),
    _report(
        "drop_offs",
        "Where journeys end",
        reports.DropOff,
        lambda shown: reports.drop_offs(shown.journeys, shown.states, MOST).rows,
        lambda row: (-row.share.count, *ids(row.state)),
        "Of the sessions that are over; the commonest first.",
    ),
    _report(
        "back_and_forth",
        "Back and forth between topics",
        reports.BackAndForth,
        lambda shown: reports.back_and_forth(shown.journeys, shown.states, MOST).rows,
        lambda row: (-row.share.count, *ids(row.source, row.target)),
        "The pairs with most sessions first.",
    ),
    _report(
        "repeats",
        "Asked again at once",
        reports.Repeat,
        lambda shown: reports.repeats(shown.journeys, shown.states, MOST).rows,
        lambda row: (-row.share.count, *ids(row.state)),
        "The topics with most sessions first.",
    ),
    _report(
        "whole",
        "Whole journeys",
        paths.WholeJourney,
        lambda shown: paths.whole_journeys(shown.journeys, shown.states, MOST).rows,
        lambda row: (-row.share.count, len(row.states), *ids(*row.states)),
        "Of the sessions that are over; the commonest first, and of those the shorter ones.",
    ),
    _report(
        "lengths",
        "Steps of journeys",
        paths.Length,
        lambda shown: paths.length_distribution(shown.journeys),
        lambda row: (row.steps,),
        "How many steps the sessions that are over have.",
    ),
    _report(
        "returns",
        "From one session to the user's next",
        returns.Return,
        lambda shown: (
            returns.return_pairs(shown.journeys, returned(shown)[1], shown.states, MOST).rows
        ),
        lambda row: (-row.share.count, -row.users, *ids(row.source, row.target)),
        "The commonest pairs of a last and a next first topic.",
    ),
    _report(
        "come_backs",
        "What users come back about",
        returns.ComeBack,
        lambda shown: (
            returns.come_backs(shown.journeys, returned(shown)[1], shown.states, MOST).rows
        ),
        lambda row: (-row.share.count, *ids(row.state)),
        "The topics that returns begin with, the commonest first.",
    ),
]
