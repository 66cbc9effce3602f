"""How large an event may be. Each limit has its unit and the reason for its value."""

from datetime import UTC, datetime, timedelta

MAX_BODY = 1_048_576
"""Bytes of a request's body. A message and its circumstances take a few kilobytes; a megabyte
leaves room for a long transcript and keeps a hundred requests at once within a process's memory."""

MAX_BATCH = 2_000
"""Events of one batch: enough to make the request's own cost vanish, few enough to store in half a
second."""

MAX_BATCH_BODY = 16 * MAX_BODY
"""Bytes of a batch, inflated: 8 KiB for each of its events. What a small compressed body may grow
to in memory."""

MAX_VALUES = MAX_BODY
"""Values, lists and objects in a batch: more than one event has room for. Each takes up to ninety
bytes of memory, and perhaps three of the body, which gzip makes almost none."""

MAX_TEXT = 100_000
"""Characters of one string in the metadata: some sixty pages. What is longer is a document."""

KEY_LENGTH = 200
"""Characters of a metadata key, event name, session id and user id. They are indexed, and three
of them in UTF-8 must fit PostgreSQL's 2,700 bytes for an index entry."""

MAX_DEPTH = 128
"""Levels of objects and lists within the metadata. Far more than people write, far less than what
exhausts the stack of a parser here or in PostgreSQL."""

ENUM_LENGTH = 200
"""Characters by which a value of an enum field is told from others. Segments carry values in URLs,
and whatever goes on after so many is a text."""

ANALYSED_DEPTH = 3
"""Levels of objects that become dotted keys ("user.plan.name"). Deeper ones are kept as sent."""

MAX_FIELDS = 200
"""Fields of a project. Nobody reads a settings page of more, and a client that puts ids into keys
would otherwise make a field an event. Further keys are kept in the event but not analysed."""

MAX_AHEAD = timedelta(hours=1)
"""How far a timestamp may lie ahead: more than clocks drift, less than a mistaken time zone."""

EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
"""The first moment that has a date in every time zone. What some languages send for "no time", the
beginning of the year 1, is none."""
