"""Reports sorted by a column, whatever share of their rows a page shows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from journeys.reports import Start, State, Table
from journeys.sorting import sorted_table
from journeys.statistics import Share
from tests.journeys.conftest import NOW, OVER, Speaker


def starts(limit: int) -> Table[Start]:
    """The commonest first; of Rare there are too few to say a lift."""
    told = [("Banking", 40, 0.5), ("Admin", 20, 3.0), ("Cards", 10, 1.0), ("Rare", 1, 99.0)]
    rows = [
        Start(State(place, name), Share(count, 80, lift), Share(0, 1))
        for place, (name, count, lift) in enumerate(told)
    ]
    return Table(tuple(rows[:limit]), len(rows))


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("", ["Banking", "Admin"]),
        ("starts.share", ["Banking", "Admin"]),
        ("-starts.share", ["Rare", "Cards"]),
        ("starts.lift", ["Admin", "Cards"]),
        ("-starts.lift", ["Banking", "Cards"]),
        ("starts.topic", ["Admin", "Banking"]),
        ("drop_offs.share", ["Banking", "Admin"]),
        ("lift", ["Banking", "Admin"]),
        ("starts.nonsense", ["Banking", "Admin"]),
    ],
)
def test_all_rows_are_sorted_before_the_first_are_shown(sort: str, names: list[str]) -> None:
    table = sorted_table("starts", sort, 2, starts)
    assert [row.state.name for row in table.rows] == names
    assert (table.total, table.more) == (4, 2)


def test_what_is_too_rare_for_a_figure_comes_last_by_it() -> None:
    for sort in ("starts.lift", "-starts.lift"):
        assert sorted_table("starts", sort, 4, starts).rows[-1].state.name == "Rare"


def test_a_head_turns_its_own_column_round() -> None:
    heads = sorted_table("starts", "starts.lift", 2, starts).heads
    assert (heads["lift"].direction, heads["lift"].code) == ("descending", "-starts.lift")
    assert (heads["share"].direction, heads["share"].code) == ("", "starts.share")


@pytest.mark.django_db
def test_every_head_of_the_pages_sorts(
    speaker: Speaker, teammate: User, signed_in: Callable[[User], Client]
) -> None:
    for number in range(20):
        names = ["Pricing", "Login", "Login", "Pricing", "Login"]
        ended = NOW - OVER * (1 + number)
        speaker.say(f"session {number}", names, ended=ended, user_id=f"user {number % 5}")
    client = signed_in(teammate)
    for page, reports in (
        ("", ("starts", "drop_offs", "back_and_forth", "repeats")),
        ("coming-back/", ("come_backs", "pairs")),
    ):
        path = f"/p/inkwell/journeys/{page}"
        shown = client.get(path)
        for report in reports:
            for head in shown.context[report].heads.values():
                assert f'href="?sort={head.code}#' in shown.content.decode()
                table = client.get(path, {"sort": head.code}).context[report]
                assert [each.code for each in table.heads.values() if each.direction] == [
                    head.code.removeprefix("-") if head.direction else f"-{head.code}"
                ]
