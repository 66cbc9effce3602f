"""When a dimension needs a clustering run, of all texts or among outliers: the rules, without a
database."""

from __future__ import annotations

from dataclasses import dataclass

FIRST_TOPICS = "first topics"
"""The reason of a dimension's first run."""

FIRST_RUN_TEXTS = 20
SMALL_DIMENSION_TEXTS = 8
"""Texts that are enough for first topics once no more are coming."""

QUIET_SECONDS = 30
COOL_DOWN_SECONDS = 15
LONGEST_COOL_DOWN_SECONDS = 6 * 3600
DAY_SECONDS = 24 * 3600

GROWTH = 0.3
BUSY_GROWTH = 1.0
"""While a backlog is being embedded, each run is outdated before it ends: wait for a doubling."""
QUIET_GROWTH = 0.1
OUTLIER_GROWTH = 0.05
OUTLIER_SURPLUS = 0.1

LOOK_TEXTS = 10
LOOK_SHARE = 0.02
"""Outliers that came since the last look among them, at least, as a share of those it left."""
LOOK_HOURLY_TEXTS = 4
LOOK_COOL_DOWN_SECONDS = 60
HOUR_SECONDS = 3600
LOOK_REST = 10
"""How many times as long as the last look took the outliers are left alone."""


@dataclass(frozen=True)
class Standing:
    """What is known of a dimension. Counts are of distinct, embedded texts."""

    texts: int
    """Up to FIRST_RUN_TEXTS; more make no difference."""
    waiting: bool
    """Events or texts of the project still wait for extract, or embed and assign."""
    quiet_seconds: float
    """Since the last new text was stored."""
    running: bool
    has_run: bool
    """Whether a run of all texts was ever done. So are those meant below, up to `new_outliers`."""
    failures: int
    """Runs that failed since the last one that was done."""
    ended_seconds: float
    """Since the last run ended, done or failed."""
    texts_then: int
    outliers_then: int
    """Counts at the last run that was done."""
    new: int
    new_outliers: int
    """Arrived since then."""
    stale_centroids: bool
    """Topics that cannot be compared with since the embedding model changed."""
    unseen_outliers: int
    """Outliers that came since the last run of either kind that was done."""
    outliers_seen: int
    """Outliers that it left."""
    looked_seconds: float
    """Since a run of either kind ended, done or failed."""
    look_took: float
    """Seconds, the last one among outliers."""
    failed_looks: int
    """Runs among outliers that failed since the last run of either kind that was done."""


def reason_to_run(now: Standing, *, draining: bool = False) -> str:
    """Why a run is due, in words for the run history; empty if none is.

    `draining` says that nothing more is expected and nobody else would run it later: then a
    dimension counts as quiet and nothing is put off.
    """
    if now.running or not (draining or now.ended_seconds >= _cool_down(now.failures)):
        return ""
    quiet = not now.waiting and (draining or now.quiet_seconds >= QUIET_SECONDS)
    if not now.has_run:
        if now.texts >= FIRST_RUN_TEXTS or (quiet and now.texts >= SMALL_DIMENSION_TEXTS):
            return FIRST_TOPICS
        return ""
    if now.stale_centroids and not now.waiting:
        return "another embedding model"
    growth = BUSY_GROWTH if now.waiting else QUIET_GROWTH if quiet else GROWTH
    least = 1 if quiet else FIRST_RUN_TEXTS
    if now.new >= max(least, growth * now.texts_then):
        return f"{now.new:,} new texts since the last run"
    if not now.waiting and _outliers_grow(now):
        return f"{now.new_outliers:,} new texts that no topic claims"
    if now.new and now.ended_seconds >= DAY_SECONDS:
        return "daily"
    return ""


def reason_to_look(now: Standing, *, draining: bool = False) -> str:
    """Why a run among the outliers is due, where no full one is; empty if none is.

    It costs less and changes no topic, so it comes far more often.
    """
    if now.running or not now.has_run or now.stale_centroids:
        return ""
    if now.waiting and now.new >= QUIET_GROWTH * now.texts_then:
        return ""  # a backlog: full runs will follow it
    if not (draining or now.looked_seconds >= _look_cool_down(now)):
        return ""
    hourly = now.looked_seconds >= HOUR_SECONDS and now.unseen_outliers >= LOOK_HOURLY_TEXTS
    if hourly or now.unseen_outliers >= max(LOOK_TEXTS, LOOK_SHARE * now.outliers_seen):
        return f"{now.unseen_outliers:,} new outliers"
    return ""


def _look_cool_down(now: Standing) -> float:
    wait = max(LOOK_COOL_DOWN_SECONDS, LOOK_REST * now.look_took)
    return float(min(wait * 4 ** min(now.failed_looks, 8), LONGEST_COOL_DOWN_SECONDS))


def _cool_down(failures: int) -> float:
    """Seconds to leave a dimension alone after a run: four times as long for each further failure.

    The first failure changes nothing: most often it is a worker that was told to stop.
    """
    retries = min(max(failures - 1, 0), 8)
    return float(min(COOL_DOWN_SECONDS * 4**retries, LONGEST_COOL_DOWN_SECONDS))


def _outliers_grow(now: Standing) -> bool:
    share_then = now.outliers_then / max(now.texts_then, 1)
    return (
        now.new_outliers >= max(FIRST_RUN_TEXTS / 2, OUTLIER_GROWTH * now.texts_then)
        and now.new_outliers / now.new >= share_then + OUTLIER_SURPLUS
    )
