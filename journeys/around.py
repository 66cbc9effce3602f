"""What comes before and after a topic, in brief, for the topic's own page."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from journeys import reports
from journeys.folding import Integers, Journeys
from journeys.reports import FollowUps, State, States
from journeys.statistics import Share

ROWS = 5
"""Topics on either side."""


@dataclass(frozen=True)
class Lead:
    """What came right before the first visit; `state` is None for the session's beginning, and
    for `others` topics together."""

    state: State | None
    share: Share
    others: int = 0


@dataclass(frozen=True)
class Around:
    """What comes right before and after the first visit of each session to a topic.

    The shares of `before` sum to one, and so do those of `after`.
    """

    before: tuple[Lead, ...]
    after: FollowUps


def around(journeys: Journeys, states: States, code: int) -> Around | None:
    """None if no session comes to the state of this code."""
    after = reports.follow_ups(journeys, states, code, ROWS)
    return Around(_before(journeys, states, code), after) if after.base else None


def _before(journeys: Journeys, states: States, code: int) -> tuple[Lead, ...]:
    rows = journeys.first_visits
    rows = rows[journeys.state[rows] == code]
    base, later = len(rows), rows[~np.isin(rows, journeys.first)]
    counts: Integers = np.bincount(journeys.state[later - 1], minlength=journeys.states)
    order = np.argsort(-counts, kind="stable")
    order = order[counts[order] > 0]
    leads = [Lead(states[each], Share(int(counts[each]), base)) for each in order[:ROWS].tolist()]
    if len(rest := order[ROWS:]):
        leads.append(Lead(None, Share(int(counts[rest].sum()), base), others=len(rest)))
    return (*leads, Lead(None, Share(base - len(later), base)))
