"""The rule for clustering runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clustering.due import Standing, reason_to_run

NEVER = float("inf")
EMPTY = Standing(
    texts=0,
    waiting=False,
    quiet_seconds=NEVER,
    running=False,
    has_run=False,
    failures=0,
    ended_seconds=NEVER,
    texts_then=0,
    outliers_then=0,
    new=0,
    new_outliers=0,
    stale_centroids=False,
)
BUSY = replace(EMPTY, quiet_seconds=1)
AFTER = replace(BUSY, has_run=True, ended_seconds=3600, texts=20, texts_then=100, outliers_then=20)


def test_the_first_topics_come_at_twenty_texts() -> None:
    assert not reason_to_run(replace(BUSY, texts=19))
    assert reason_to_run(replace(BUSY, texts=20)) == "first topics"


def test_a_small_dimension_gets_topics_when_it_is_quiet() -> None:
    small = replace(EMPTY, texts=8)
    assert reason_to_run(replace(small, quiet_seconds=30))
    assert not reason_to_run(replace(small, quiet_seconds=29))
    assert reason_to_run(replace(small, quiet_seconds=0), draining=True)
    assert not reason_to_run(replace(small, waiting=True))
    assert not reason_to_run(replace(small, texts=7))


@pytest.mark.parametrize(
    ("change", "due"),
    [
        ({"new": 29}, False),
        ({"new": 30}, True),
        ({"new": 19, "texts_then": 10}, False),
        ({"new": 20, "texts_then": 10}, True),
        ({"new": 99, "waiting": True}, False),
        ({"new": 100, "waiting": True}, True),
        ({"new": 9, "quiet_seconds": 60}, False),
        ({"new": 10, "quiet_seconds": 60}, True),
        ({"new": 1, "quiet_seconds": 60, "texts_then": 10}, True),
        ({"new": 10, "quiet_seconds": 60, "waiting": True}, False),
        ({"new": 20, "new_outliers": 10}, True),
        ({"new": 20, "new_outliers": 9}, False),
        ({"new": 29, "new_outliers": 10, "outliers_then": 40}, False),
        ({"new": 1, "ended_seconds": 24 * 3600}, True),
        ({"new": 0, "ended_seconds": 24 * 3600}, False),
        ({"stale_centroids": True}, True),
        ({"stale_centroids": True, "waiting": True}, False),
    ],
)
def test_later_runs_follow_what_changed(change: dict[str, Any], due: bool) -> None:
    assert bool(reason_to_run(replace(AFTER, **change))) is due


def test_a_run_leaves_the_dimension_alone_for_a_while() -> None:
    grown = replace(AFTER, new=50)
    assert not reason_to_run(replace(grown, ended_seconds=14))
    assert reason_to_run(replace(grown, ended_seconds=15))
    assert reason_to_run(replace(grown, ended_seconds=1), draining=True)


def test_failures_are_retried_ever_more_seldom() -> None:
    failed = replace(AFTER, new=50, failures=2)
    assert not reason_to_run(replace(failed, ended_seconds=239))
    assert reason_to_run(replace(failed, ended_seconds=240))
    assert reason_to_run(replace(failed, failures=50, ended_seconds=6 * 3600))


def test_no_run_begins_beside_another() -> None:
    assert not reason_to_run(replace(AFTER, new=50, running=True), draining=True)
