"""What a click on a column's head asks for, and how rows stand then."""

from __future__ import annotations

import pytest

from accounts.models import Organization, Project
from accounts.ordering import Columns, Order, Rows, Sort, sorted_query, sorted_rows

Row = tuple[str, int | None]
SORTS: Rows[Row] = {
    "name": Sort("Name", lambda row: row[0], rises=True),
    "size": Sort("Size", lambda row: row[1]),
}
ROWS: list[Row] = [("b", 2), ("d", None), ("a", 7), ("c", 2)]


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("name", "abcd"),
        ("-name", "dcba"),
        ("size", "abcd"),
        ("-size", "bcad"),
        ("", "bdac"),
        ("nonsense", "bdac"),
        ("--size", "bdac"),
    ],
)
def test_rows_are_sorted_and_those_without_a_value_come_last(code: str, names: str) -> None:
    found = sorted_rows(ROWS, Order.parse(code, SORTS))
    assert "".join(name for name, _ in found) == names


@pytest.mark.parametrize(
    ("code", "clicks", "directions"),
    [
        ("", ["name", "size"], ["", ""]),
        ("name", ["-name", "size"], ["ascending", ""]),
        ("-name", ["name", "size"], ["descending", ""]),
        ("size", ["name", "-size"], ["", "descending"]),
    ],
)
def test_a_click_turns_a_column_round(code: str, clicks: list[str], directions: list[str]) -> None:
    heads = Order.parse(code, SORTS).heads
    assert [head.code for head in heads.values()] == clicks
    assert [head.direction for head in heads.values()] == directions


def test_a_table_may_have_a_usual_order() -> None:
    order = Order.parse("nonsense", SORTS, "size")
    assert order.heads["size"].direction == "descending"


def test_a_query_is_sorted_in_the_database(organization: Organization, project: Project) -> None:
    days = [None, 30, 7]
    for number, kept in enumerate(days):
        Project.objects.create(
            organization=organization, name=f"P{number}", slug=f"p{number}", retention_days=kept
        )
    sorts: Columns = {"kept": Sort("Kept", "retention_days")}
    found = Project.objects.filter(organization=organization, name__startswith="P")

    def names(code: str) -> list[str]:
        return [each.name for each in sorted_query(found, Order.parse(code, sorts))]

    assert names("kept") == ["P1", "P2", "P0"]
    assert names("-kept") == ["P2", "P1", "P0"]
