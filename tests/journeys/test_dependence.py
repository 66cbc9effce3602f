"""Sessions of one user are worth fewer: against sums made user by user, and on simulated pages."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from journeys.comparison import Comparison, compare
from journeys.dependence import Group, Groups, Tally, design_effect
from journeys.folding import Flags, Integers, Journeys, fold
from journeys.reports import OUTLIER_STATE, State

TOPICS = 20
STATES = (*(State(code + 1, f"Topic {code}") for code in range(TOPICS)), OUTLIER_STATE)
SESSIONS, KINDS = 400, 6


@pytest.mark.parametrize("users", [3, 40, 300])
def test_effects_equal_what_each_user_adds(users: int) -> None:
    random = np.random.default_rng(users)
    user, side = random.integers(0, users, SESSIONS), random.integers(0, 2, SESSIONS)
    could = random.random(SESSIONS) < 0.7
    did = (random.random((SESSIONS, KINDS)) < 0.3) & could[:, None]
    session, kind = np.nonzero(did)
    groups = Groups.of(2 * kind + side[session], user[session], KINDS)
    able = np.bincount(side[could])
    for each in range(KINDS):
        share = did[:, each].sum() / could.sum()
        added: defaultdict[int, float] = defaultdict(float)
        alone = 0.0
        for at in np.flatnonzero(could).tolist():
            adds = (1 if side[at] == 0 else -1) * (did[at, each] - share) / able[side[at]]
            added[int(user[at])] += adds
            alone += adds**2
        expected = max(1.0, sum(value**2 for value in added.values()) / alone)
        found = effect_of(groups[each], group(user, side, could), users)
        assert found == pytest.approx(expected)


def group(user: Integers, side: Integers, chosen: Flags) -> Group:
    return Group(user[chosen & (side == 0)], user[chosen & (side == 1)])


def effect_of(did: Group, could: Group, users: int) -> float:
    of_could, of_did = Tally(users), Tally(users)
    with of_could.holding(could), of_did.holding(did):
        twice, both, base = of_did.pairs(did), of_could.pairs(did), of_could.pairs(could)
    assert not of_could.counts.any()
    assert not of_did.counts.any()
    return design_effect(did, could, twice, both, base)


def effect(user: Integers, side: Integers, did: Flags) -> float:
    """Of what every session could do, and these did."""
    everybody = group(user, side, np.ones(len(user), np.bool_))
    return effect_of(group(user, side, did), everybody, int(user.max()) + 1)


def test_sessions_of_different_users_are_worth_themselves() -> None:
    random = np.random.default_rng(1)
    did = random.random(500) < 0.2
    assert effect(np.arange(500), random.integers(0, 2, 500), did) == pytest.approx(1.0)


def test_five_sessions_that_say_the_same_are_worth_one() -> None:
    user = np.repeat(np.arange(100), 5)
    assert effect(user, user % 2, user % 3 == 0) == pytest.approx(5.0)


def of_users_with_tastes(seed: int, users: int, sessions: int = 900) -> tuple[Journeys, Integers]:
    """Each user prefers some topics, and a few users make most sessions; with their users."""
    random = np.random.default_rng(seed)
    chances = 1 / np.arange(1, TOPICS + 1)
    tastes = random.dirichlet(20 * chances / chances.sum(), users)
    activity = 1 / np.arange(1, users + 1) ** 0.8
    user = random.choice(users, sessions, p=activity / activity.sum())
    sizes = random.integers(2, 9, sessions)
    session = np.repeat(np.arange(sessions), sizes)
    drawn = [
        random.choice(TOPICS, size, p=tastes[who]) for size, who in zip(sizes, user, strict=True)
    ]
    is_open = np.zeros(sessions, np.bool_)
    return fold(session, np.concatenate(drawn), is_open, TOPICS, outliers=True), user


def compared(journeys: Journeys, user: Integers, first: Flags) -> Comparison:
    return compare(journeys, ~first, STATES, user)


@pytest.mark.parametrize("users", [30, 200])
def test_what_a_few_users_like_is_no_finding_about_a_segment(users: int) -> None:
    """The segment is drawn at random, so that every finding is false."""
    pages, found, as_strangers = 60, 0, 0
    for page in range(pages):
        journeys, user = of_users_with_tastes(page, users)
        first = (np.random.default_rng(page).random(users) < 0.3)[user]
        found += bool(compared(journeys, user, first).findings)
        as_strangers += bool(compare(journeys, ~first, STATES).findings)
    # 5 % of 60 is 3; 8 or more come of a true 5 % once in a hundred times.
    assert found <= 7
    assert as_strangers > pages / 2


def test_what_many_users_of_a_segment_do_is_found() -> None:
    found = 0
    for page in range(20):
        journeys, user = of_users_with_tastes(page, 400)
        first = (np.random.default_rng(page).random(400) < 0.4)[user]
        state = journeys.state.copy()
        state[journeys.last[first & (np.arange(journeys.sessions) % 6 == 0)]] = TOPICS - 1
        said = fold(journeys.session, state, journeys.is_open, TOPICS, outliers=True)
        findings = compared(said, user, first).findings
        found += any(row.state == STATES[TOPICS - 1] and row.target is None for row in findings)
    assert found >= 18


def test_sessions_without_a_user_count_by_themselves() -> None:
    journeys, _ = of_users_with_tastes(1, 50)
    nobody = np.full(journeys.sessions, -1)
    first = np.random.default_rng(1).random(journeys.sessions) < 0.5
    found = compared(journeys, nobody, first)
    plain = compare(journeys, ~first, STATES)
    rows = [(*each.findings, *each.others) for each in (found, plain)]
    assert [row.p_value for row in rows[0]] == pytest.approx([row.p_value for row in rows[1]])
    assert found.users == journeys.sessions


def test_sessions_of_one_user_tell_of_no_difference() -> None:
    """However large it is: a client that names everybody the same learns nothing about others."""
    journeys, _ = of_users_with_tastes(1, 50)
    first = np.zeros(journeys.sessions, np.bool_)
    first[: journeys.sessions // 2] = True
    state = np.where(first[journeys.session], journeys.state, TOPICS - 1)
    said = fold(journeys.session, state, journeys.is_open, TOPICS, outliers=True)
    found = compared(said, np.zeros(said.sessions, np.int64), first)
    assert (found.findings, found.users) == ((), 1)
