"""What people come back about, against a naive reference."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys import returns
from journeys.folding import Journeys
from journeys.reports import OUTLIER_STATE, State
from journeys.statistics import Share
from tests.journeys import reference
from tests.journeys.reference import Session, Visit
from tests.journeys.test_transitions import folded

STATES = (State(1, "Pricing"), State(2, "Features"), State(3, "Log in"), OUTLIER_STATE)
MINUTE = 60_000_000

spoken = st.tuples(st.lists(st.integers(-1, 2), min_size=1, max_size=4), st.booleans())
visits = st.tuples(st.integers(-1, 3), st.integers(0, 30), st.integers(0, 5)).map(
    lambda visit: (visit[0], visit[1], visit[1] + visit[2])
)


def found_in(journeys: Journeys, log: list[Visit]) -> returns.Returns:
    user, start, end = (np.array(each, dtype=np.int64) for each in zip(*log, strict=True))
    return returns.returns(journeys, user, start, end)


@given(st.lists(st.tuples(spoken, visits), min_size=1, max_size=15))
def test_returns_equal_the_reference(log: list[tuple[tuple[Session, bool], Visit]]) -> None:
    journeys = folded([session for session, _ in log])
    found = found_in(journeys, [visit for _, visit in log])
    expected = reference.returns([v for _, v in log], [is_open for (_, is_open), _ in log])
    told = zip(found.source.tolist(), found.target.tolist(), found.gap.tolist(), strict=True)
    assert sorted(told) == expected

    pairs, heads = defaultdict(list), defaultdict(list)
    state = {code: STATES[code] for code in range(-1, 3)}
    first = [state[topics[0]] for (topics, _), _ in log]
    last = [state[topics[-1]] for (topics, _), _ in log]
    for before, after, gap in expected:
        pairs[last[before], first[after]].append((gap, log[before][1][0]))
        heads[first[after]].append((gap, log[before][1][0]))
    table = returns.return_pairs(journeys, found, STATES, 100)
    assert {(row.source, row.target) for row in table.rows} == pairs.keys()
    for row in table.rows:
        _same(row.share, row.users, row.seconds, pairs[row.source, row.target])
        assert row.share.base == sum(last[before] == row.source for before, _, _ in expected)
        usual = len(heads[row.target]) / len(expected)
        assert row.share.lift == pytest.approx(row.share.rate / usual)
    heads_table = returns.come_backs(journeys, found, STATES, 100)
    assert {row.state for row in heads_table.rows} == heads.keys()
    for head in heads_table.rows:
        _same(head.share, head.users, head.seconds, heads[head.state])
        assert head.share.lift == pytest.approx(
            head.share.rate / (first.count(head.state) / len(first))
        )
        could = [
            place
            for place, ((_, is_open), (user, _, _)) in enumerate(log)
            if last[place] == head.state and user != -1 and not is_open
        ]
        came = [before for before, _, _ in expected if last[before] == head.state]
        assert head.after == Share(len(came), len(could))


def _same(share: Share, users: int, seconds: returns.Seconds, rows: list[tuple[int, int]]) -> None:
    assert share.count == len(rows)
    assert users == len({user for _, user in rows})
    gaps = [gap / 1e6 for gap, _ in rows]
    assert (seconds.lower, seconds.median, seconds.upper) == pytest.approx(
        tuple(np.quantile(gaps, [0.25, 0.5, 0.75]))
    )


def test_someone_comes_back_about_the_topic_they_left_with() -> None:
    journeys = folded([([0, 1], False), ([1], False), ([2], False)])
    found = found_in(
        journeys, [(7, 0, MINUTE), (7, 11 * MINUTE, 12 * MINUTE), (8, 2 * MINUTE, 3 * MINUTE)]
    )
    (row,) = returns.return_pairs(journeys, found, STATES, 10).rows
    assert (row.source, row.target, row.users) == (STATES[1], STATES[1], 1)
    assert row.seconds.median == 600


def test_sessions_at_once_open_or_of_nobody_known_are_no_returns() -> None:
    journeys = folded([([0], False), ([1], True), ([2], False), ([0], False)])
    at_once = found_in(journeys, [(1, 0, 10), (1, 5, 20), (-1, 30, 40), (-1, 50, 60)])
    assert (len(at_once.source), at_once.could.tolist()) == (0, [True, False, False, False])
    after_open = found_in(journeys, [(1, 0, 10), (2, 5, 20), (2, 30, 40), (1, 50, 60)])
    assert (after_open.source.tolist(), after_open.target.tolist()) == ([0], [3])


def test_no_sessions_make_no_returns() -> None:
    journeys, none = folded([]), np.array([], dtype=np.int64)
    found = returns.returns(journeys, none, none, none)
    assert returns.return_pairs(journeys, found, STATES, 10).total == 0
    assert returns.come_backs(journeys, found, STATES, 10).total == 0
