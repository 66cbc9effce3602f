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
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from math import ceil

from django.conf import settings
from redis import RedisError

from billing import refusals, selectors
from billing.plans import Period, Terms
from billing.redis_client import redis

COUNTER_LIFETIME = 60
"""Seconds from a counter's last reservation to its end: longer than any request may take."""

RECOUNT = 5.0
"""Seconds for which a process trusts its own count while Redis is down: counting reads every
pending event, and while Redis is down nothing may be processing them."""

BURST_SECONDS = 10
"""Seconds of a plan's burst rate that a key may use at once."""

# KEYS: the quota's counter, the hash of refusals, the burst of the API key.
# ARGV: events wanted, limit, count to begin with, COUNTER_LIFETIME, name in the hash, burst rate,
# BURST_SECONDS; the limit, the count or the rate is empty where there is none.
# Returns events granted, events used, why no more (1: quota, 2: burst), seconds to wait. Granted is
# -1 where the counter is gone: call again with a count to begin with.
# The generic cell rate algorithm: KEYS[3] is the moment until which the key's events so far would
# keep it busy at its rate; it may lie BURST_SECONDS ahead. Where it lies further, the clock of
# Redis was set back, and the key starts anew: else it would be refused until that moment.
_RESERVE = """
local wanted, limit, rate = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[6])
local used = 0
if limit then
  used = tonumber(redis.call('GET', KEYS[1]) or ARGV[3])
  if not used then return {-1, 0, 0, 0} end
end
local granted, reason, wait = wanted, 0, 0
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local busy = now
if rate then
  busy = math.max(now, tonumber(redis.call('GET', KEYS[3]) or 0))
  if busy > now + ARGV[7] + 1 then busy = now end
  local room = math.floor((now + ARGV[7] - busy) * rate + 0.000001)
  if room < granted then
    granted, reason = math.max(0, room), 2
    wait = math.ceil(busy + 1 / rate - now - ARGV[7])
  end
end
if limit and limit - used < granted then granted, reason = math.max(0, limit - used), 1 end
if rate and granted > 0 then
  redis.call('SET', KEYS[3], string.format('%.6f', busy + granted / rate), 'EX', ARGV[7] * 2)
end
if limit and (granted > 0 or ARGV[3] ~= '') then
  redis.call('SET', KEYS[1], string.format('%.0f', used + granted), 'EX', ARGV[4])
end
if granted < wanted then redis.call('HINCRBY', KEYS[2], ARGV[5], wanted - granted) end
return {granted, used + granted, reason, math.max(wait, 1)}
"""
# KEYS: the quota's counter. ARGV: events to give back.
_RELEASE = """
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('DECRBY', KEYS[1], ARGV[1]) end
"""

logger = logging.getLogger(__name__)


class Reason(StrEnum):
    """Why events were refused."""

    QUOTA_EXCEEDED = "quota_exceeded"
    TRIAL_EXPIRED = "trial_expired"
    BURST = "burst"


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
    wait: int = 0
    """Seconds until a burst is over."""

    @property
    def remaining(self) -> int | None:
        if self.reason and self.reason is not Reason.BURST:
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
        if self.reason is Reason.BURST:
            return self.wait
        waits = self.reason is Reason.QUOTA_EXCEEDED and self.period.end is not None
        if not waits or not self.terms.limit or self.resets_at is None:
            return None
        return max(1, ceil((self.resets_at - self.now).total_seconds()))


def reserve(terms: Terms, events: int, now: datetime, api_key_id: int | None = None) -> Reservation:
    """Take room for as many of `events` as the quota allows, and count the others as refused.

    With an API key, its burst rate limits them as well. With 0 events it only says what is left.
    """
    period = terms.period(now)
    if terms.has_expired(now):
        if events:
            refusals.add({(terms.organization_id, now.astimezone(UTC).date()): events})
        return Reservation(terms, period, now, 0, None, Reason.TRIAL_EXPIRED)
    burst = burst_rate(terms) if api_key_id else None
    if terms.limit is None and burst is None:
        return Reservation(terms, period, now, events, None)
    try:
        return _reserve(terms, period, events, now, api_key_id, burst)
    except RedisError as error:
        logger.warning("quota counted without Redis: %s", error)
    if terms.limit is None:
        return Reservation(terms, period, now, events, None)
    granted, used = _reserve_here(terms.organization_id, terms.limit, period.first, events)
    reason = Reason.QUOTA_EXCEEDED if granted < events else None
    return Reservation(terms, period, now, granted, used, reason)


