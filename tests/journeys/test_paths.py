"""Whole journeys and the path explorer against a naive reference."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from journeys import paths
from journeys.reports import OUTLIER_STATE, State
from journeys.statistics import Share
from tests.journeys.reference import Reference, Session
from tests.journeys.test_transitions import TOPICS, folded, logs

STATES = (*(State(code + 1, f"Topic {code}") for code in range(TOPICS)), OUTLIER_STATE)
CODES = {state: code for code, state in enumerate(STATES)}
DIRECTIONS: tuple[Literal["forwards", "backwards"], ...] = ("forwards", "backwards")


@given(logs, st.booleans())
def test_whole_journeys_and_lengths_equal_the_reference(
    log: list[tuple[Session, bool]], outliers: bool
) -> None:
    journeys, whole = folded(log, TOPICS, outliers), Reference(log, TOPICS, outliers)
    expected, base = whole.whole_journeys(), whole.whole_journeys().total()
    table = paths.whole_journeys(journeys, STATES, 100)
    assert {tuple(CODES[state] for state in row.states): row.share for row in table.rows} == {
        path: Share(count, base) for path, count in expected.items()
    }
    ranks = [(-row.share.count, len(row.states)) for row in table.rows]
    assert ranks == sorted(ranks)
    assert len(paths.whole_journeys(journeys, STATES, 2).rows) == min(2, table.total)
    lengths = Counter({row.steps: row.share.count for row in paths.length_distribution(journeys)})
    assert lengths == Counter(len(path) for path in expected.elements())


@given(logs, st.booleans(), st.lists(st.integers(0, TOPICS - 1), min_size=1, max_size=3))
def test_branches_and_the_sessions_behind_them_equal_the_reference(
    log: list[tuple[Session, bool]], outliers: bool, path: list[int]
) -> None:
    journeys, reference = folded(log, TOPICS, outliers), Reference(log, TOPICS, outliers)
    codes: dict[int | str, int] = {
        "ended": journeys.ended,
        "began": journeys.ended,
        "open": journeys.still_open,
    }
    for direction in DIRECTIONS:
        expected = reference.branches(path, direction == "backwards")
        found = paths.branches(journeys, path, direction)
        for outcome, sessions in expected.items():
            code = outcome if isinstance(outcome, int) else codes[outcome]
            assert found.next[code] == len(sessions)
            behind = paths.sessions_behind(journeys, path, direction, code)
            assert behind.tolist() == sessions
        everyone = sorted(place for sessions in expected.values() for place in sessions)
        assert paths.sessions_behind(journeys, path, direction).tolist() == everyone
        assert found.base == found.next.sum() == len(everyone)


@given(logs, st.integers(1, 5))
def test_each_level_of_an_explored_path_sums_to_its_base(
    log: list[tuple[Session, bool]], limit: int
) -> None:
    journeys = folded(log, TOPICS)
    for direction in DIRECTIONS:
        levels = paths.explore(journeys, STATES, [0, 1, 0], direction, limit)
        for level, deeper in pairwise(levels):
            on = sum(row.share.count for row in level.rows if row.state == deeper.state)
            assert on == deeper.base or any(row.kind == "other" for row in level.rows)
        for level in levels:
            assert sum(row.share.count for row in level.rows) == level.base
            assert {row.share.base for row in level.rows} == {level.base}
            assert {row.of_anchor.base for row in level.rows} == {levels[0].base}


def test_a_path_starts_at_the_first_visit_to_its_anchor() -> None:
    journeys = folded([([0, 1, 0, 2], False), ([2, 0], True), ([1, 0, 1], False)])
    (after,) = paths.explore(journeys, STATES, [0], "forwards", 1)
    assert [(row.kind, row.state, row.share) for row in after.rows] == [
        ("topic", STATES[1], Share(2, 3)),
        ("ended", None, Share(0, 3)),
        ("open", None, Share(1, 3)),
    ]
    (before,) = paths.explore(journeys, STATES, [0], "backwards", 1)
    assert [(row.kind, row.state, row.share, row.others) for row in before.rows] == [
        ("topic", STATES[1], Share(1, 3), 0),
        ("other", None, Share(1, 3), 1),
        ("began", None, Share(1, 3), 0),
    ]


def test_sessions_behind_a_path_are_those_of_the_log() -> None:
    """The second session is skipped, being of outliers alone."""
    journeys = folded([([0, 1], False), ([-1], False), ([0, 1, 2], False)], outliers=False)
    assert paths.sessions_behind(journeys, [0, 1], "forwards").tolist() == [0, 2]
    assert paths.sessions_behind(journeys, [0, 1], "forwards", 2).tolist() == [2]


def test_many_different_journeys_stay_apart() -> None:
    every = [[a, b, c] for a in range(50) for b in range(50) for c in range(50) if a != b != c]
    table = paths.whole_journeys(folded([(path, False) for path in every], 50), (), 0)
    assert table.total == len(every)
