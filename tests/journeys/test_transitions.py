"""Journeys against a naive reference, on handmade and on random logs."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from journeys import tallies, transitions
from journeys.folding import Integers, Journeys, fold
from tests.journeys.reference import Reference, Session

OUTLIER, WAITING = -1, -2
PRICING, FEATURES, LOGIN = range(3)


def folded(
    sessions: list[tuple[Session, bool]], topics: int = 3, outliers: bool = True
) -> Journeys:
    lengths = [len(topic) for topic, _ in sessions]
    return fold(
        np.repeat(np.arange(len(sessions)), lengths),
        np.array([code for topic, _ in sessions for code in topic], dtype=np.int32),
        np.array([is_open for _, is_open in sessions], dtype=np.bool_),
        topics,
        outliers=outliers,
    )


def counted(values: Integers) -> Counter[int]:
    """Counts by code, without the zeros."""
    return +Counter(dict(enumerate(values.tolist())))


def patterns(pairs: transitions.Pairs) -> dict[tuple[int, int], tuple[int, int]]:
    keys = zip(pairs.source.tolist(), pairs.target.tolist(), strict=True)
    return dict(
        zip(keys, zip(pairs.times.tolist(), pairs.sessions.tolist(), strict=True), strict=True)
    )


def test_pricing_features_pricing_is_one_back_and_forth() -> None:
    journeys = folded([([PRICING, FEATURES, PRICING], False)])
    assert patterns(transitions.back_and_forth(journeys)) == {(PRICING, FEATURES): (1, 1)}
    assert tallies.visits_to_both(journeys, np.array([PRICING]), np.array([FEATURES])) == [1]


def test_a_long_back_and_forth_counts_its_session_once() -> None:
    journeys = folded([([PRICING, FEATURES, PRICING, FEATURES, PRICING], False)])
    assert patterns(transitions.back_and_forth(journeys)) == {
        (PRICING, FEATURES): (2, 1),
        (FEATURES, PRICING): (1, 1),
    }


def test_repeats_are_folded_and_are_no_transition() -> None:
    journeys = folded([([PRICING, PRICING, FEATURES, FEATURES, FEATURES], False)])
    assert journeys.state.tolist() == [PRICING, FEATURES]
    assert journeys.count.tolist() == [2, 3]
    assert patterns(transitions.transitions(journeys)) == {(PRICING, FEATURES): (1, 1)}
    assert tallies.repeats(journeys).times.tolist() == [1, 2, 0, 0]


def test_a_topic_does_not_lead_from_one_session_to_the_next() -> None:
    journeys = folded([([PRICING], False), ([PRICING], False), ([FEATURES], False)])
    assert journeys.session.tolist() == [0, 1, 2]
    assert len(transitions.transitions(journeys)) == 0


def test_an_outlier_is_a_step_or_is_skipped() -> None:
    session = [([PRICING, OUTLIER, PRICING], False), ([OUTLIER], False)]
    assert folded(session, outliers=True).state.tolist() == [PRICING, 3, PRICING, 3]
    skipped = folded(session, outliers=False)
    assert (skipped.sessions, skipped.state.tolist(), skipped.count.tolist()) == (1, [PRICING], [2])


def test_a_text_that_waits_is_no_step_yet() -> None:
    session = [([PRICING, WAITING, PRICING], False), ([WAITING], False)]
    for outliers in (True, False):
        told = folded(session, outliers=outliers)
        assert (told.sessions, told.state.tolist(), told.count.tolist()) == (1, [PRICING], [2])


def test_a_session_that_is_still_open_has_not_ended() -> None:
    journeys = folded([([PRICING, LOGIN], True), ([PRICING, LOGIN], False)])
    assert counted(tallies.ends(journeys)) == {LOGIN: 1}
    after_login = transitions.follow_ups(journeys, LOGIN)
    assert (after_login.next[journeys.ended], after_login.next[journeys.still_open]) == (1, 1)


def test_no_occurrences_make_no_journeys() -> None:
    journeys = folded([], topics=0)
    assert journeys.sessions == 0
    assert len(transitions.transitions(journeys)) == 0
    assert len(transitions.back_and_forth(journeys)) == 0
    assert tallies.starts(journeys).tolist() == [0]


TOPICS = 4
logs = st.lists(
    st.tuples(st.lists(st.integers(WAITING, TOPICS - 1), max_size=9), st.booleans()), max_size=12
)


@given(logs, st.booleans())
def test_steps_starts_ends_and_visits_equal_the_reference(
    log: list[tuple[Session, bool]], outliers: bool
) -> None:
    journeys, reference = folded(log, TOPICS, outliers), Reference(log, TOPICS, outliers)
    steps = list(zip(journeys.state.tolist(), journeys.count.tolist(), strict=True))
    assert steps == [step for journey in reference.steps for step in journey]
    assert journeys.is_open.tolist() == reference.is_open
    assert tallies.lengths(journeys).tolist() == [len(path) for path in reference.paths]
    assert tallies.distinct_topics(journeys).tolist() == reference.distinct_topics()
    assert counted(tallies.steps(journeys)) == Counter(s for p in reference.paths for s in p)
    assert counted(tallies.starts(journeys)) == reference.starts()
    assert counted(tallies.ends(journeys)) == reference.ends()
    assert counted(tallies.visits(journeys)) == reference.visits()
    assert counted(tallies.visits(journeys, ended_only=True)) == reference.visits(True)


@given(logs, st.booleans())
def test_transitions_back_and_forth_and_repeats_equal_the_reference(
    log: list[tuple[Session, bool]], outliers: bool
) -> None:
    journeys, reference = folded(log, TOPICS, outliers), Reference(log, TOPICS, outliers)
    pairs = transitions.transitions(journeys)
    assert patterns(pairs) == reference.transitions()
    assert pairs.times.tolist() == sorted(pairs.times.tolist(), reverse=True)
    assert patterns(transitions.back_and_forth(journeys)) == reference.back_and_forth()
    both = tallies.visits_to_both(journeys, pairs.source, pairs.target)
    assert both.tolist() == [reference.visits_to_both(*pair) for pair in patterns(pairs)]
    repeats, (sessions, times) = tallies.repeats(journeys), reference.repeats()
    assert (counted(repeats.sessions), counted(repeats.times)) == (sessions, times)


@given(logs, st.booleans())
def test_follow_ups_equal_the_reference_and_sum_to_their_base(
    log: list[tuple[Session, bool]], outliers: bool
) -> None:
    journeys, reference = folded(log, TOPICS, outliers), Reference(log, TOPICS, outliers)
    names: dict[int, int | str] = {journeys.ended: "ended", journeys.still_open: "open"}
    for source in range(journeys.states):
        found = transitions.follow_ups(journeys, source)
        base, following, ever = reference.follow_ups(source)
        assert found.base == base == found.next.sum()
        assert {names.get(k, k): n for k, n in counted(found.next).items()} == following
        assert counted(found.ever) == ever
    for outcome, rate in enumerate(transitions.base_rates(journeys).tolist()):
        expected = reference.base_rate(names.get(outcome, outcome))
        assert np.isnan(rate) if expected is None else rate == expected


def test_many_sessions_are_counted_as_few_are() -> None:
    """More than the table of visits holds at a time, and pairs of more states than there are."""
    log = [([PRICING, FEATURES, PRICING, FEATURES, LOGIN], False), ([LOGIN, PRICING], True)]
    few, many = folded(log, topics=900), folded(log * 700, topics=900)
    assert tallies.visits(many).tolist() == (700 * tallies.visits(few)).tolist()
    for report in (transitions.transitions, transitions.back_and_forth):
        assert patterns(report(many)) == {
            pair: (700 * times, 700 * sessions)
            for pair, (times, sessions) in patterns(report(few)).items()
        }
    for source in (PRICING, FEATURES, LOGIN):
        after, usual = transitions.follow_ups(many, source), transitions.follow_ups(few, source)
        assert after.ever.tolist() == (700 * usual.ever).tolist()
