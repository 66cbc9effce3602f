"""What stands out: what was planted, and hardly anything where nothing was."""

from __future__ import annotations

from random import Random

import pytest

from journeys.findings import FOLLOW_UPS, Finding, findings
from journeys.reports import OUTLIER_STATE, State
from journeys.statistics import MINIMUM_SUPPORT
from tests.journeys.reference import Reference, Session
from tests.journeys.test_transitions import folded

TOPICS = 12
STATES = (*(State(code + 1, f"Topic {code}") for code in range(TOPICS)), OUTLIER_STATE)

Log = list[tuple[Session, bool]]


def at_random(sessions: int, random: Random) -> Log:
    """Sessions in which what comes next has nothing to do with what came before."""
    return [
        ([random.randrange(-1, TOPICS) for _ in range(random.randint(1, 6))], random.random() < 0.1)
        for _ in range(sessions)
    ]


def found_in(log: Log, outliers: bool = False) -> tuple[Finding, ...]:
    return findings(folded(log, TOPICS, outliers), STATES)


def codes(finding: Finding) -> tuple[int, int | None]:
    target = STATES.index(finding.target) if finding.target else None
    return STATES.index(finding.state), target


def test_what_was_planted_is_found_and_nothing_else() -> None:
    log = at_random(400, Random(1))
    log += [([3, 7], False)] * 40 + [([5, 5], False)] * 60
    assert [codes(each) for each in found_in(log)] == [(3, 7), (5, None)]


def test_chance_alone_hardly_ever_stands_out() -> None:
    told = [found_in(at_random(300, Random(seed))) for seed in range(60)]
    assert sum(map(bool, told)) <= 3


@pytest.mark.parametrize("outliers", [False, True])
def test_shares_are_those_of_the_definitions(outliers: bool) -> None:
    random = Random(2)
    log = at_random(200, random)
    for source in range(TOPICS):
        log += [([source, (source + 1) % TOPICS, source, source], False)] * random.randint(5, 60)
    log += [([0, -1], False)] * 100
    reference, found = Reference(log, TOPICS, outliers), found_in(log, outliers)
    assert len(found) > FOLLOW_UPS
    for each in found:
        state, target = codes(each)
        if target is None:
            sessions, _ = reference.repeats()
            visits = reference.visits()
            count, base = sessions[state], visits[state]
            usual = sessions.total() / visits.total()
        else:
            base, following, _ = reference.follow_ups(state)
            count, usual = following[target], reference.base_rate(target) or 0
        assert (each.share.count, each.share.base) == (count, base)
        assert each.share.lift == pytest.approx(count / base / usual)
        assert state < TOPICS
        assert target is None or target < TOPICS


def test_few_sessions_are_not_read() -> None:
    alike: Log = [([1, 2], False)] * (MINIMUM_SUPPORT - 1)
    log = at_random(300, Random(3))
    assert found_in(log + alike * 5) != ()
    assert found_in([([4], False)] * 200 + alike) == ()


def test_nothing_stands_out_of_nothing() -> None:
    assert found_in([]) == ()
    assert found_in([([-1], False)] * 30, outliers=True) == ()
