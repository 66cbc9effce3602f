"""PostgreSQL advisory locks of a dimension. The server drops them with the process that held them.

Every transaction that writes a dimension's texts takes :func:`share` (extract, embed and assign)
or :func:`own` (the last step of a clustering run) *before* it touches a row, fields in ascending
order. So a run changes all topics at once while nobody assigns, and no two transactions wait
for each other. Whoever also locks rows of ingestion locks those first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError, Error, connection

_TEXTS, _BLOCKS = "texts", "blocks"
_SHARE = "SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, %s))"
_OWN = "SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))"
_CHANGE = "UPDATE clustering_dimension SET changes = changes + 1 WHERE field_id = %s"
_NO_SILENCE = """
    SELECT set_config('idle_in_transaction_session_timeout', %s, true),
           set_config('application_name', %s, true)
"""
_REFER = "SELECT FROM ingestion_field WHERE id = %s FOR KEY SHARE"
_TRY = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
_UNLOCK = "SELECT pg_advisory_unlock(hashtextextended(%s, 0))"

_SHARING = "turret sharing"
"""What PostgreSQL calls the sessions of work that others share or wait for."""

_END_HUNG = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE usename = current_user AND application_name = %s AND state = 'active'
    AND wait_event IN ('ClientRead', 'ClientWrite')
    AND state_change < clock_timestamp() - make_interval(secs => %s)
"""

LEASE, LEASE_IN_TRANSACTION = 150, 60
"""Seconds. The first is longer than the model may take for a portion of texts, which no transaction
waits for."""


def share(field_ids: Iterable[int]) -> None:
    """Until this transaction ends, keep every run from changing the topics of these fields."""
    with connection.cursor() as cursor:
        for field_id in sorted(field_ids):
            cursor.execute(_SHARE, [_TEXTS, field_id])


def refer(field_id: int) -> None:
    """Take, ahead of the locks above, what a foreign key check takes on the field at the end.

    For transactions that write rows which refer to the field. Extract holds the field's row when
    it comes here; to find that out only when committing would be a deadlock.
    """
    with connection.cursor() as cursor:
        cursor.execute(_REFER, [field_id])


def own(field_id: int) -> None:
    """Until this transaction ends, keep everybody else from writing texts of this field.

    Whoever may move embedded texts to other topics comes here, so changes are counted here. By that
    count a process tells whether what it remembers of the texts is still true. A process that falls
    silent here would stop all others, so the server ends its transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NO_SILENCE, [f"{LEASE_IN_TRANSACTION}s", _SHARING])
        cursor.execute(_OWN, [_TEXTS, field_id])
        cursor.execute(_CHANGE, [field_id])


def share_blocks(field_id: int) -> None:
    """Until this transaction ends, keep blocks of this field from being made."""
    with connection.cursor() as cursor:
        cursor.execute(_SHARE, [_BLOCKS, field_id])


def own_blocks(field_id: int) -> None:
    """Until this transaction ends, keep occurrences of this field from being committed."""
    with connection.cursor() as cursor:
        cursor.execute(_OWN, [_BLOCKS, field_id])


def clustering(field_id: int) -> str:
    """The name of the right to run clustering on a field."""
    return f"cluster-{field_id}"


def embedding(field_id: int, start: int) -> str:
    """The name of the right to embed the texts of a field in the span of ids from `start`."""
    return f"embed-{field_id}-{start}"


def looking(field_id: int) -> str:
    """The name of the right to look for topics among a field's outliers, besides the one above."""
    return f"look-{field_id}"


def reading(field_id: int) -> str:
    """The name of the right to read a field's past."""
    return f"read-{field_id}"


def grouping(field_id: int) -> str:
    """The name of the right to group the topics of a field's lost run, besides that to cluster."""
    return f"group-{field_id}"


def labelling(field_id: int) -> str:
    """The name of the right to name a field's topics."""
    return f"label-{field_id}"


def drawing(field_id: int) -> str:
    """The name of the right to draw a field's map."""
    return f"draw-{field_id}"


def covering(project_id: int) -> str:
    """The name of the right to put a project's coverage into force."""
    return f"cover-{project_id}"


def sealing(project_id: int) -> str:
    """The name of the right to make blocks of a project."""
    return f"seal-{project_id}"


def erasing(project_id: int) -> str:
    """The name of the right to delete users' data of a project."""
    return f"erase-{project_id}"


def retaining(project_id: int) -> str:
    """The name of the right to delete events of a project that are too old."""
    return f"retain-{project_id}"


def purging_organization(organization_id: int) -> str:
    """The name of the right to delete an organization for good."""
    return f"purge-organization-{organization_id}"


def purging(project_id: int) -> str:
    """The name of the right to delete a project for good."""
    return f"purge-{project_id}"


@contextmanager
def holding(name: str) -> Iterator[bool]:
    """Hold a right that one process has at a time; yields False if another one has it.

    The lock belongs to the database connection, not to a transaction: it lasts over the many
    that a run is made of, and ends with its process however that dies. It needs a session of its
    own, so a pooler in front of PostgreSQL must not pool by transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TRY, [name])
        held = cursor.fetchone()[0]
    try:
        yield held
    finally:
        if held:
            _release(name)


@contextmanager
def lease() -> Iterator[None]:
    """Have the server end this session, and with it all it holds, when it was silent for so long.

    For work that others share: a worker that hangs would keep them from its part for as long as
    it hangs.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SET idle_session_timeout = '{LEASE}s'")
        cursor.execute(f"SET idle_in_transaction_session_timeout = '{LEASE_IN_TRANSACTION}s'")
        cursor.execute(f"SET application_name = '{_SHARING}'")
    try:
        yield
    finally:
        with suppress(Error), connection.cursor() as cursor:
            cursor.execute("RESET idle_session_timeout")
            cursor.execute("RESET idle_in_transaction_session_timeout")
            cursor.execute("RESET application_name")


def end_hung() -> int:
    """End sessions of shared work whose worker hangs in the middle of a COPY, or of a long answer.

    Returns how many. PostgreSQL takes them for busy, so none of its timeouts ends them.
    """
    with connection.cursor() as cursor:
        cursor.execute(_END_HUNG, [_SHARING, LEASE_IN_TRANSACTION])
        return int(cursor.fetchone()[0])


def is_free(name: str) -> bool:
    """Whether no living process holds a right."""
    with holding(name) as free:
        return free


def _release(name: str) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(_UNLOCK, [name])
    except DatabaseError:
        # The server has dropped a lost connection's lock by itself. Whatever else went wrong, do
        # not let a pool keep a connection that still holds it.
        if connection.connection is not None:
            connection.connection.close()
