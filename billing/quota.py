"""Whether an organization may send more events, decided exactly under concurrency.

A counter in Redis holds the events accepted in the period and those being accepted now. One
script reads it, compares and adds, so no two requests share the last event of a quota. It is
a cache of PostgreSQL's count (`selectors.used`): it vanishes a minute after the last event that
it let pass, when nothing is in flight, and is counted anew. So whatever made it wrong, a web
process that died between reserving and inserting or a Redis that lost its memory, is forgotten.

What Redis loses in mid-flight is unknown to the next count: a flush can let as many events pass
over the limit as requests were in flight. Without Redis, each process counts in PostgreSQL and
by itself, so many processes may overrun a limit by what they accept in `RECOUNT` seconds.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from math import ceil

from redis import RedisError

from billing import refusals, selectors
from billing.counters import redis
from billing.plans import Period, Terms

COUNTER_LIFETIME = 60
"""Seconds from a counter's last reservation to its end: longer than any request may take."""

RECOUNT = 5.0
"""Seconds for which a process trusts its own count while Redis is down: counting reads every
pending event, and while Redis is down nothing may be processing them."""

_RESERVE = """
local used = tonumber(redis.call('GET', KEYS[1]) or ARGV[3])
if not used then return {-1, 0} end
local wanted = tonumber(ARGV[1])
local granted = math.max(0, math.min(wanted, tonumber(ARGV[2]) - used))
if granted > 0 or ARGV[3] ~= '' then
  redis.call('SET', KEYS[1], string.format('%.0f', used + granted), 'EX', ARGV[4])
end
if granted < wanted then redis.call('HINCRBY', KEYS[2], ARGV[5], wanted - granted) end
return {granted, used + granted}
"""
_RELEASE = """
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('DECRBY', KEYS[1], ARGV[1]) end
"""

logger = logging.getLogger(__name__)


class Reason(StrEnum):
    """Why events were refused."""

    QUOTA_EXCEEDED = "quota_exceeded"
    TRIAL_EXPIRED = "trial_expired"


@dataclass(frozen=True)
class Reservation:
    """Room for `granted` of the events asked for, to be used at once or given back."""

    terms: Terms
    period: Period
    now: datetime
    granted: int
    used: int | None
    """Events of the period, these included; None where it was not asked for."""
    reason: Reason | None = None
    """Why fewer were granted than asked for."""

    @property
    def remaining(self) -> int | None:
        if self.reason:
            return 0
        if self.terms.limit is None or self.used is None:
            return None
        return max(0, self.terms.limit - self.used)

    @property
    def resets_at(self) -> datetime | None:
        """When the count starts anew, or the trial ends."""
        if self.period.end is None:
            return self.terms.expires_at
        return datetime.combine(self.period.end, datetime.min.time(), UTC)

    @property
    def retry_after(self) -> int | None:
        """Seconds until sending again may succeed; None when waiting does not help."""
        waits = self.reason is Reason.QUOTA_EXCEEDED and self.period.end is not None
        if not waits or self.resets_at is None:
            return None
        return max(1, ceil((self.resets_at - self.now).total_seconds()))


def reserve(terms: Terms, events: int, now: datetime) -> Reservation:
    """Take room for as many of `events` as the quota allows, and count the others as refused."""
    period = terms.period(now)
    if terms.has_expired(now):
        refusals.add({(terms.organization_id, now.astimezone(UTC).date()): events})
        return Reservation(terms, period, now, 0, None, Reason.TRIAL_EXPIRED)
    if terms.limit is None:
        return Reservation(terms, period, now, events, None)
    try:
        granted, used = _reserve(terms.organization_id, terms.limit, period.first, events, now)
    except RedisError as error:
        logger.warning("quota counted without Redis: %s", error)
        granted, used = _reserve_here(terms.organization_id, terms.limit, period.first, events)
    reason = Reason.QUOTA_EXCEEDED if granted < events else None
    return Reservation(terms, period, now, granted, used, reason)


def release(reservation: Reservation) -> None:
    """Give back room that was not used after all."""
    if reservation.used is None or not reservation.granted:
        return
    key = _key(reservation.terms.organization_id, reservation.period.first)
    try:
        redis().eval(_RELEASE, 1, key, reservation.granted)
    except RedisError as error:
        logger.warning("quota not given back: %s", error)


def _key(organization_id: int, first: date) -> str:
    return f"turret:quota:{organization_id}:{first}"


def _reserve(
    organization_id: int, limit: int, first: date, events: int, now: datetime
) -> tuple[int, int]:
    """Return how many events were granted, and the period's count with them."""
    client = redis()
    key = _key(organization_id, first)
    if (organization_id, first) in _counted_here:
        client.delete(key)  # Redis is back, but does not know what passed without it.
        _counted_here.pop((organization_id, first), None)
    script = client.register_script(_RESERVE)
    keys = [key, refusals.KEY]
    refused = refusals.member(organization_id, now.astimezone(UTC).date())
    granted, used = script(keys, [events, limit, "", COUNTER_LIFETIME, refused])
    if granted < 0:
        base = selectors.used(organization_id, first)
        granted, used = script(keys, [events, limit, base, COUNTER_LIFETIME, refused])
    return granted, used


_counted_here: dict[tuple[int, date], tuple[float, int]] = {}


def _reserve_here(organization_id: int, limit: int, first: date, events: int) -> tuple[int, int]:
    counted_at, used = _counted_here.get((organization_id, first), (0.0, 0))
    if not counted_at or time.monotonic() - counted_at > RECOUNT:
        counted_at, used = time.monotonic(), selectors.used(organization_id, first)
    granted = max(0, min(events, limit - used))
    _counted_here[organization_id, first] = (counted_at, used + granted)
    return granted, used + granted
