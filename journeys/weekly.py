"""Sends members what happened in a project in the week before, on Mondays at 7:00 UTC.

A row for each project, week and member is unique, so any number of schedulers and restarts make
one e-mail of it. It waits until the e-mail is sent; who sends it holds its lock meanwhile, and
others skip it. What fails is tried again after a pause, for two days: later, nobody wants it. A
process that dies after the mail server took an e-mail and before that was committed sends it
once more; losing it instead would be worse.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.template.loader import render_to_string
from django.utils import timezone

from accounts import emails
from accounts.models import Membership, Project, WeeklyEmail
from clustering.columns import reading
from clustering.reports import slices
from clustering.reports.period import Period
from clustering.reports.selectors import text_fields
from journeys.overview import Overview, overview

HOUR = timedelta(hours=7)
"""From the beginning of Monday, UTC."""

WORTH_SENDING = timedelta(days=2)

LONGEST_SECONDS = 30
"""A round with more to send leaves it to the next one, and its worker to other jobs."""

_WEEK = timedelta(days=7)

logger = logging.getLogger(__name__)


def send_weekly_emails() -> None:
    """Send what is due. For the cron schedule, every minute; may run twice at the same time.

    A failure ends the round, so that a mail server that is down costs one attempt a minute; the
    next one begins with what failed least.
    """
    now = timezone.now()
    monday = _monday(now)
    if not timedelta(0) <= now - monday - HOUR < WORTH_SENDING:
        return
    _record(monday)
    weeks = _Weeks(monday)
    deadline = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < deadline and _send_next(weeks, now):
        pass


def _monday(now: datetime) -> datetime:
    """The beginning of its week, UTC."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=today.weekday())


def _record(monday: datetime) -> None:
    """Write a row for each e-mail that has none yet. As many queries for any number.

    Members who joined, and projects that were made, since Monday's hour have no week behind them.
    """
    due, week = monday + HOUR, monday.date()
    row = WeeklyEmail.objects.filter(
        project=OuterRef("pk"), week=week, membership=OuterRef("membership")
    )
    missing = (
        Project.objects.unscoped()
        .filter(
            is_demo=False,
            created_at__lt=due,
            organization__memberships__weekly_email=True,
            organization__memberships__created_at__lt=due,
            organization__memberships__user__is_active=True,
        )
        .annotate(membership=F("organization__memberships"))
        .filter(~Exists(row))
    )
    rows = [
        WeeklyEmail(project_id=project, membership_id=membership, week=week, due_at=due)
        for project, membership in missing.values_list("pk", "membership")
    ]
    WeeklyEmail.objects.bulk_create(rows, ignore_conflicts=True)


@dataclass
class _Weeks:
    """The weeks of projects before a Monday; the last one is kept, for all its members."""

    monday: datetime
    project_id: int | None = None
    last: Overview | None = None

    def of(self, project: Project) -> Overview | None:
        if project.pk != self.project_id:
            self.last = week_of(project, self.monday)
            self.project_id = project.pk
        return self.last


def week_of(project: Project, monday: datetime) -> Overview | None:
    """The week before a Monday, in the dimension of most events; None if nothing happened."""
    field = next(iter(text_fields(project)), None)
    if field is None:
        return None
    of = slices.load(field)
    time = of.loaded.log.time
    of = replace(of, chosen=time < reading.microseconds(monday))
    if not of.chosen.any() or not len(of.loaded.topic_ids):
        return None
    start, day = monday - _WEEK, timedelta(days=1)
    before = start - _WEEK
    has_before = time.min() <= reading.microseconds(before)
    when = Period("7", start, monday, day, before if has_before else None, start)
    found = overview(of, when, timezone.now())
    return found if found.messages.occurrences else None


@transaction.atomic
def _send_next(weeks: _Weeks, now: datetime) -> bool:
    """Send one e-mail that is due; return whether to go on."""
    row = (
        WeeklyEmail.objects.unscoped()
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("project", "membership__user", "membership__organization")
        .filter(week=weeks.monday.date(), due_at__lte=now, project__deleted_at=None)
        .order_by("failures", "project", "pk")
        .first()
    )
    if row is None:
        return False
    row.due_at = None
    failed = False
    try:
        with transaction.atomic():
            if _is_wanted(row.membership) and (found := weeks.of(row.project)):
                send(row, found)
                row.sent_at = now
    except Exception as error:  # one project or address must not hold up all others
        failed = True
        row.failures += 1
        row.due_at = now + timedelta(minutes=min(2**row.failures, 60))
        logger.warning("weekly e-mail %d not sent: %s", row.pk, type(error).__name__)
    row.save(update_fields=["due_at", "sent_at", "failures"])
    return not failed


def _is_wanted(membership: Membership) -> bool:
    return membership.weekly_email and membership.user.is_active


def send(row: WeeklyEmail, found: Overview) -> None:
    """Send one. Raises OSError where the mail server cannot be reached or refuses."""
    project, stop = row.project, emails.weekly_email_link(row.membership)
    context = {
        "project": project,
        "organization": row.membership.organization,
        "overview": found,
        "first_day": found.period.start.date(),
        "last_day": _last_day(found),
        "days": list(zip(found.period.days_of_bars(), found.messages.bars, strict=True)),
        "movers": [
            ("New", found.movers.new),
            ("Growing", found.movers.growing),
            ("Shrinking", found.movers.shrinking),
        ],
        "base_url": settings.BASE_URL,
        "stop": stop,
    }
    message = emails.message(
        "journeys/email/weekly",
        context,
        [row.membership.user.email],
        headers={
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    html = render_to_string("journeys/email/weekly.html", context)
    message.attach_alternative(html, "text/html")
    message.send()


def _last_day(found: Overview) -> date:
    return (found.period.end - timedelta(days=1)).date()
