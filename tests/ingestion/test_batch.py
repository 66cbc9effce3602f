"""`POST /track/batch`: good events are stored whatever stands beside them."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest

from accounts.models import Organization, Project
from billing.services import subscribe
from ingestion.limits import MAX_BATCH, MAX_BATCH_BODY, MAX_BODY, MAX_VALUES
from ingestion.models import Event, PendingEvent
from tests.ingestion.conftest import EVENT, Send

LINES = "application/x-ndjson"


def batch(send: Send, body: Any, **extra: Any) -> Any:
    return send(body, path="/track/batch", **extra)


def lines(*events: Any) -> bytes:
    return b"\n".join(json.dumps(event).encode() for event in events)


def said(number: int) -> dict[str, Any]:
    return EVENT | {"session_id": f"s{number}", "user_id": number, "event_id": f"e{number}"}


@pytest.mark.parametrize("path", ["/track/batch", "/track/batch/"])
def test_an_array_is_stored_in_its_order(send: Send, project: Project, path: str) -> None:
    answer = send([said(1), said(2), said(3)], path=path)
    assert answer.status_code == 200
    assert answer.json() == {
        "accepted": 3,
        "refused": 0,
        "events": [
            {"index": 0, "user_id": 1, "session_id": "s1"},
            {"index": 1, "user_id": 2, "session_id": "s2"},
            {"index": 2, "user_id": 3, "session_id": "s3"},
        ],
    }
    events = Event.objects.filter(project=project).order_by("pk")
    assert [event.session_id for event in events] == ["s1", "s2", "s3"]
    assert PendingEvent.objects.filter(project=project).count() == 3


def test_json_lines_are_stored(send: Send, project: Project) -> None:
    body = lines(said(1)) + b"\r\n\n" + lines(said(2)) + b"\n"
    answer = batch(send, body, content_type=LINES)
    assert (answer.status_code, answer.json()["accepted"]) == (200, 2)
    assert Event.objects.filter(project=project).count() == 2


def test_bad_events_are_told_by_index_and_the_others_stored(send: Send, project: Project) -> None:
    body = [said(0), {"name": "x"}, 7, said(3) | {"name": " "}, said(4)]
    answer = batch(send, body).json()
    assert (answer["accepted"], answer["refused"]) == (2, 3)
    assert [event.get("code") for event in answer["events"]] == [
        None,
        "MISSING_REQUIRED_FIELD",
        "INVALID_REQUEST",
        "INVALID_REQUEST",
        None,
    ]
    assert answer["events"][1]["field"] == "metadata"
    assert answer["events"][1]["success"] is False
    assert Event.objects.filter(project=project).count() == 2


def test_a_bad_line_is_one_bad_event(send: Send) -> None:
    body = lines(said(0)) + b'\n{"name": \n\xff\n' + lines(said(3))
    answer = batch(send, body, content_type=LINES).json()
    assert (answer["accepted"], answer["refused"]) == (2, 2)
    assert [event["index"] for event in answer["events"] if "error" in event] == [1, 2]
    assert answer["events"][1]["error"].endswith("(column 10).")


def test_where_nothing_is_stored_the_answer_is_no_200(send: Send) -> None:
    answer = batch(send, [{}, {"name": "x"}])
    assert answer.status_code == 400
    body = answer.json()
    assert (body["success"], body["code"]) == (False, "MISSING_REQUIRED_FIELD")
    assert (body["accepted"], body["refused"], len(body["events"])) == (0, 2, 2)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"[", b"null", b'"x"', b"\xff[]"])
def test_what_is_no_batch_is_refused(send: Send, body: bytes) -> None:
    answer = batch(send, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST")


def test_too_many_events_are_refused(send: Send, project: Project) -> None:
    answer = batch(send, [EVENT] * (MAX_BATCH + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "PAYLOAD_TOO_LARGE")
    assert batch(send, [EVENT] * MAX_BATCH).json()["accepted"] == MAX_BATCH
    assert Event.objects.filter(project=project).count() == MAX_BATCH


@pytest.mark.parametrize("content_type", ["application/json", LINES])
def test_an_event_as_large_as_no_single_one_may_be_is_refused(
    send: Send, content_type: str
) -> None:
    huge = EVENT | {"metadata": {f"k{n}": "x" * 90_000 for n in range(MAX_BODY // 90_000 + 1)}}
    body = lines(said(0), huge) if content_type == LINES else [said(0), huge]
    answer = batch(send, body, content_type=content_type).json()
    assert answer["accepted"] == 1
    assert answer["events"][1]["code"] == "PAYLOAD_TOO_LARGE"


@pytest.mark.parametrize("content_type", ["application/json", LINES])
@pytest.mark.parametrize("value", [b"{}", b"[]", b'""', b"11"])
def test_what_would_unfold_in_memory_is_refused_whole(
    send: Send, content_type: str, value: bytes
) -> None:
    many = b",".join([value] * (MAX_VALUES // 4))
    event = b'{"name": "x", "metadata": {"a": [%b]}}' % many
    assert len(event) < MAX_BODY
    body = b"\n".join([event] * 5) if content_type == LINES else b"[%b]" % b",".join([event] * 5)
    answer = batch(send, body, content_type=content_type)
    assert (answer.status_code, answer.json()["code"]) == (413, "PAYLOAD_TOO_LARGE")
    assert "accepted" not in answer.json()


def test_a_text_that_looks_like_many_values_is_one(send: Send) -> None:
    code = json.dumps('[{},"\\",' * 10_000)
    events = b",".join([b'{"name": "x", "metadata": {"a": %b}}' % code.encode()] * 40)
    assert events.count(b",") + events.count(b"[") + events.count(b"{") > MAX_VALUES
    assert batch(send, b"[%b]" % events).json()["accepted"] == 40


@pytest.mark.parametrize("content_type", ["application/json", LINES])
def test_an_event_is_as_large_as_its_bytes_whatever_its_script(
    send: Send, content_type: str
) -> None:
    large = EVENT | {"metadata": {f"k{n}": "漢" * 100_000 for n in range(3)} | {"odd": "\ud800"}}
    written = json.dumps(large, ensure_ascii=False).replace("\ud800", "\\ud800").encode()
    assert len(written) < MAX_BODY
    body = written + b"\n" + written if content_type == LINES else b"[%b,%b]" % (written, written)
    assert batch(send, body, content_type=content_type).json()["accepted"] == 2


class TestGzip:
    def send(self, send: Send, body: bytes, **extra: Any) -> Any:
        return batch(send, body, headers={"Content-Encoding": "gzip"}, **extra)

    def test_it_is_inflated(self, send: Send) -> None:
        packed = gzip.compress(lines(said(1))) + gzip.compress(b"\n" + lines(said(2)))
        assert self.send(send, packed, content_type=LINES).json()["accepted"] == 2

    def test_a_bomb_is_refused_before_it_unfolds(self, send: Send) -> None:
        bomb = gzip.compress(b" " * (MAX_BATCH_BODY + 1))
        answer = self.send(send, bomb)
        assert (answer.status_code, answer.json()["code"]) == (413, "PAYLOAD_TOO_LARGE")

    def test_each_event_may_be_a_member(self, send: Send) -> None:
        packed = b"".join(gzip.compress(lines(said(n)) + b"\n") for n in range(MAX_BATCH))
        assert self.send(send, packed, content_type=LINES).json()["accepted"] == MAX_BATCH

    def test_more_members_than_events_are_refused_before_they_unfold(self, send: Send) -> None:
        answer = self.send(send, gzip.compress(b"") * (MAX_BATCH + 1))
        assert (answer.status_code, answer.json()["code"]) == (413, "PAYLOAD_TOO_LARGE")

    @pytest.mark.parametrize(
        "body",
        [b"[]", gzip.compress(b"[]" * 99)[:-9], zlib.compress(b"[]"), gzip.compress(b"[]") + b"x"],
        ids=["plain", "cut short", "zlib", "more behind"],
    )
    def test_what_is_no_gzip_is_refused(self, send: Send, body: bytes) -> None:
        answer = self.send(send, body)
        assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST")

    def test_another_encoding_is_refused(self, send: Send) -> None:
        answer = batch(send, b"x", headers={"Content-Encoding": "br"})
        assert (answer.status_code, answer.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_another_content_type_is_refused(send: Send) -> None:
    answer = batch(send, b"[]", content_type="text/plain")
    assert (answer.status_code, answer.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_dry_run_is_refused_lest_it_store(send: Send, project: Project) -> None:
    answer = send([EVENT], path="/track/batch?dry_run=1")
    assert answer.status_code == 400
    assert not Event.objects.filter(project=project).exists()


class TestQuota:
    def test_what_does_not_fit_is_told_event_by_event(
        self, send: Send, organization: Organization, project: Project
    ) -> None:
        subscribe(organization, "pro", event_limit=3)
        answer = batch(send, [said(n) for n in range(5)])
        body = answer.json()
        assert (answer.status_code, body["accepted"], body["refused"]) == (200, 3, 2)
        assert body["events"][3]["reason"] == "quota_exceeded"
        assert answer["X-RateLimit-Remaining"] == "0"
        assert Event.objects.filter(project=project).count() == 3

        full = batch(send, [said(9)])
        assert (full.status_code, full.json()["code"]) == (429, "RATE_LIMIT_EXCEEDED")
        assert int(full["Retry-After"]) > 0

    def test_bad_events_cost_nothing(self, send: Send, organization: Organization) -> None:
        subscribe(organization, "pro", event_limit=10)
        answer = batch(send, [{}, said(1), {}])
        assert answer["X-RateLimit-Remaining"] == "9"
