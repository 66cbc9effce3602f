"""Whatever is sent: a documented answer, and what was answered is what is stored."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Project
from ingestion.errors import STATUS
from ingestion.models import Event
from ingestion.payload import clean
from tests.ingestion.conftest import Send

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=[]), max_size=20)
JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        ANY_TEXT,
        st.sampled_from(["", "2026-01-01", 1_700_000_000, "x" * 201]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(ANY_TEXT, inner, max_size=4)
    ),
    max_leaves=12,
)
IDS = st.one_of(st.none(), st.integers(), ANY_TEXT)
BODIES = st.one_of(
    JSON,
    st.dictionaries(
        st.sampled_from(["name", "metadata", "session_id", "user_id", "timestamp", "other"]), JSON
    ),
    st.fixed_dictionaries(
        {"name": ANY_TEXT, "metadata": st.dictionaries(ANY_TEXT, JSON, max_size=5)},
        optional={"session_id": IDS, "user_id": IDS},
    ),
)
STATUS_OF = {code.value: status for code, status in STATUS.items()}

lenient = settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def assert_documented(answer: Any) -> None:
    assert answer["Content-Type"] == "application/json"
    body = answer.json()
    if answer.status_code == 200:
        assert set(body) == {"user_id", "session_id"}
    else:
        assert set(body) == {"success", "error", "code", "field"}
        assert body["success"] is False
        assert answer.status_code == STATUS_OF[body["code"]] == 400


def cleaned(value: Any) -> Any:
    """What is stored of a value: the same, but for what PostgreSQL cannot store."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [cleaned(item) for item in value]
    if isinstance(value, dict):
        return {clean(key): cleaned(item) for key, item in value.items()}
    return value


def read(value: Any, sent: Any) -> Any:
    """A stored value as its reader takes it: PostgreSQL writes 1e17 as an integer."""
    if isinstance(sent, float):
        return float(value)
    if isinstance(sent, list):
        return [read(*pair) for pair in zip(value, sent, strict=True)]
    if isinstance(sent, dict):
        return {key: read(item, sent[key]) for key, item in value.items()}
    return value


@lenient
@given(body=BODIES)
def test_any_json_gets_a_documented_answer_and_is_stored_as_answered(
    send: Send, project: Project, body: Any
) -> None:
    answer = send(body)
    assert_documented(answer)
    if answer.status_code == 200:
        event = Event.objects.filter(project=project).latest("id")
        assert {"user_id": event.user_id, "session_id": event.session_id} == {
            key: str(value) for key, value in answer.json().items()
        }
        assert event.name == clean(body["name"])
        metadata = cleaned(body["metadata"])
        assert read(event.metadata, metadata) == metadata
        for key, value in answer.json().items():
            if body.get(key) not in (None, ""):
                assert (value, type(value)) == (cleaned(body[key]), type(body[key]))


@lenient
@given(body=st.binary(max_size=200))
def test_any_bytes_get_a_documented_answer(send: Send, body: bytes) -> None:
    assert_documented(send(body))


@lenient
@given(body=BODIES, cut=st.integers(0, 60))
def test_json_cut_anywhere_gets_a_documented_answer(send: Send, body: Any, cut: int) -> None:
    assert_documented(send(json.dumps(body).encode()[:cut]))
