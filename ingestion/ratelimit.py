"""What an answer's headers say of the quota.

`RateLimit` and `RateLimit-Policy` follow draft-ietf-httpapi-ratelimit-headers-10; the older
`X-RateLimit-*` say the same of the plan's period alone.
"""

from __future__ import annotations

from math import ceil

from billing.quota import BURST_SECONDS, Reservation, burst_rate


def headers(reservation: Reservation) -> dict[str, str]:
    """Limits and what remains of them, in events; nothing where nothing is limited."""
    policies, states, older = [], [], {}
    limit, remaining = reservation.terms.limit, reservation.remaining
    if limit is not None and remaining is not None:
        policy, state = f'"quota";q={limit}', f'"quota";r={remaining}'
        older = {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(remaining)}
        if reservation.period.end is not None:
            days = (reservation.period.end - reservation.period.first).days
            policy += f";w={days * 86_400}"
        if reservation.resets_at is not None:
            seconds = (reservation.resets_at - reservation.now).total_seconds()
            state += f";t={max(0, ceil(seconds))}"
            older["X-RateLimit-Reset"] = str(int(reservation.resets_at.timestamp()))
        policies.append(policy)
        states.append(state)
    if burst := burst_rate(reservation.terms):
        policies.append(f'"burst";q={burst * BURST_SECONDS};w={BURST_SECONDS}')
    found = {**older}
    if policies:
        found["RateLimit-Policy"] = ", ".join(policies)
    if states:
        found["RateLimit"] = ", ".join(states)
    if reservation.retry_after is not None:
        found["Retry-After"] = str(reservation.retry_after)
    return found
