"""What users come back about, as rows."""

from __future__ import annotations

from dataclasses import dataclass

from journeys import returns
from journeys.api.shown import MOST
from journeys.pages import Shown
from journeys.path_views import returned
from journeys.reports import State
from journeys.statistics import Share


@dataclass(frozen=True)
class Seconds:
    """The time between the two sessions: its quartiles and median."""

    lower: float
    median: float
    upper: float


@dataclass(frozen=True)
class Return:
    """From `source`, the last topic of a session, to `target`, the first of the user's next.

    `share` is of the returns from `source`; its lift is over the share that `target` has of all
    returns. `users` are different ones.
    """

    source: State
    target: State
    share: Share
    users: int
    seconds: Seconds


@dataclass(frozen=True)
class ComeBack:
    """`share` of all returns begin with `state`; its lift is over that of all sessions.

    `after` are the sessions that end with it, of those that could be returned from, after which
    their user comes back.
    """

    state: State
    share: Share
    users: int
    after: Share
    seconds: Seconds


def _seconds(between: returns.Between) -> Seconds:
    return Seconds(between.lower / 1e6, between.median / 1e6, between.upper / 1e6)


def return_rows(shown: Shown) -> list[Return]:
    found = returns.return_pairs(shown.journeys, returned(shown)[1], shown.states, MOST).rows
    return [
        Return(row.source, row.target, row.share, row.users, _seconds(row.between)) for row in found
    ]


def come_back_rows(shown: Shown) -> list[ComeBack]:
    found = returns.come_backs(shown.journeys, returned(shown)[1], shown.states, MOST).rows
    return [
        ComeBack(row.state, row.share, row.users, row.after, _seconds(row.between)) for row in found
    ]