def reserve_each(
    terms: Terms, counts: Sequence[int], now: datetime, api_key_id: int | None
) -> list[Reservation]:
    """`reserve` for several requests of one sender at once: the first of them get room first."""
    whole = reserve(terms, sum(counts), now, api_key_id)
    if len(counts) == 1:
        return [whole]
    used = None if whole.used is None else whole.used - whole.granted
    left, each = whole.granted, []
    for count in counts:
        granted = min(count, left)
        left -= granted
        used = None if used is None else used + granted
        reason = whole.reason if granted < count else None
        each.append(replace(whole, granted=granted, used=used, reason=reason))
    return each


def burst_rate(terms: Terms) -> int | None:
    """Events a second that a key may send for long, or None where nothing limits them."""
    rate = settings.BURST_LIMITS.get(terms.plan.code)
    return int(rate) if rate else None


def release(reservation: Reservation, events: int | None = None) -> Reservation:
    """Give back room for `events`, or for all granted, that were not stored after all.

    Returns the reservation as it counts from then on.
    """
    events = reservation.granted if events is None else events
    if reservation.terms.limit is None or reservation.used is None or not events:
        return reservation
    key = _key(reservation.terms.organization_id, reservation.period.first)
    try:
        redis().eval(_RELEASE, 1, key, events)
    except RedisError as error:
        logger.warning("quota not given back: %s", error)
    return replace(reservation, used=reservation.used - events)


def take_back_refusal(reservation: Reservation, events: int) -> None:
    """Count events as not refused: they came twice, and the first time they were accepted."""
    if events:
        day = reservation.now.astimezone(UTC).date()
        refusals.add({(reservation.terms.organization_id, day): -events})


def _key(organization_id: int, first: date) -> str:
    return f"turret:quota:{organization_id}:{first}"


def _reserve(
    terms: Terms,
    period: Period,
    events: int,
    now: datetime,
    api_key_id: int | None,
    burst: int | None,
) -> Reservation:
    """Raises RedisError."""
    client = redis()
    organization_id, first = terms.organization_id, period.first
    key = _key(organization_id, first)
    if (organization_id, first) in _counted_here:
        client.delete(key)  # Redis is back, but does not know what passed without it.
        _counted_here.pop((organization_id, first), None)
    script = client.register_script(_RESERVE)
    keys = [key, refusals.KEY, f"turret:burst:{api_key_id}"]
    limit = "" if terms.limit is None else terms.limit
    day = refusals.member(organization_id, now.astimezone(UTC).date())
    rest: list[str | int] = [COUNTER_LIFETIME, day, burst or "", BURST_SECONDS]
    granted, used, why, wait = script(keys, [events, limit, "", *rest])
    if granted < 0:
        base = selectors.used(organization_id, first)
        granted, used, why, wait = script(keys, [events, limit, base, *rest])
    reason = {1: Reason.QUOTA_EXCEEDED, 2: Reason.BURST}.get(why)
    return Reservation(
        terms, period, now, granted, None if terms.limit is None else used, reason, wait
    )


_counted_here: dict[tuple[int, date], tuple[float, int]] = {}


def _reserve_here(organization_id: int, limit: int, first: date, events: int) -> tuple[int, int]:
    counted_at, used = _counted_here.get((organization_id, first), (0.0, 0))
    if not counted_at or time.monotonic() - counted_at > RECOUNT:
        counted_at, used = time.monotonic(), selectors.used(organization_id, first)
    granted = max(0, min(events, limit - used))
    _counted_here[organization_id, first] = (counted_at, used + granted)
    return granted, used + granted
