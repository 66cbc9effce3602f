"""Writes to events: accepting them, and handing them to the pipeline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import psycopg
from django.db import connection

from accounts.models import Project
from billing import quota
from billing import services as billing
from billing.plans import Terms
from ingestion import hints
from ingestion.credentials import Credential
from ingestion.group_commit import GroupCommit
from ingestion.payload import NewEvent, dump_json
from ingestion.redaction import redact_values
from ingestion.stored import COLUMNS, StoredEvent, fitting, read

# One statement, prepared once a connection. Nothing is stored of a sender whose key was revoked, or
# whose project was deleted or plan changed, after its credential was read, nor an event whose
# event_id is known. Returns the events that were not stored, and whether their sender is why. The
# rows come as JSON: psycopg takes ten times as long to write one array a column.
_INSERT = """
WITH sender AS MATERIALIZED (
  SELECT known.number, known.project_id
  FROM json_to_recordset(%s::json) AS known (
    number int, project_id bigint, api_key_id bigint, organization_id bigint, plan_code text,
    started_at timestamptz, trial_ends_at timestamptz, event_limit bigint)
  LEFT JOIN accounts_apikey key ON key.id = known.api_key_id
  LEFT JOIN accounts_project project ON project.id = key.project_id
  LEFT JOIN billing_subscription agreed ON agreed.organization_id = known.organization_id
  WHERE known.api_key_id IS NULL OR (
    key.id IS NOT NULL AND key.revoked_at IS NULL AND project.deleted_at IS NULL
    AND (agreed.plan_code, agreed.started_at, agreed.trial_ends_at, agreed.event_limit)
        IS NOT DISTINCT FROM
        (known.plan_code, known.started_at, known.trial_ends_at, known.event_limit)
  )
), given AS MATERIALIZED (
  SELECT nextval('ingestion_event_id_seq') AS id, ordered.* FROM (
    SELECT * FROM json_to_recordset(%s::json) AS event (
      place int, number int, event_id text, name text, session_id text, user_id text,
      metadata jsonb, timestamp timestamptz, received_at timestamptz)
    ORDER BY place
  ) ordered
), stored AS (
  INSERT INTO ingestion_event
    (id, project_id, event_id, name, session_id, user_id, metadata, timestamp, received_at)
  SELECT given.id, sender.project_id, event_id, name, session_id, user_id, metadata, timestamp,
         received_at
  FROM given JOIN sender USING (number)
  ORDER BY event_id
  ON CONFLICT DO NOTHING
  RETURNING id, project_id, received_at
), waiting AS (
  INSERT INTO ingestion_pendingevent (project_id, event_id, received_at)
  SELECT project_id, id, received_at FROM stored
)
SELECT given.place, given.number NOT IN (SELECT number FROM sender)
FROM given LEFT JOIN stored USING (id) WHERE stored.id IS NULL
"""

_FIND = """
SELECT event.event_id, event.session_id, event.user_id
FROM ingestion_event event
JOIN json_to_recordset(%s::json) AS wanted (project_id bigint, event_id text)
  ON event.project_id = wanted.project_id AND event.event_id = wanted.event_id
"""

# The wanted rows are chosen once: a plan that read them again would pass over those it deleted, and
# choose others. Their events are looked up one by one and they are deleted by an array, and so
# through primary keys: what waits comes and goes, and where statistics say that nothing does, a
# join compares each row with each.
_WANTED = f"""
    SELECT wanted.event_id AS pending_id, event.* FROM wanted LEFT JOIN LATERAL (
      SELECT {COLUMNS} FROM ingestion_event event WHERE id = wanted.event_id OFFSET 0
    ) event ON true
