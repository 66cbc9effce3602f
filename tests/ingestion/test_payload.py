"""From bytes to an event, or to a refusal that names the field."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.errors import Code, Refused
from ingestion.limits import KEY_LENGTH, MAX_DEPTH, MAX_TEXT
from ingestion.payload import clean, dump_json, parse_event, parse_json

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)


def event(**changes: Any) -> Any:
    return parse_event({"name": "prompt", "metadata": {}, **changes}, NOW)


def refusal(body: Any) -> Refused:
    with pytest.raises(Refused) as raised:
        parse_event(body, NOW)
    return raised.value


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, Code.MISSING_REQUIRED_FIELD, "name"),
        ({"name": "n"}, Code.MISSING_REQUIRED_FIELD, "metadata"),
        ({"metadata": {}}, Code.MISSING_REQUIRED_FIELD, "name"),
        ({"name": None, "metadata": {}}, Code.MISSING_REQUIRED_FIELD, "name"),
        ({"name": "n", "metadata": None}, Code.MISSING_REQUIRED_FIELD, "metadata"),
        ({"name": "", "metadata": {}}, Code.INVALID_REQUEST, "name"),
        ({"name": "  ", "metadata": {}}, Code.INVALID_REQUEST, "name"),
        ({"name": 5, "metadata": {}}, Code.INVALID_REQUEST, "name"),
        ({"name": "n" * (KEY_LENGTH + 1), "metadata": {}}, Code.TEXT_TOO_LONG, "name"),
        ({"name": "n", "metadata": []}, Code.INVALID_REQUEST, "metadata"),
        ({"name": "n", "metadata": "x"}, Code.INVALID_REQUEST, "metadata"),
        ([], Code.INVALID_REQUEST, None),
        ("text", Code.INVALID_REQUEST, None),
        (None, Code.INVALID_REQUEST, None),
    ],
)
def test_a_refusal_names_the_field(body: Any, code: Code, field: str | None) -> None:
    refused = refusal(body)
    assert (refused.code, refused.field, refused.status) == (code, field, 400)


def test_the_message_of_a_missing_field() -> None:
    assert refusal({"metadata": {}}).message == "Missing required field: name"


@pytest.mark.parametrize("field", ["session_id", "user_id"])
class TestIds:
    """A session's and a user's id."""

    @pytest.mark.parametrize("sent", ["conv_1", "ü" * KEY_LENGTH, " ", 0, -7, 2**70])
    def test_come_back_as_sent(self, field: str, sent: Any) -> None:
        answer = event(**{field: sent}).answer()[field]
        assert (answer, type(answer)) == (sent, type(sent))

    @pytest.mark.parametrize(("sent", "kept"), [(1.0, 1), (-0.0, 0), (1e15, 10**15)])
    def test_integers_may_be_written_with_a_fraction_of_zero(
        self, field: str, sent: float, kept: int
    ) -> None:
        answer = event(**{field: sent}).answer()[field]
        assert (answer, type(answer)) == (kept, int)

    @pytest.mark.parametrize("sent", [None, ""])
    def test_are_made_where_there_is_none(self, field: str, sent: Any) -> None:
        made = event(**{field: sent}).answer()[field]
        assert str(uuid.UUID(made)) == made
        assert made != event().answer()[field]

    @pytest.mark.parametrize("sent", [True, 1.5, [], {}, ["a"]])
    def test_of_other_types_are_refused(self, field: str, sent: Any) -> None:
        refused = refusal({"name": "n", "metadata": {}, field: sent})
        assert (refused.code, refused.field) == (Code.INVALID_REQUEST, field)

    @pytest.mark.parametrize("sent", ["x" * (KEY_LENGTH + 1), 10**KEY_LENGTH])
    def test_that_are_too_long_are_refused(self, field: str, sent: Any) -> None:
        refused = refusal({"name": "n", "metadata": {}, field: sent})
        assert (refused.code, refused.field) == (Code.TEXT_TOO_LONG, field)


@pytest.mark.parametrize(
    ("sent", "moment"),
    [
        (None, NOW),
        ("", NOW),
        ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00.123456+02:00", datetime(2026, 1, 31, 10, 0, 0, 123456, UTC)),
        ("2026-01-31T12:00:00", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31 12:00", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("20260131", datetime(2026, 1, 31, tzinfo=UTC)),
        (20261331, datetime(1970, 8, 23, 12, 8, 51, tzinfo=UTC)),
        (1_700_000_000, datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        (1_700_000_000.25, datetime(2023, 11, 14, 22, 13, 20, 250000, UTC)),
        (1_700_000_000_250, datetime(2023, 11, 14, 22, 13, 20, 250000, UTC)),
        ("1700000000", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("1700000000250", datetime(2023, 11, 14, 22, 13, 20, 250000, UTC)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (-86_400, datetime(1969, 12, 31, tzinfo=UTC)),
        ("1066-10-14T09:00:00Z", datetime(1066, 10, 14, 9, tzinfo=UTC)),
        ("0001-01-02T00:00:00Z", datetime(1, 1, 2, tzinfo=UTC)),
        ("2026-03-15T13:00:00Z", NOW + timedelta(hours=1)),
    ],
)
def test_a_timestamp_is_iso_8601_or_an_epoch(sent: Any, moment: datetime) -> None:
    assert event(timestamp=sent).timestamp == moment


@pytest.mark.parametrize(
    "sent",
    [
        "yesterday",
        "2026-13-01",
        "12:00",
        "0001-01-01T00:00:00+05:00",
        "0001-01-01T00:00:00Z",
        -62_135_596_800,
        True,
        [],
        {},
        10**400,
        1e300,
        "2026-03-15T13:00:01Z",
        (NOW + timedelta(hours=2)).timestamp(),
        1_700_000_000_000_000,
        20260131,
        20260131.0,
        202601311200,
        "202601311200",
        "20260131120000",
    ],
)
def test_other_timestamps_are_refused(sent: Any) -> None:
    refused = refusal({"name": "n", "metadata": {}, "timestamp": sent})
    assert (refused.code, refused.field) == (Code.INVALID_REQUEST, "timestamp")


def test_unknown_keys_are_ignored() -> None:
    assert event(event_id="x", foo=[1]).metadata == {}


def test_metadata_is_kept_as_sent() -> None:
    metadata = {"a": [1, {"b": None}], "c": 2**100, "d": 0.1, "e": {"f": {"g": {"h": True}}}, "": 1}
    assert event(metadata=metadata).metadata == metadata


@pytest.mark.parametrize("number", [2**63, -(2**64), 2**100, 1e300, 0.1, -0.0])
def test_what_was_let_in_can_be_written(number: float) -> None:
    metadata = {"n": [number], "text": "ü \u2028 \U0001f600", "deep": nested(300)}
    written = json.loads(dump_json({"metadata": metadata, "at": NOW}))
    assert written == {"metadata": metadata, "at": NOW.isoformat()}


def test_what_cannot_be_stored_is_replaced() -> None:
    sent = {"a\0b": ["x\0", {"y": "\ud800 and \udfff"}], "fine": "\U0001f600"}
    found = event(name="n\0", session_id="s\ud800", metadata=sent)
    assert found.metadata == {"a�b": ["x�", {"y": "� and �"}], "fine": "\U0001f600"}
    assert (found.name, found.session_id) == ("n�", "s�")


def test_a_long_text_is_refused_by_its_key() -> None:
    assert event(metadata={"prompt": "x" * MAX_TEXT}).metadata["prompt"]
    refused = refusal({"name": "n", "metadata": {"a": {"prompt": ["x" * (MAX_TEXT + 1)]}}})
    assert (refused.code, refused.field) == (Code.TEXT_TOO_LONG, "metadata.a")


@pytest.mark.parametrize(
    "metadata", [{"k" * 201: 1}, {"a": {"k" * 201: 1}}, {"a": [{"k" * 201: 1}]}]
)
def test_a_long_key_is_refused(metadata: Any) -> None:
    refused = refusal({"name": "n", "metadata": metadata})
    assert refused.code == Code.TEXT_TOO_LONG
    assert refused.field is not None
    assert len(refused.field) < 100


def test_deep_metadata_is_kept_to_a_depth() -> None:
    assert event(metadata={"a": nested(MAX_DEPTH - 1)}).metadata["a"]
    refused = refusal({"name": "n", "metadata": {"a": nested(MAX_DEPTH)}})
    assert (refused.code, refused.field) == (Code.INVALID_REQUEST, "metadata.a")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not JSON"),
        (b"{", r"not JSON: .* \(column 2\)\.$"),
        (b'{"a":\n!', r"not JSON: .* \(line 2, column 1\)\.$"),
        (b'{"a": 1} x', "not JSON"),
        (b"{'a': 1}", "not JSON"),
        (b'{"a": "\x00"}', "not JSON"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b'{"a": -Infinity}', "-Infinity is not JSON"),
        (b'{"a": 1e999}', "too large"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "too many digits"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a":' * 200_000, "nested too deeply"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b'{"a": "\xed\xa0\x80"}', "not UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "not UTF-8"),
    ],
)
def test_what_is_not_json_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(Refused, match=said) as raised:
        parse_json(body)
    assert (raised.value.code, raised.value.status) == (Code.INVALID_REQUEST, 400)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b' \n{"a": 1}\n ', {"a": 1}),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b'{"a": 123456789012345678901234567890}', {"a": 123456789012345678901234567890}),
        (rb'{"a": "\u0000\ud800\ud83d\ude00"}', {"a": "\0\ud800\U0001f600"}),
    ],
)
def test_what_is_json_is_decoded(body: bytes, value: Any) -> None:
    assert parse_json(body) == value


@given(st.text(alphabet=st.characters(exclude_categories=[]), max_size=50))
def test_clean_text_is_utf8_without_nul_and_of_the_same_length(text: str) -> None:
    cleaned = clean(text)
    assert "\0" not in cleaned
    assert len(cleaned.encode().decode()) == len(text)
