"""Segments: what they mean, and how URLs carry them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Project
from ingestion.limits import ENUM_LENGTH, KEY_LENGTH
from ingestion.metadata import as_enum_value, flatten
from ingestion.models import Event
from ingestion.payload import clean
from ingestion.segments import MAX_QUERY, MAX_VALUES, Condition, Segment, shown

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)
HOSTILE = [
    "<script>alert(1)</script>",
    "\u202egnp.exe",
    "=HYPERLINK('http://evil')",
    "👩‍👩‍👧‍👦",
    "a&b=c#d?e;f%00+ g",
    "'); DROP TABLE ingestion_event; --",
    "x" * 20_000,
    "NUL \0 here",
    "lone \ud800 surrogate",
    "{0} %s {}",
]
KEYS = st.text(alphabet="ab.\n é", max_size=5)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda number: number + 0.0),
    st.text(alphabet="ab \t\u3000\x85x", max_size=4),
    st.sampled_from([*HOSTILE, f"{'y' * (ENUM_LENGTH - 1)} z", " 1.0 ", "true"]),
    st.just([1]),
)
"""There is no -0.0 in PostgreSQL."""
METADATA = st.dictionaries(
    KEYS,
    st.recursive(SCALARS, lambda inner: st.dictionaries(KEYS, inner, max_size=3), max_leaves=8),
    max_size=4,
)
CONDITIONS = st.lists(
    st.builds(
        Condition.of,
        st.one_of(st.just("event"), st.text(max_size=8).map("where.".__add__)),
        st.one_of(st.text(max_size=12), st.sampled_from(HOSTILE)),
    ).filter(bool)
)


def stored(value: Any) -> Any:
    """Metadata as `/track` cleans it before it stores it."""
    if isinstance(value, dict):
        return {clean(key): stored(inner) for key, inner in value.items()}
    return clean(value) if isinstance(value, str) else value


def segment(query: str) -> Segment:
    return Segment.of(QueryDict(query).lists())


@pytest.mark.parametrize(
    ("query", "metadata", "name", "matches"),
    [
        ("", {}, "n", True),
        ("where.platform=ios", {"platform": "ios"}, "n", True),
        ("where.platform=ios", {"platform": "web"}, "n", False),
        ("where.platform=ios", {}, "n", False),
        ("where.platform=ios&where.platform=web", {"platform": "web"}, "n", True),
        ("where.platform=ios&where.plan=pro", {"platform": "ios", "plan": "free"}, "n", False),
        ("where.platform=ios&where.plan=pro", {"platform": "ios", "plan": "pro"}, "n", True),
        ("where.platform=iOS", {"platform": "ios"}, "n", False),
        ("where.user.plan=pro", {"user": {"plan": "pro"}}, "n", True),
        ("where.user.plan=pro", {"user": {"plan": "pro"}, "user.plan": "free"}, "n", False),
        ("where.beta=true", {"beta": True}, "n", True),
        ("where.version=2", {"version": 2}, "n", True),
        ("where.version=2", {"version": "2 "}, "n", True),
        ("where.version=2", {"version": 2.0}, "n", False),
        ("where.version=0.00001", {"version": 1e-5}, "n", True),
        ("where.platform=ios", {"platform": ["ios"]}, "n", False),
        ("where.mood=very%0D%0Agood", {"mood": " very \n good"}, "n", True),
        ("where.platform=", {"platform": "web"}, "n", True),
        ("event=a&event=b", {}, "b", True),
        ("event=a&event=b", {}, "c", False),
        ("event=a&where.platform=ios", {"platform": "ios"}, "b", False),
        ("days=7&field=prompt&where=x&events=y", {}, "n", True),
    ],
)
def test_what_is_in_a_segment(
    query: str, metadata: dict[str, Any], name: str, matches: bool
) -> None:
    assert segment(query).matches(metadata, name) is matches


def test_its_query_is_in_canonical_order() -> None:
    found = segment("event=sent&where.b=2&where.a=z&days=7&where.a=%20y&where.b=2")

    assert found.query == "where.a=y&where.a=z&where.b=2&event=sent"


@given(CONDITIONS)
def test_a_url_carries_it_whole(conditions: list[Condition]) -> None:
    found = Segment.holding(conditions)

    assert Segment.parse(found.query) == found == segment(found.query)
    assert hash(Segment.parse(found.query)) == hash(found)
    assert found.query.isascii()
    assert len(found.query) <= MAX_QUERY


@given(st.lists(st.tuples(st.text(), st.lists(st.text()))))
def test_whatever_a_url_says_can_be_read(lists: list[tuple[str, list[str]]]) -> None:
    prefixed = [("where." + key, values) for key, values in lists]
    found = Segment.of([*prefixed, *lists, ("event", [key for key, _ in lists])])

    assert Segment.of(QueryDict(found.query).lists()) == found
    assert isinstance(found.words, str)


@given(CONDITIONS, st.data())
def test_toggling_twice_leads_back(conditions: list[Condition], data: st.DataObject) -> None:
    found = Segment.holding(conditions)
    chosen = data.draw(st.sampled_from([Condition("plan", "pro"), *found]))
    other = found.toggled(chosen)

    assert (chosen in set(other)) is (chosen not in set(found))
    assert other.toggled(chosen) == found


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_matches_itself(value: str) -> None:
    metadata = stored({"tag": value})
    found = Segment.holding([Condition("tag", as_enum_value(flatten(metadata)["tag"]))])

    assert Segment.parse(found.query).matches(metadata, "n")
    assert not Segment.parse(found.query).matches({"tag": "other"}, "n")


def test_a_segment_is_bounded_and_says_when_it_was_cut() -> None:
    many = Segment.of([("where.id", [f"{number:03}" for number in range(500)])])
    long = Segment.of([("where.text", [f"{number}{'é' * 5_000}" for number in range(50)])])
    beyond = Segment.of([("where." + "k" * 20_000, ["x"]), ("event", ["n" * 20_000])])

    assert len(list(many)) == MAX_VALUES
    assert many.is_cut
    assert long.is_cut
    assert 0 < len(long.query) <= MAX_QUERY
    assert not beyond.is_cut
    assert {len(key) for key in beyond.conditions} == {KEY_LENGTH}
    assert not beyond.matches({"k" * KEY_LENGTH: "x"}, "n" * KEY_LENGTH)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", ""),
        (
            "where.platform=ios&where.platform=android&where.plan=pro",
            "plan is pro, and platform is android or ios",
        ),
        ("event=prompt_sent&where.a=1", "a is 1, and event is prompt_sent"),
        ("where.a=1&where.a=2&where.a=3", "a is 1, 2 or 3"),
        (
            "where.a=1&where.a=2&where.a=3&where.a=4&where.a=5&where.a=6&where.a=7",
            "a is 1, 2, 3, 4, 5 or 2 more",
        ),
        ("where.a=b or c&where.a=d,e", "a is “b or c” or “d,e”"),
        ("where.a=%E2%80%AEb", "a is �b"),
    ],
)
def test_in_words(query: str, words: str) -> None:
    assert segment(query).words == words


def test_a_long_value_is_shown_short() -> None:
    assert shown("x" * 200) == "x" * 59 + "…"


@pytest.fixture
def event(project: Project) -> Event:
    return Event.objects.create(
        project=project, name="n", session_id="s", user_id="u", metadata={}, timestamp=NOW
    )


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(metadata=METADATA)
def test_a_stored_value_is_the_one_that_was_sent(event: Event, metadata: dict[str, Any]) -> None:
    sent = stored(metadata)
    Event.objects.filter(project=event.project_id).update(metadata=sent)
    kept = Event.objects.get(project=event.project_id).metadata

    assert {key: as_enum_value(value) for key, value in flatten(kept).items()} == {
        key: as_enum_value(value) for key, value in flatten(sent).items()
    }
