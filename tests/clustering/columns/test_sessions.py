"""A log extended bit by bit is the log of all rows, sorted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clustering.columns.sessions import EMPTY, Numbering, OccurrenceLog, Rows, extended

Occurrence = tuple[int, int, int]
"""Session, time and text."""

SOME = st.tuples(st.integers(-3, 6), st.integers(0, 9), st.integers(1, 12))


def rows(occurrences: Sequence[Occurrence], first: int = 0) -> Rows:
    session, time, text = np.array(occurrences, np.int64).reshape(-1, 3).T
    return Rows(np.arange(first, first + len(occurrences)), time, session, text)


def told(log: OccurrenceLog) -> dict[int, list[tuple[int, int, int]]]:
    """Time, arrival and text of each occurrence, by session."""
    said = list(
        zip(
            log.time.tolist(),
            log.arrival.tolist(),
            log.texts.values[log.text].tolist(),
            strict=True,
        )
    )
    sessions = log.sessions.values.tolist()
    assert len(set(sessions)) == len(sessions)
    return {
        session: said[start:end]
        for session, start, end in zip(
            sessions, log.starts.tolist(), log.ends.tolist(), strict=True
        )
    }


def naive(occurrences: Sequence[Occurrence]) -> dict[int, list[tuple[int, int, int]]]:
    sessions: dict[int, list[tuple[int, int, int]]] = {}
    for arrival, (session, time, text) in enumerate(occurrences):
        sessions.setdefault(session, []).append((time, arrival, text))
    return {session: sorted(said) for session, said in sessions.items()}


@given(st.lists(st.lists(SOME, max_size=12), max_size=5))
def test_a_log_extended_bit_by_bit_is_the_log_of_everything(parts: list[list[Occurrence]]) -> None:
    log = EMPTY
    everything: list[Occurrence] = []
    for part in parts:
        log = extended(log, rows(part, len(everything)))
        everything += part
        assert told(log) == naive(everything)
    assert len(log) == len(everything)
    assert log.session.tolist() == sorted(log.session.tolist())


@given(st.lists(st.integers(-5, 5)), st.lists(st.integers(-5, 5)))
def test_numbers_stay_when_more_values_come(first: list[int], more: list[int]) -> None:
    numbering, places = Numbering(np.empty(0, np.int64)).numbered(np.array(first, np.int64))
    larger, further = numbering.numbered(np.array(more, np.int64))
    assert numbering.values[places].tolist() == first
    assert larger.values[further].tolist() == more
    assert larger.values[: len(numbering)].tolist() == numbering.values.tolist()
    assert larger.values.tolist() == list(dict.fromkeys(first + more))


def test_a_value_that_was_never_seen_has_no_place() -> None:
    assert Numbering(np.array([7, 3])).places(np.array([3, 4, 7])).tolist() == [1, -1, 0]
    assert Numbering(np.empty(0, np.int64)).places(np.array([1])).tolist() == [-1]
