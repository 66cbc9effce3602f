"""Reports sorted by a column, whatever share of their rows a page shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils.http import urlencode

from accounts.models import User
from ingestion.models import Field, FieldType
from journeys import comparison_views, reports
from journeys.reports import Start, State, Table
from journeys.sorting import Sorting, sorted_table
from journeys.statistics import Share
from tests.journeys.conftest import NOW, OVER, Speaker
from tests.journeys.test_transitions import folded


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


def test_only_a_column_of_the_report_itself_is_asked_for() -> None:
    asked = [
        Sorting.parse("starts", code).is_asked for code in ("starts.lift", "repeats.times", "")
    ]
    assert asked == [True, False, False]


def test_follow_ups_are_sorted_before_the_rest_is_told_together() -> None:
    """Of the sessions that visit Pricing, 3 go on to Login, 2 to Support, one to Admin."""
    states = tuple(State(place, name) for place, name in enumerate(["P", "Login", "Support", "A"]))
    paths = [[0, 1]] * 3 + [[0, 2]] * 2 + [[0, 3]] + [[0]]
    journeys = folded([(path, False) for path in paths], len(states))

    def told(code: str) -> list[tuple[str, int]]:
        sorting = Sorting.parse("follow_ups", code)
        rows = reports.follow_ups(journeys, states, 0, 2, sorting.arranged).rows
        return [(row.state.name if row.state else row.kind, row.next.count) for row in rows]

    assert told("") == [("Login", 3), ("Support", 2), ("other", 1), ("ended", 1)]
    assert told("-follow_ups.next") == [("A", 1), ("Support", 2), ("other", 3), ("ended", 1)]
    assert told("follow_ups.topic") == [("A", 1), ("Login", 3), ("other", 2), ("ended", 1)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("page", "sorted_by"),
    [
        ("", ("starts", "drop_offs", "back_and_forth", "repeats", "transitions")),
        ("", ("follow_ups_sorting",)),
        ("paths/", ("whole",)),
        ("coming-back/", ("come_backs", "pairs")),
        ("compare/?where.platform=ios", ("sorting",)),
    ],
)
def test_every_head_of_the_pages_sorts(
    speaker: Speaker,
    teammate: User,
    signed_in: Callable[[User], Client],
    page: str,
    sorted_by: Sequence[str],
) -> None:
    Field.objects.create(project=speaker.project, key="platform", detected_type=FieldType.ENUM)
    for number in range(20):
        names = ["Pricing", "Login", "Login", "Pricing", "Login"]
        ended = NOW - OVER * (1 + number)
        said = {"platform": "ios" if number % 2 else "android"}
        user_id = f"user {number % 5}"
        speaker.say(f"session {number}", names, ended=ended, user_id=user_id, metadata=said)
    client = signed_in(teammate)
    path, _, query = f"/p/inkwell/journeys/{page}".partition("?")
    shown = client.get(path, QueryDict(query).dict())
    for report in sorted_by:
        for head in shown.context[report].heads.values():
            asked = {**QueryDict(query).dict(), "sort": head.code}
            assert f'href="?{urlencode(asked)}#' in shown.content.decode().replace("&amp;", "&")
            table = client.get(path, asked).context[report]
            assert [each.code for each in table.heads.values() if each.direction] == [
                head.code.removeprefix("-") if head.direction else f"-{head.code}"
            ]


@pytest.mark.django_db
def test_comparisons_are_sorted_before_the_first_are_shown(
    speaker: Speaker,
    teammate: User,
    signed_in: Callable[[User], Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What may be chance: people on iOS ask a little more about banking, less about admin."""
    Field.objects.create(project=speaker.project, key="platform", detected_type=FieldType.ENUM)
    for number in range(80):
        platform = "ios" if number % 2 else "android"
        about = ["Banking"] * (number % 8 in (1, 2, 3)) + ["Admin"] * (number % 8 in (0, 4, 5))
        said = {"platform": platform}
        speaker.say(f"{number}", [*about, "Help"], user_id=f"user {number}", metadata=said)
    monkeypatch.setattr(comparison_views, "MOST_OTHERS", 2)
    client = signed_in(teammate)

    def told(code: str) -> list[str]:
        query = {"where.platform": "ios", "sort": code}
        context = client.get("/p/inkwell/journeys/compare/", query).context
        return [each.state.name for each in (*context["findings"], *context["others"])]

    assert len(told("")) == 2
    assert told("comparison.what")[0] == "Admin"
    assert told("-comparison.what")[0] == "Help"


@pytest.mark.django_db
def test_that_no_journey_is_common_is_told_of_the_commonest(
    speaker: Speaker, teammate: User, signed_in: Callable[[User], Client]
) -> None:
    """Eleven sessions made the same journey, one made a longer one."""
    for number in range(11):
        speaker.say(f"{number}", ["Pricing", "Login"], ended=NOW - OVER)
    client, note = signed_in(teammate), "No whole journey was made by 10 sessions or more"
    speaker.say("long", ["Pricing", "Login", "Pricing"], ended=NOW - OVER)
    for sort in ("", "whole.steps"):
        page = client.get("/p/inkwell/journeys/paths/", {"sort": sort})
        assert page.context["whole"].rows[0].share.is_small == bool(sort)
        assert note not in page.content.decode()