"""  # noqa: S608
_CLAIM = f"""
WITH wanted AS MATERIALIZED (
  SELECT event_id FROM ingestion_pendingevent
  WHERE project_id = %s ORDER BY event_id LIMIT %s FOR UPDATE SKIP LOCKED
), event AS MATERIALIZED ({fitting(_WANTED, "pending_id")}
), claimed AS (
  DELETE FROM ingestion_pendingevent
  WHERE project_id = %s AND event_id = ANY(ARRAY(SELECT pending_id FROM event))
)
SELECT {COLUMNS} FROM event WHERE id IS NOT NULL ORDER BY id
"""  # noqa: S608


@dataclass
class Submission:
    """Events of one sender, and what became of them."""

    credential: Credential
    events: Sequence[NewEvent]
    now: datetime
    reservation: quota.Reservation | None = None
    stored: list[NewEvent | None] = field(default_factory=list)
    """In the order of `events`: the event as it is in the store, None for one over the quota."""
    is_stale: bool = False
    """Whether the credential no longer holds. Then nothing was stored or counted."""
    to_hint: set[int] = field(default_factory=set)
    """Projects that have work now. One submission holds those of its whole group."""

    @property
    def granted(self) -> Sequence[NewEvent]:
        return self.events[: self.reservation.granted] if self.reservation else ()


def accept(
    project_id: int,
    terms: Terms,
    events: Sequence[NewEvent],
    now: datetime,
    *,
    masks_events: bool = False,
) -> quota.Reservation:
    """Store as many of the events, from the first on, as the quota grants; return what it did.

    One statement stores them, so outside a transaction they are durable, all or none, when
    this returns. If it fails, the quota gets its room back. An event whose event_id is known is
    granted, but neither stored nor counted again.
    """
    sender = Credential(None, project_id, terms, masks_events=masks_events)
    submission = _submission(sender, events, now)
    _store([submission])
    _hint(submission)
    assert submission.reservation is not None
    return submission.reservation


def accept_grouped(credential: Credential, events: Sequence[NewEvent], now: datetime) -> Submission:
    """As `accept`, in one statement with what other threads send at the same time."""
    submission = _submission(credential, events, now)
    if not connection.in_atomic_block:
        connection.close()  # to the pool: whoever stores for all needs one, and others only wait
    _group.submit(submission)
    _hint(submission)
    _answer_repeats(submission)
    return submission


def claim(project: Project, limit: int) -> list[StoredEvent]:
    """Take up to `limit` pending events off the queue, and record them as usage.

    The oldest come first, ordered by id; fewer of them where they are large (`stored.LARGEST`), but
    none only where nothing can be taken.

    Call it in a transaction: until it commits nobody else gets these events, and if it does not,
    they are pending again. Others may claim at the same time and get other events.
    """
    hints.clear(project.pk)
    events = read(_CLAIM, [project.pk, limit, project.pk])
    if project.is_metered:
        by_day = Counter(event.received_at.astimezone(UTC).date() for event in events)
        billing.record_accepted(project.organization_id, by_day)
    return events


def _submission(sender: Credential, events: Sequence[NewEvent], now: datetime) -> Submission:
    """Mask the events where the project wants it: here, where no other sender waits for it."""
    if sender.masks_events:
        events = [replace(each, metadata=redact_values(each.metadata)) for each in events]
    return Submission(sender, events, now)


def _store(submissions: Sequence[Submission]) -> None:
    try:
        _reserve(submissions)
        left_out = _insert(submissions)
    except BaseException:
        for submission in submissions:
            if submission.reservation:
                quota.release(submission.reservation)
                submission.reservation = None  # it may be tried again
        raise
    for submission in submissions:
        submission.stored = list(submission.granted)
        submission.stored += [None] * (len(submission.events) - len(submission.granted))
    for submission, place, is_stale in left_out:
        submission.is_stale |= is_stale
        submission.stored[place] = None
    for submission in submissions:
        if submission.reservation:
            unused = submission.stored[: len(submission.granted)].count(None)
            submission.reservation = quota.release(submission.reservation, unused)
    submissions[0].to_hint = {
        each.credential.project_id for each in submissions if any(each.stored)
    }


def _hint(submission: Submission) -> None:
    """Tell the workers, after the group's turn to write: no other sender waits for Redis."""
    for project_id in submission.to_hint:
        hints.hint_often(project_id)


_group = GroupCommit(_store)


def _by_sender(submissions: Sequence[Submission]) -> list[list[Submission]]:
    found: dict[int, list[Submission]] = {}
    for submission in submissions:
        found.setdefault(id(submission.credential), []).append(submission)
    return list(found.values())


def _reserve(submissions: Sequence[Submission]) -> None:
    """Ask the quota once for all that one sender submits."""
    for own in _by_sender(submissions):
        sender, now = own[0].credential, own[0].now
        counts = [len(submission.events) for submission in own]
        reservations = quota.reserve_each(sender.terms, counts, now, sender.api_key_id)
        for submission, reservation in zip(own, reservations, strict=True):
            submission.reservation = reservation


def _insert(submissions: Sequence[Submission]) -> list[tuple[Submission, int, bool]]:
    """Return what was not stored: submission, place in it, whether its credential is at fault."""
    senders: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []
    places: list[tuple[Submission, int]] = []
    for number, own in enumerate(_by_sender(submissions)):
        senders.append(own[0].credential.row() | {"number": number})
        for submission in own:
            for place, event in enumerate(submission.granted):
                events.append(_row(len(events), number, event, submission))
                places.append((submission, place))
    if not events:
        return []
    left_out = _execute(_INSERT, [senders, events])
    return [(*places[row], is_stale) for row, is_stale in left_out]


def _row(place: int, sender: int, event: NewEvent, submission: Submission) -> dict[str, Any]:
    return {
        "place": place,
        "number": sender,
        "event_id": event.event_id,
        "name": event.name,
        "session_id": str(event.session_id),
        "user_id": str(event.user_id),
        "metadata": event.metadata,
        "timestamp": event.timestamp,
        "received_at": submission.now,
    }


def _answer_repeats(submission: Submission) -> None:
    """Put what is in the store in the place of events whose event_id was stored before.

    Not a part of storing: if it fails, all is stored, and sending again is answered in full.
    """
    if submission.is_stale or None not in submission.stored:
        return
    missing = [place for place, stored in enumerate(submission.stored) if stored is None]
    wanted = [submission.events[place].event_id for place in missing]
    project_id = submission.credential.project_id
    rows = [{"project_id": project_id, "event_id": each} for each in wanted if each is not None]
    if not rows:
        return
    found = {event_id: ids for event_id, *ids in _execute(_FIND, [rows])}
    for place, event_id in zip(missing, wanted, strict=True):
        if event_id in found:
            submission.stored[place] = submission.events[place].with_ids(*found[event_id])
    refused = submission.stored[len(submission.granted) :]
    known = len(refused) - refused.count(None)
    assert submission.reservation is not None
    quota.take_back_refusal(submission.reservation, known)


def _execute(statement: str, tables: Sequence[Sequence[object]]) -> list[tuple[Any, ...]]:
    """Execute a statement that PostgreSQL plans once a connection. Django's cursors never do that.

    Planning takes twice as long as storing one event.
    """
    connection.ensure_connection()
    raw: psycopg.Connection[Any] = connection.connection
    parameters = [dump_json(table).decode() for table in tables]
    with connection.wrap_database_errors, psycopg.Cursor(raw) as cursor:
        raw.prepare_threshold = 0
        try:
            cursor.execute(statement.encode(), parameters, prepare=True)
            return cursor.fetchall()
        finally:
            raw.prepare_threshold = None  # as Django has it
