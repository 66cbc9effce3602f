"""The Segments panel, rendered by itself as a page would include it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from django.test import RequestFactory

from accounts.models import Project, User
from ingestion import segments_saved
from ingestion.segments import Condition, Segment
from ingestion.segments_panel import FIELDS, FOUND_VALUES, MORE_VALUES, VALUES, Facet, panel
from tests.ingestion.test_segments import HOSTILE

PLATFORM = Facet("platform", [("ios", 1200), ("android", 700), ("web", 100)])
PLAN = Facet("user.plan", [("free", 1500), ("pro", 500)])
NAMES = Facet(None, [("prompt_sent", 1800), ("feedback", 200)])
FACETS = [PLATFORM, PLAN, NAMES]
MANY = [
    Facet(f"field {number:03}", [(f"value {each:03}", 1000 - each) for each in range(500)])
    for number in range(200)
]


class Found(HTMLParser):
    """What a page offers: links, and the controls of its GET form."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: dict[str, str] = {}
        self.boxes: dict[tuple[str, str], bool] = {}
        self.hidden: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self._link: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a":
            self._link = given["href"]
        if given.get("type") == "checkbox":
            self.boxes[given["name"], given["value"]] = "checked" in given
        if given.get("type") == "hidden":
            self.hidden.append((given["name"], given["value"]))

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._link = None

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self._link is not None:
            self.links[self._link] = self.links.get(self._link, "") + data

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())


@pytest.fixture
def show(project: Project, owner: User) -> Any:
    def rendered(query: str = "", facets: Any = FACETS) -> str:
        request: Any = RequestFactory().get(f"/p/{project.slug}/topics/?{query}")
        request.user, request.project = owner, project
        segment = Segment.of(request.GET.lists())
        context = {"panel": panel(request, segment, facets)}
        return render_to_string("ingestion/segments_panel.html", context, request)

    return rendered


def segment_of(url: str) -> Segment:
    return Segment.of(QueryDict(url.removeprefix("?")).lists())


def test_lists_fields_with_values_and_counts(show: Any) -> None:
    found = Found(show())

    assert list(found.boxes) == [
        *(("where.platform", value) for value in ("ios", "android", "web")),
        ("where.user.plan", "free"),
        ("where.user.plan", "pro"),
        ("event", "prompt_sent"),
        ("event", "feedback"),
    ]
    assert not any(found.boxes.values())
    assert "All messages" in found.text
    assert "ios1,200 messages" in found.text
    assert "Event name" in found.text


def test_shows_what_is_chosen_and_a_way_out_of_each(show: Any) -> None:
    found = Found(show("where.platform=ios&where.platform=web&event=feedback&days=7&page=3"))
    chosen = {box for box, is_checked in found.boxes.items() if is_checked}
    removing = {text: url for url, text in found.links.items() if "Remove" in text}

    assert chosen == {("where.platform", "ios"), ("where.platform", "web"), ("event", "feedback")}
    assert removing == {
        "Remove: platform is ios ✕": "?days=7&where.platform=web&event=feedback",
        "Remove: platform is web ✕": "?days=7&where.platform=ios&event=feedback",
        "Remove: event is feedback ✕": "?days=7&where.platform=ios&where.platform=web",
    }
    assert found.links["?days=7"] == "Clear the segment"
    assert "platform is ios or web, and event is feedback" in found.text


def test_the_form_keeps_what_else_the_url_says(show: Any, project: Project) -> None:
    found = Found(show("field=prompt&days=7&page=2&before=x&where.platform=ios&q=%3Ca%3E%20%22b"))

    hidden = [pair for pair in found.hidden if pair[0] not in ("csrfmiddlewaretoken", "segment")]
    back = "?field=prompt&days=7&q=%3Ca%3E+%22b&where.platform=ios"
    kept = [("field", "prompt"), ("days", "7"), ("q", '<a> "b')]
    assert hidden == [("next", f"/p/{project.slug}/topics/{back}"), *kept]


def test_what_nothing_has_is_told_and_can_be_removed(show: Any) -> None:
    found = Found(show("where.platform=amiga&where.planet=mars"))

    assert found.boxes["where.platform", "amiga"]
    assert found.boxes["where.planet", "mars"]
    assert found.text.count("which no messages have") == 2
    assert "?where.platform=amiga" in found.links


