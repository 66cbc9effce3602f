"""The rules for clustering runs, of all texts and among outliers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clustering.runs.due import Standing, reason_to_look, reason_to_run

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
    unseen_outliers=0,
    outliers_seen=0,
    looked_seconds=NEVER,
    look_took=0,
    failed_looks=0,
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
    failed = replace(AFTER, new=50, failures=3)
    assert not reason_to_run(replace(failed, ended_seconds=239))
    assert reason_to_run(replace(failed, ended_seconds=240))
    assert reason_to_run(replace(failed, failures=50, ended_seconds=6 * 3600))


def test_a_run_whose_worker_was_stopped_is_soon_done_again() -> None:
    assert reason_to_run(replace(AFTER, new=50, failures=1, ended_seconds=15))


def test_no_run_begins_beside_another() -> None:
    assert not reason_to_run(replace(AFTER, new=50, running=True), draining=True)


LOOKED = replace(
    BUSY,
    has_run=True,
    texts=20,
    texts_then=10_000,
    outliers_seen=400,
    new=200,
    unseen_outliers=10,
    ended_seconds=3600,
    looked_seconds=60,
)


@pytest.mark.parametrize(
    ("change", "due"),
    [
        ({}, True),
        ({"unseen_outliers": 9}, False),
        ({"outliers_seen": 501}, False),
        ({"outliers_seen": 501, "unseen_outliers": 11}, True),
        ({"outliers_seen": 100_000, "unseen_outliers": 1_999}, False),
        ({"outliers_seen": 100_000, "unseen_outliers": 2_000}, True),
        ({"looked_seconds": 59}, False),
        ({"look_took": 30, "looked_seconds": 299}, False),
        ({"look_took": 30, "looked_seconds": 300}, True),
        ({"failed_looks": 1, "looked_seconds": 239}, False),
        ({"failed_looks": 1, "looked_seconds": 240}, True),
        ({"failed_looks": 50, "looked_seconds": 6 * 3600}, True),
        ({"unseen_outliers": 4, "looked_seconds": 3600}, True),
        ({"unseen_outliers": 3, "looked_seconds": 3600}, False),
        ({"outliers_seen": 100_000, "looked_seconds": 3599}, False),
        ({"waiting": True, "new": 999}, True),
        ({"waiting": True, "new": 1_000}, False),
        ({"running": True}, False),
        ({"has_run": False}, False),
        ({"stale_centroids": True}, False),
    ],
)
def test_outliers_are_looked_at_when_enough_came(change: dict[str, Any], due: bool) -> None:
    assert bool(reason_to_look(replace(LOOKED, **change))) is due


def test_outliers_are_looked_at_far_sooner_than_everything_is_clustered_anew() -> None:
    assert reason_to_look(LOOKED) == "10 new outliers"
    assert not reason_to_run(LOOKED)
    assert not reason_to_run(replace(LOOKED, new=2_900, unseen_outliers=400))


def test_draining_puts_no_look_off() -> None:
    assert reason_to_look(replace(LOOKED, looked_seconds=0), draining=True)
    assert not reason_to_look(replace(LOOKED, unseen_outliers=9), draining=True)
