"""Comparing segments: what was planted is found, and chance is not."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from journeys import comparison
from journeys.comparison import Comparison, compare
from journeys.folding import Flags, Journeys, fold
from journeys.reports import OUTLIER_STATE, State, States
from journeys.statistics import MINIMUM_SUPPORT, Share
from tests.journeys.reference import Reference, Session
from tests.journeys.test_transitions import TOPICS, folded, logs

TOPIC_COUNT = 20
STATES = (*(State(code + 1, f"Topic {code}") for code in range(TOPIC_COUNT)), OUTLIER_STATE)
PAYMENTS = 7


def simulated(sessions: int, seed: int, last: int | None = None) -> Journeys:
    """Sessions of 2–12 messages, Zipf-like; one in six has `last` at its end besides."""
    random = np.random.default_rng(seed)
    chances = 1 / np.arange(1, TOPIC_COUNT + 1)
    sizes = random.integers(2, 13, sessions)
    topic = random.choice(TOPIC_COUNT, sizes.sum(), p=chances / chances.sum())
    if last is not None:
        chosen = np.flatnonzero(random.random(sessions) < 1 / 6)
        topic = np.insert(topic, np.cumsum(sizes)[chosen], last)
        sizes[chosen] += 1
    session = np.repeat(np.arange(sessions), sizes)
    return fold(session, topic, np.zeros(sessions, np.bool_), TOPIC_COUNT, outliers=True)


def compared(first: Journeys, second: Journeys, states: States = STATES) -> Comparison:
    """The journeys of either segment, as those of both."""
    both = Journeys(
        session=np.append(first.session, second.session + first.sessions),
        state=np.append(first.state, second.state),
        count=np.append(first.count, second.count),
        is_open=np.append(first.is_open, second.is_open),
        origin=np.arange(first.sessions + second.sessions),
        topics=first.topics,
        states=first.states,
    )
    return compare(both, both.origin >= first.sessions, states)


def test_without_a_difference_at_most_one_page_in_twenty_has_a_finding() -> None:
    """Where nothing differs each finding is false, so pages with one are the false discovery."""
    pages = 200
    found = [
        bool(compared(simulated(600, 2 * page), simulated(150, 2 * page + 1)).findings)
        for page in range(pages)
    ]
    # 5 % of 200 is 10; 17 or more come of a true 5 % once in fifty times.
    assert sum(found) <= 16


def test_a_planted_difference_is_found_and_hardly_anything_else() -> None:
    """One session in six ends with a message about payments more; nothing else is changed."""
    pages, false, found = 60, 0.0, 0
    for page in range(pages):
        planted = simulated(900, 2 * page, last=PAYMENTS)
        findings = compared(planted, simulated(900, 2 * page + 1)).findings
        of_payments = [row for row in findings if STATES[PAYMENTS] in (row.state, row.target)]
        found += any(row.kind == "topic" for row in of_payments)
        false += 1 - len(of_payments) / max(len(findings), 1) if findings else 0.0
    assert found > 0.9 * pages
    assert false / pages <= comparison.FALSE_DISCOVERY


def test_a_finding_says_how_much_and_how_surely() -> None:
    found = compared(simulated(2000, 1, last=PAYMENTS), simulated(2000, 2))
    (payments,) = (row for row in found.findings if row.kind == "topic")
    contrast = payments.contrast
    assert (payments.state, contrast.first.base, contrast.second.base) == (
        STATES[PAYMENTS],
        2000,
        2000,
    )
    low, high = contrast.difference_interval
    assert 0 < low < contrast.difference < high
    assert contrast.ratio
    low, high = contrast.ratio_interval
    assert 1 < low < contrast.ratio < high


def test_findings_are_ordered_by_effect_and_what_is_small_is_not_tested() -> None:
    found = compared(simulated(500, 1, last=PAYMENTS), simulated(500, 2))
    effects = [abs(row.contrast.difference) for row in found.findings]
    assert effects == sorted(effects, reverse=True)
    assert found.too_small
    for row in (*found.findings, *found.others):
        assert row.contrast.first.count + row.contrast.second.count >= MINIMUM_SUPPORT
        assert row.is_finding == (row.false_discovery <= 0.05)
        assert row.false_discovery >= row.p_value


@given(logs, st.booleans())
def test_contrasts_equal_the_reference(log: list[tuple[Session, bool]], outliers: bool) -> None:
    """Each session a dozen times, so that some have support; the second side is the log twice."""
    once = [log[:6] * 12, log[3:] * 12]
    first, second = (Reference(each, TOPICS, outliers) for each in once)
    one, other = (folded(each, TOPICS, outliers) for each in once)
    found = compared(one, other, STATES_OF_LOGS)
    code = {state: place for place, state in enumerate(STATES_OF_LOGS)}
    code[OUTLIER_STATE] = TOPICS
    for row in (*found.findings, *found.others):
        source = code[row.state]
        for side, share, of_all in (
            (first, row.contrast.first, row.of_all.first),
            (second, row.contrast.second, row.of_all.second),
        ):
            everyone = len(side.paths)
            if row.target is None:
                assert share == of_all == Share(side.visits()[source], everyone)
            else:
                made = side.transitions().get((source, code[row.target]), (0, 0))[1]
                assert (share, of_all) == (
                    Share(made, side.visits()[source]),
                    Share(made, everyone),
                )
    tried = len(found.findings) + len(found.others) + found.too_small
    visited = first.visits().keys() | second.visits().keys()
    assert tried == len(visited) + len(first.transitions().keys() | second.transitions().keys())


STATES_OF_LOGS = (*STATES[:TOPICS], OUTLIER_STATE)


def flags(*values: int) -> Flags:
    return np.array(values, dtype=np.bool_)


def test_a_session_stands_on_one_side_at_most() -> None:
    crossing = comparison.sides(flags(1, 1, 0, 0), flags(0, 1, 1, 0))
    assert crossing.first.tolist() == [True, False, False, False]
    assert crossing.second.tolist() == [False, False, True, False]
    assert crossing.shared == 1


def test_a_segment_is_compared_with_the_rest_of_the_one_around_it() -> None:
    within, around = flags(1, 0, 0), flags(1, 1, 0)
    for one, other in (("first", "second"), ("second", "first")):
        given = {one: within, other: around}
        found = comparison.sides(given["first"], given["second"])
        assert getattr(found, one).tolist() == [True, False, False]
        assert getattr(found, other).tolist() == [False, True, False]


def test_a_segment_against_itself_or_nothing_has_no_findings() -> None:
    journeys = simulated(200, 3)
    everything = np.ones(200, dtype=np.bool_)
    split = comparison.sides(everything, everything)
    assert split.first.all()
    found = compare(journeys, split.second, STATES)
    assert (found.first, found.second) == (200, 0)
    assert not found.findings
    assert not found.others
