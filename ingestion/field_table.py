"""The fields of a project as a table: what it is sorted by, and what a file of it holds."""

from __future__ import annotations

from collections.abc import Sequence

from accounts.csv_files import Cell
from accounts.ordering import Rows, Sort
from ingestion.selectors import FieldRow

SORTS: Rows[FieldRow] = {
    "key": Sort("Field", lambda row: row.field.key.casefold(), rises=True),
    "events": Sort("Events", lambda row: row.field.events),
    "distinct": Sort("Different values", lambda row: row.field.distinct),
    "seen": Sort("Last seen", lambda row: row.field.last_seen_at),
}

COLUMNS = [
    "field", "type", "detected_type", "detected_why", "set_by", "events", "share",
    "different_values", "first_seen", "last_seen",
]  # fmt: skip


def cells(row: FieldRow) -> Sequence[Cell]:
    field = row.field
    return (
        field.key, field.type, field.detected_type, field.detected_why,
        str(field.overridden_by or ""), field.events, round(row.coverage, 6), field.distinct,
        field.first_seen_at, field.last_seen_at,
    )  # fmt: skip