def test_a_value_that_may_be_among_those_not_listed_is_not_called_missing(show: Any) -> None:
    partly = Facet("city", [("Paris", 5)], others=900)
    found = Found(show("where.city=Oslo", [partly]))

    assert "which no" not in found.text
    assert "900 more: type one in full" in found.text
    none = Facet("city", [("Oslo", 0)], others=900)
    assert "which no messages have" in Found(show("where.city=Oslo", [none])).text


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_are_only_shown(show: Any, value: str) -> None:
    condition = Condition.of("where.tag", value)
    assert condition
    evil = Facet(f"k{value[:150]}".replace("\0", "").replace("\ud800", ""), [(condition.value, 1)])
    html = show(Segment.holding([condition]).query, [Facet("tag", [(condition.value, 3)]), evil])
    found = Found(html)

    assert "<script" not in html
    assert not re.search("[\u202a-\u202e]", found.text)
    assert found.boxes["where.tag", condition.value]
    assert max(len(text) for text in found.texts) < 300


def test_a_hostile_search_is_only_shown(show: Any) -> None:
    html = show(f"panel.find=%3Cscript%3E{'x' * 3_000}%00")

    assert "<script" not in html
    assert "No field or value contains" in html


def test_many_fields_and_values_are_bounded(show: Any) -> None:
    html = show(facets=MANY)
    found = Found(html)

    assert len(found.boxes) == FIELDS * VALUES
    assert len(html) < 100_000
    assert found.links["?panel.fields=all"] == "188 more fields"
    assert found.links["?panel.values=where.field+000"] == "492 more of field 000"


def test_a_chosen_value_is_listed_however_rare(show: Any) -> None:
    found = Found(show("where.field+150=value+499", MANY))

    assert found.boxes["where.field 150", "value 499"]
    assert len(found.boxes) == (FIELDS + 1) * VALUES + 1
    assert "which no" not in found.text


def test_all_fields_and_all_values_of_one_can_be_asked_for(show: Any) -> None:
    found = Found(show("panel.fields=all&panel.values=where.field+150", MANY))

    assert len(found.boxes) == 199 * VALUES + MORE_VALUES
    assert ("panel.fields", "all") in found.hidden
    assert "more of field 150" not in found.text


def test_search_looks_into_fields_and_values(show: Any) -> None:
    found = Found(show("panel.find=FREE&where.platform=ios", FACETS))
    by_field = Found(show("panel.find=Plan", FACETS))

    assert found.boxes == {("where.platform", "ios"): True, ("where.user.plan", "free"): False}
    assert set(by_field.boxes) == {("where.user.plan", "free"), ("where.user.plan", "pro")}


def test_what_a_search_lists_is_bounded_too(show: Any) -> None:
    found = Found(show("panel.find=value+1", MANY))
    more = Found(show("panel.find=value+1&panel.values=where.field+007", MANY))

    assert len(found.boxes) == FIELDS * FOUND_VALUES
    assert found.links["?panel.find=value+1&panel.fields=all"] == "188 more fields"
    assert found.links["?panel.find=value+1&panel.values=where.field+007"].startswith("80 more")
    assert len(more.boxes) == (FIELDS - 1) * FOUND_VALUES + 100


def test_it_says_when_a_url_asks_for_too_much(show: Any) -> None:
    query = "&".join(f"where.id={number}" for number in range(150))

    assert "A segment holds at most 100 values" in Found(show(query)).text


def test_without_enums_it_says_where_they_come_from(show: Any, project: Project) -> None:
    found = Found(show(facets=[]))

    assert "Nothing to choose from yet" in found.text
    assert f"/p/{project.slug}/settings/metadata/" in found.links


def test_a_saved_segment_is_chosen_by_a_link(show: Any, project: Project, owner: User) -> None:
    pro = Segment.parse("where.user.plan=pro")
    segments_saved.save(project, "<b>Payers</b>", pro, owner)
    found = Found(show("days=7&panel.find=x&where.platform=ios"))
    current = show("where.user.plan=pro")

    assert found.links["?days=7&where.user.plan=pro"] == "<b>Payers</b>"
    assert 'aria-current="true"' in current
    assert "Save segment" not in current


def test_a_filter_can_be_saved_and_no_filter_cannot(show: Any) -> None:
    assert "Save segment" in show("where.platform=ios")
    assert "Save segment" not in show("")


def test_every_toggled_view_is_the_segment_it_says(show: Any) -> None:
    start = segment_of("?where.platform=ios&where.user.plan=pro")
    found = Found(show(start.query))
    neighbours = {segment_of(url) for url, text in found.links.items() if "Remove" in text}

    assert neighbours == {start.toggled(condition) for condition in start}
