"""Rows of the reports, on sessions small enough to count by hand."""

from __future__ import annotations

import numpy as np
import pytest

from journeys import reports
from journeys.folding import Journeys
from journeys.reports import OUTLIER_STATE, State
from journeys.statistics import Share
from tests.journeys.test_transitions import folded

PRICING, FEATURES, LOGIN = State(7, "Pricing"), State(8, "Features"), State(9, "Log in")
STATES = (PRICING, FEATURES, LOGIN, OUTLIER_STATE)
P, F, L, X = 0, 1, 2, -1

SESSIONS = [
    ([P, F, P], False),
    ([P, P, L], False),
    ([F, L, X], False),
    ([P], False),
    ([L, P], True),
]


@pytest.fixture
def journeys() -> Journeys:
    return folded(SESSIONS)


def test_the_overview_gives_every_number_its_base(journeys: Journeys) -> None:
    topic = np.array([code for codes, _ in SESSIONS for code in codes])
    found = reports.overview(journeys, topic, 6)
    assert found.sessions == 5
    assert found.several == Share(4, 5)
    assert found.still_open == Share(1, 5)
    assert found.median_steps == 2
    assert found.outliers == Share(1, 12)
    assert found.skipped_sessions == 1


def test_starting_topics_have_a_lift_over_their_share_of_steps(journeys: Journeys) -> None:
    table = reports.starts(journeys, STATES, 10)
    assert [(row.state, row.share.count, row.share.base) for row in table.rows] == [
        (PRICING, 3, 5),
        (FEATURES, 1, 5),
        (LOGIN, 1, 5),
    ]
    assert table.rows[0].usual == Share(5, 11)
    assert table.rows[0].share.lift == pytest.approx((3 / 5) / (5 / 11))


def test_follow_ups_sum_to_their_base(journeys: Journeys) -> None:
    found = reports.follow_ups(journeys, STATES, 0, limit=1)
    rows = [(row.kind, row.state, row.next.count) for row in found.rows]
    assert rows == [
        ("topic", FEATURES, 1),
        ("other", None, 1),
        ("ended", None, 1),
        ("open", None, 1),
    ]
    assert sum(count for _, _, count in rows) == found.base == 4
    assert {row.next.base for row in found.rows} == {4}
    assert found.again == Share(1, 4)
    assert found.rows[1].others == 1


def test_a_topic_that_only_comes_later_is_a_follow_up_too() -> None:
    found = reports.follow_ups(folded([([P, F, L], False)]), STATES, 0, limit=10)
    assert [(row.state, row.next.count, row.ever and row.ever.count) for row in found.rows] == [
        (FEATURES, 1, 1),
        (LOGIN, 0, 1),
        (None, 0, None),
    ]


def test_the_lift_of_a_follow_up_is_over_what_follows_any_topic(journeys: Journeys) -> None:
    """Features could follow 8 first visits to another topic, and does so once."""
    features = reports.follow_ups(journeys, STATES, 0, limit=10).rows[0]
    assert features.next.lift == pytest.approx((1 / 4) / (1 / 8))


def test_the_strongest_transitions_have_both_bases(journeys: Journeys) -> None:
    table = reports.strongest_transitions(journeys, STATES, 2)
    assert (len(table.rows), table.total, table.more) == (2, 6, 4)
    assert {row.times.base for row in table.rows} == {6}
    assert {row.share.base for row in table.rows} == {5}
    assert reports.together(table.rows) == Share(2, 6)


def test_back_and_forth_is_a_share_of_sessions_that_visit_both(journeys: Journeys) -> None:
    table = reports.back_and_forth(journeys, STATES, 10)
    assert [(row.source, row.target, row.share, row.times) for row in table.rows] == [
        (PRICING, FEATURES, Share(1, 1), 1)
    ]


def test_repeats_are_a_share_of_sessions_that_visit(journeys: Journeys) -> None:
    table = reports.repeats(journeys, STATES, 10)
    assert [(row.state, row.share, row.times) for row in table.rows] == [(PRICING, Share(1, 4), 1)]


def test_drop_off_leaves_out_what_is_still_open(journeys: Journeys) -> None:
    table = reports.drop_offs(journeys, STATES, 10)
    assert [(row.state, row.share, row.rate) for row in table.rows] == [
        (PRICING, Share(2, 4), Share(2, 3)),
        (LOGIN, Share(1, 4), Share(1, 2)),
        (OUTLIER_STATE, Share(1, 4), Share(1, 1)),
    ]


def test_nothing_to_report_is_empty_tables() -> None:
    empty = folded([], topics=0)
    assert reports.overview(empty, np.array([], dtype=np.int64), 0).several == Share(0, 0)
    for report in (
        reports.starts,
        reports.strongest_transitions,
        reports.back_and_forth,
        reports.repeats,
        reports.drop_offs,
    ):
        assert report(empty, (OUTLIER_STATE,), 10).total == 0
