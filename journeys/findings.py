"""What stands out among journeys: what is done more often than usual, surely. No Django.

Two kinds of share are looked at: what comes right after the first visit to a topic, and asking
again at once. How surprising one is, n·D(share ‖ usual), bounds its chance by e to the power of
minus that (Hoeffding, JASA 58, 1963); half of what Dunning (Computational Linguistics 19, 1993)
ranks by, it grows with how often and with how much more often. It stands out if the bound holds
for all that are looked at together (Bonferroni).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np

from clustering.reports.figures import Numbers
from journeys import tallies, transitions
from journeys.folding import Integers, Journeys
from journeys.reports import State, States
from journeys.statistics import MINIMUM_SUPPORT, Share, lift

FOLLOW_UPS, REPEATS = 5, 2

LEAST_LIFT = 1.5
"""What is surely more common, but by less than half, is not worth telling."""

_CHANCE = 0.025
"""Chance that anything of one kind stands out although nothing does; 5 % for both kinds."""


@dataclass(frozen=True)
class Finding:
    """Of the sessions that come to `state`, `share` go on to `target` after the first visit.

    Where `target` is None they ask again at once. Lift is over what is usual: how often `target`
    follows any topic, or how often any topic is asked about again.
    """

    state: State
    target: State | None
    share: Share


def findings(journeys: Journeys, states: States) -> tuple[Finding, ...]:
    """The follow-ups that stand out, then the repeats."""
    return (*_follow_ups(journeys, states), *_repeats(journeys, states))


def _follow_ups(journeys: Journeys, states: States) -> list[Finding]:
    source, outcome, count = transitions.first_outcomes(journeys)
    usual, visits = transitions.base_rates(journeys), tallies.visits(journeys)
    in_topics = (source < journeys.topics) & (outcome < journeys.topics)
    source, outcome, count = source[in_topics], outcome[in_topics], count[in_topics]
    looked_at = int(np.count_nonzero(visits >= MINIMUM_SUPPORT) * np.count_nonzero(visits))
    found = _standing_out(count, visits[source], usual[outcome], looked_at, FOLLOW_UPS)
    return [Finding(states[source[place]], states[outcome[place]], share) for place, share in found]


def _repeats(journeys: Journeys, states: States) -> list[Finding]:
    count, visits = tallies.repeats(journeys).sessions, tallies.visits(journeys)
    usual = np.full(journeys.topics, count.sum() / max(int(visits.sum()), 1))
    count, visits = count[: journeys.topics], visits[: journeys.topics]
    found = _standing_out(count, visits, usual, journeys.topics, REPEATS)
    return [Finding(states[code], None, share) for code, share in found]


def _standing_out(
    count: Integers, base: Integers, usual: Numbers, looked_at: int, limit: int
) -> list[tuple[int, Share]]:
    """The places of the most surprising shares of (m,), with their lifts."""
    likely = np.flatnonzero((count >= MINIMUM_SUPPORT) & (count >= LEAST_LIFT * usual * base))
    count, base, usual = count[likely], base[likely], usual[likely]
    rest = base - count
    surprise = count * np.log(count / base / usual)
    surprise += rest * np.log(np.maximum(rest, 1) / base / (1 - usual))
    order = np.argsort(-surprise, kind="stable")[:limit]
    order = order[surprise[order] >= log(max(looked_at, 1) / _CHANCE)]
    shares = zip(count[order].tolist(), base[order].tolist(), usual[order].tolist(), strict=True)
    return [
        (place, Share(made, could, lift(made, could, expected)))
        for place, (made, could, expected) in zip(likely[order].tolist(), shares, strict=True)
    ]
