"""What PostgreSQL does for statements that the product executes, as EXPLAIN tells."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

_EXECUTE = psycopg.Cursor.execute
_EXPLAINED = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True)
class Plan:
    """A statement that was executed: what it cost, and how it found its rows."""

    statement: str
    milliseconds: float
    buffers: int
    """Pages of 8 kB that were looked at."""
    ways: tuple[str, ...]
    """Indexes, and tables read whole, in the order of the plan; constraints that took time."""


@contextmanager
def explained() -> Iterator[list[Plan]]:
    """Collect a plan of every statement on a table that is executed meanwhile.

    Each is executed twice, first by EXPLAIN, which is rolled back.
    """
    plans: list[Plan] = []

    def explain_and_execute(
        cursor: psycopg.Cursor[Any], query: Any, params: Any = None, **options: Any
    ) -> Any:
        statement = query.decode() if isinstance(query, bytes) else str(query)
        if statement.lstrip().startswith(_EXPLAINED):
            plan = _explain(cursor.connection, statement, params)
            if plan.ways:
                plans.append(plan)
        return _EXECUTE(cursor, query, params, **options)

    psycopg.Cursor.execute = explain_and_execute  # type: ignore[method-assign,assignment]
    try:
        yield plans
    finally:
        psycopg.Cursor.execute = _EXECUTE  # type: ignore[method-assign]


def _explain(connection: psycopg.Connection[Any], statement: str, params: Any) -> Plan:
    cursor = psycopg.ClientCursor(connection)
    with connection.transaction(force_rollback=True):
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else they are checked at a commit
        _EXECUTE(cursor, f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", params)
        [(found,)] = cursor.fetchall()
    return Plan(
        statement,
        found[0]["Execution Time"],
        sum(found[0]["Plan"][f"Shared {kind} Blocks"] for kind in ("Hit", "Read")),
        tuple(dict.fromkeys([*_ways(found[0]["Plan"]), *_checks(found[0].get("Triggers", []))])),
    )


def _ways(node: Any) -> Iterator[str]:
    if "Index Name" in node:
        yield node["Index Name"]
    elif node["Node Type"] == "Seq Scan":
        yield f"all of {node['Relation Name']}"
    elif node["Node Type"] == "ModifyTable":
        yield f"{node['Operation'].lower()} {node['Relation Name']}"
    for inner in node.get("Plans", ()):
        yield from _ways(inner)


def _checks(triggers: Any) -> Iterator[str]:
    """Constraints whose checks took a millisecond or more."""
    for trigger in triggers:
        if trigger["Time"] >= 1:
            yield f"check {trigger['Constraint Name']} ({trigger['Time']:.0f} ms)"
