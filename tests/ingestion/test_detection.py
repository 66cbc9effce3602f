"""Field type detection, measured on a table of realistic keys."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.detection import ENOUGH, MANY, detect
from ingestion.learning import SAMPLES
from ingestion.limits import MAX_TEXT
from ingestion.metadata import Scalar, as_text
from ingestion.models import Field
from ingestion.shapes import Shape, shape_of
from tests.ingestion.realistic_keys import KEYS, MESSAGES, Values, sentence

SCALARS: st.SearchStrategy[Scalar] = st.one_of(
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(min_size=1).filter(lambda text: not text.isspace()),
)


def test_the_table_is_large_enough_to_mean_something() -> None:
    assert len({key for key, _, _ in KEYS}) >= 60


@pytest.mark.parametrize("count", [1, 5, ENOUGH, MANY])
@pytest.mark.parametrize(("key", "expected", "value"), KEYS, ids=[key for key, _, _ in KEYS])
def test_realistic_keys_get_their_type(key: str, expected: str, value: Values, count: int) -> None:
    found = detect(key, [value(n) for n in range(count)])
    assert found.type == expected, found.why


@pytest.mark.parametrize(("key", "expected", "value"), KEYS, ids=[key for key, _, _ in KEYS])
def test_they_keep_it_when_only_samples_are_known(key: str, expected: str, value: Values) -> None:
    values = {as_text(value(n)): value(n) for n in range(1_000)}
    found = detect(key, list(values.values())[:SAMPLES], events=1_000, distinct=len(values))
    assert found.type == expected, found.why


@pytest.mark.parametrize("message", MESSAGES)
def test_a_prompt_is_text_from_the_first_event(message: str) -> None:
    assert detect("prompt", [message]).type == "text"


@pytest.mark.parametrize("message", ["ok", "42", "yes", "https://example.com/a", "SKU-1234", "👍"])
def test_an_odd_first_value_does_not_refute_a_telling_name(message: str) -> None:
    assert detect("feedback", [message]).type == "text"


@pytest.mark.parametrize("message", ["ok", "42", "yes", "https://example.com/a", "SKU-1234"])
def test_only_such_values_do(message: str) -> None:
    assert detect("feedback", [message] * MANY).type != "text"


@pytest.mark.parametrize("key", ["message", "thing", "status"])
def test_few_values_that_repeat_are_an_enum(key: str) -> None:
    values = [("sent", "seen by all", "failed")[n % 3] for n in range(MANY)]
    assert detect(key, values).type == "enum"


def test_few_long_prompts_that_repeat_are_still_text() -> None:
    assert detect("prompt", MESSAGES[:4], events=5_000, distinct=4).type == "text"


@pytest.mark.parametrize("key", ["category", "cancellation_reason", "status"])
def test_sentences_overrule_a_name_once_there_are_enough(key: str) -> None:
    assert detect(key, [sentence(0)[:20]]).type == "enum"
    assert detect(key, [sentence(n) for n in range(ENOUGH)]).type == "text"


def test_long_values_that_come_again_and_again_are_no_text_without_a_name_for_it() -> None:
    values = ["Standard delivery in three days", "Pick up at the store"]
    assert detect("delivery", values, events=MANY, distinct=2).type == "enum"


def test_mixed_values_go_by_the_name() -> None:
    values: list[Scalar] = [1, "two", 3, "four words are here", True]
    assert detect("comment", values).type == "text"
    assert detect("thing", values).type == "enum"


def test_ids_among_numbers_are_an_enum() -> None:
    values: list[Scalar] = [7, "550e8400-e29b-41d4-a716-446655440000", 9, "a1b2c3d4", "ORD-1"]
    assert detect("thing", values).type == "enum"


def test_a_reason_fits_its_column_however_long_the_name() -> None:
    longest = Field._meta.get_field("detected_why").max_length or 0
    for value in ("word", 7):
        assert len(detect(f"has_{'a' * 196}", [value]).why) <= longest


def test_a_field_without_values_is_an_enum() -> None:
    assert detect("prompt", []).type == "enum"


@given(st.text(max_size=200), st.lists(SCALARS, min_size=1, max_size=30), st.integers(1, 10**6))
def test_anything_gets_a_type_and_a_reason_that_fits_its_column(
    key: str, values: list[Scalar], events: int
) -> None:
    found = detect(key, values, events=events, distinct=min(events, len(values)))
    assert found.type in {"text", "enum", "number"}
    assert 0 < len(found.why) <= 200
    assert found == detect(key, values, events=events, distinct=min(events, len(values)))


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("0", Shape.NUMBER),
        ("0.5", Shape.NUMBER),
        ("007", Shape.CODE),
        ("1e5", Shape.NUMBER),
        ("$3.99", Shape.NUMBER),
        ("-$1,299.00", Shape.NUMBER),
        ("1.299,00 €", Shape.NUMBER),
        ("3,99", Shape.NUMBER),
        ("12 MB", Shape.NUMBER),
        ("5g", Shape.IDENTIFIER),
        ("true", Shape.BOOLEAN),
        ("2026-01-31", Shape.TIME),
        ("Sat, 31 Jan 2026 10:00:00 GMT", Shape.TIME),
        ("May 2026 was great", Shape.PHRASE),
        ("en-US", Shape.LOCALE),
        ("+1 (555) 010-9999", Shape.PHONE),
        ("10 20", Shape.PHRASE),
        ("[1] says who?", Shape.PHRASE),
        ("[name] please", Shape.PHRASE),
        ("{name} please", Shape.PHRASE),
        ('{"a": 1', Shape.JSON),
        ("[1, 2]", Shape.JSON),
        ("Quarterly report.pdf", Shape.FILE),
        ("I use Node.js", Shape.FILE),
        ("Please look at example.com", Shape.PHRASE),
        ("👍", Shape.WORD),
        ("请帮我重置密码", Shape.PHRASE),
    ],
)
def test_values_have_the_shape_that_people_see(value: str, shape: Shape) -> None:
    assert shape_of(value) == shape


@pytest.mark.parametrize("unit", ["1 ", "a.", "+1 ", "[1", '{"', "1.111", "1,1", "a-", "0", "("])
def test_no_value_takes_long_to_look_at(unit: str) -> None:
    began = process_time()
    shape_of(unit * (MAX_TEXT // len(unit)))
    assert process_time() - began < 0.5


def test_values_that_stand_for_none_are_no_evidence() -> None:
    values: list[Scalar] = ["null", "N/A", "-", 1.5, "nan", 2]
    assert detect("gap", values).type == "number"
    assert detect("gap", ["null", "n/a"]).type == "enum"


def test_a_number_s_name_tells_whether_it_counts() -> None:
    assert detect("turn_number", [1, 2, 3]).type == "number"
    assert detect("orderNumber", [1, 2, 3]).type == "enum"
    assert detect("number", [1, 2, 3]).type == "number"
