"""Tells owners at 50, 80 and 100 % of their limit, and three days before a trial ends.

Each threshold is told once for a period and a limit: the row of a `Notice` is unique, and it is
written before anything is sent. So a limit that is changed in mid-period is judged anew, and one
that is changed back tells nothing twice. When usage passes several thresholds at once, the
highest is sent and the lower ones are recorded as passed.

A row waits until its e-mail is sent. Who sends it holds its lock meanwhile, and others skip it, so
two workers never send one twice. When sending fails, the row stays due and is tried again after a
pause that grows to an hour, for as long as what it says is still true: until the period or the
trial ends, or the limit changes. A process that dies after the mail server took the e-mail and
before that was committed sends it once more; losing it instead would be worse.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from billing import emails, selectors
from billing.models import Notice
from billing.selectors import Standing

THRESHOLDS = (50, 80, 100)
"""Percent of the limit."""

BEFORE_TRIAL_ENDS = timedelta(days=3)

LONGEST_PAUSE = timedelta(hours=1)

LONGEST_SECONDS = 30
"""A round with more to send leaves it to the next one, and its worker to other jobs."""

logger = logging.getLogger(__name__)


def notify() -> None:
    """Tell owners what is new. For the cron schedule; may run twice at the same time.

    A failure ends the round, so that a mail server that is down costs one attempt a minute. The
    next round begins with what failed least, so that one bad address holds up nobody for long.
    """
    now = timezone.now()
    _record(now)
    deadline = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < deadline and _send_next(now):
        pass


def _record(now: datetime) -> None:
    """Write a row for each notice that no row tells of yet. As many queries for any number."""
    called_for = [
        notice for standing in selectors.standings(now) for notice in _called_for(standing)
    ]
    if not called_for:
        return
    known = Notice.objects.unscoped().filter(
        organization__in={notice.organization_id for notice in called_for},
        day__gte=min(notice.day for notice in called_for),
    )
    keys = set(known.values_list("organization_id", "day", "event_limit", "percent"))
    new = [notice for notice in called_for if _key(notice) not in keys]
    if not new:
        return
    higher = Notice.objects.filter(
        organization=OuterRef("organization"),
        day=OuterRef("day"),
        event_limit=OuterRef("event_limit"),
        percent__gt=OuterRef("percent"),
    )
    with transaction.atomic():
        Notice.objects.bulk_create(new, ignore_conflicts=True)
        waiting = Notice.objects.unscoped().filter(due_at__isnull=False)
        waiting.filter(Exists(higher)).update(due_at=None)


def _called_for(standing: Standing) -> Iterator[Notice]:
    """The notices, sent or not, that a standing calls for."""
    terms, now = standing.terms, standing.now
    ends = terms.expires_at
    if standing.has_expired or terms.limit is None:
        return
    if ends is not None and ends - BEFORE_TRIAL_ENDS <= now:
        yield Notice(
            organization_id=terms.organization_id,
            day=ends.astimezone(UTC).date(),
            event_limit=0,
            percent=0,
            due_at=now,
        )
    # A limit of 0 stops an organization: staff decided that, its usage did not.
    reached = [n for n in THRESHOLDS if terms.limit and standing.used * 100 >= terms.limit * n]
    for percent in reached:
        yield Notice(
            organization_id=terms.organization_id,
            day=standing.period.first,
            event_limit=terms.limit,
            percent=percent,
            due_at=now if percent == reached[-1] else None,
        )


def _key(notice: Notice) -> tuple[object, ...]:
    return notice.organization_id, notice.day, notice.event_limit, notice.percent


@transaction.atomic
def _send_next(now: datetime) -> bool:
    """Send one notice that is due; return whether to go on."""
    notice = (
        Notice.objects.unscoped()
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("organization")
        .filter(due_at__lte=now, organization__deleted_at=None)
        .order_by("failures", "due_at", "pk")
        .first()
    )
    if notice is None:
        return False
    standing = selectors.standing(notice.organization, now)
    is_true = _key(notice) in {_key(other) for other in _called_for(standing)}
    owners = emails.owners(notice.organization) if is_true else []
    failed = False
    notice.due_at = None
    if owners:
        try:
            emails.send_notice(notice, standing, owners)
            notice.sent_at = now
        except (OSError, ValueError) as error:  # the mail server, or an address it cannot take
            failed = True
            notice.failures += 1
            notice.due_at = now + _pause(notice.failures)
            logger.warning("notice %d not sent: %s", notice.pk, type(error).__name__)
    notice.save(update_fields=["due_at", "sent_at", "failures"])
    return not failed


def _pause(failures: int) -> timedelta:
    return min(timedelta(minutes=2 ** min(failures, 10)), LONGEST_PAUSE)
