"""Occurrences in PostgreSQL become the log that was sent."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import SESSION_GAP, Project
from clustering.models import Text
from clustering.reports import slices
from ingestion.models import Field, FieldType
from ingestion.segments import Segment
from journeys import selectors
from journeys.selectors import Log, load_log
from tests.journeys.conftest import NOW, OUTLIER, Speaker

LONG_AGO = NOW - timedelta(days=3650)


def load(speaker: Speaker, since_days: float = 3650, segment: Segment = slices.EVERYTHING) -> Log:
    return load_log(slices.load(speaker.field, segment), NOW - timedelta(days=since_days), NOW)


def told(log: Log) -> list[list[str]]:
    """The topics of each session by name."""
    sessions: list[list[str]] = [[] for _ in log.is_open]
    for session, topic in zip(log.session.tolist(), log.topic.tolist(), strict=True):
        sessions[session].append(OUTLIER if topic == -1 else log.topics[topic].name)
    return sessions


def test_a_project_without_occurrences_has_an_empty_log(speaker: Speaker) -> None:
    log = load(speaker)
    assert (log.topics, told(log)) == ((), [])
    assert log.journeys(outliers=True).sessions == 0


def test_sessions_are_told_apart_and_in_order(speaker: Speaker) -> None:
    speaker.say("b", ["pricing", "features", "pricing"])
    speaker.say("a", ["login", OUTLIER])
    assert told(load(speaker)) == [["pricing", "features", "pricing"], ["login", OUTLIER]]


def test_messages_that_arrive_late_stand_where_they_were_sent(speaker: Speaker) -> None:
    at = NOW - timedelta(days=1)
    speaker.message("s", "second", at)
    speaker.message("s", "third", at)
    speaker.message("s", "first", at - timedelta(seconds=1))
    assert told(load(speaker)) == [["first", "second", "third"]]


def test_a_log_follows_its_texts_to_other_topics(speaker: Speaker) -> None:
    speaker.say("s", ["pricing", "features"])
    Text.objects.filter(project=speaker.project, topic=speaker.topic("features")).update(
        topic=speaker.topic("login")
    )
    assert told(load(speaker)) == [["pricing", "login"]]
    Text.objects.filter(project=speaker.project).update(topic=None)
    assert told(load(speaker)) == [[OUTLIER, OUTLIER]]


def test_each_dimension_and_project_has_its_own_log(
    speaker: Speaker, other_tenant: object, project: Project
) -> None:
    speaker.say("s", ["pricing"])
    Speaker(project, "feedback").say("s", ["praise"])
    rival = Project.objects.unscoped().exclude(pk=project.pk).get()
    Speaker(rival).say("s", ["secret"])
    assert told(load(speaker)) == [["pricing"]]


def test_a_session_counts_in_the_period_it_begins_in_and_then_whole(speaker: Speaker) -> None:
    begins_before = NOW - timedelta(days=7, minutes=1)
    speaker.message("before", "old", begins_before)
    speaker.message("before", "new", NOW - timedelta(days=6))
    speaker.message("within", "first", NOW - timedelta(days=6, hours=23))
    speaker.message("within", "last", NOW - timedelta(days=1))
    assert told(load(speaker, 7)) == [["first", "last"]]


@pytest.mark.parametrize(
    ("quiet_for", "is_open"), [(SESSION_GAP - timedelta(minutes=1), True), (SESSION_GAP, False)]
)
def test_a_session_is_open_until_it_was_quiet_for_the_gap(
    speaker: Speaker, quiet_for: timedelta, is_open: bool
) -> None:
    speaker.say("s", ["pricing"], ended=NOW - quiet_for)
    assert load(speaker).is_open.tolist() == [is_open]


def test_any_event_keeps_a_session_open(speaker: Speaker, project: Project) -> None:
    speaker.say("s", ["pricing"])
    Speaker(project, "feedback").say("s", ["praise"], ended=NOW)
    speaker.say("t", ["pricing"])
    assert load(speaker).is_open.tolist() == [True, False]


def test_a_log_takes_few_queries_however_large(speaker: Speaker) -> None:
    for number in range(30):
        speaker.say(f"s{number}", ["pricing", "features"])
    with CaptureQueriesContext(connection) as queries:
        load(speaker)
    # changes of topics, blocks, rows, topics of texts, names, open sessions
    assert len(queries) == 6


def test_a_topic_deleted_meanwhile_keeps_its_number(speaker: Speaker) -> None:
    topic = speaker.topic("pricing")
    found = selectors.topics_by_id(speaker.project.pk, [topic.pk, 10**9])
    assert {pk: str(each) for pk, each in found.items()} == {
        topic.pk: "pricing",
        10**9: "Topic 1000000000",
    }


def test_a_segment_holds_whole_sessions_with_a_message_in_it(speaker: Speaker) -> None:
    Field.objects.create(project=speaker.project, key="platform", detected_type=FieldType.ENUM)
    speaker.say("phone", ["pricing"], metadata={"platform": "ios"})
    speaker.say("desk", ["pricing", "login"], metadata={"platform": "web"})
    at = NOW - timedelta(days=2)
    speaker.message("both", "pricing", at, metadata={"platform": "web"})
    speaker.message("both", "features", at + timedelta(minutes=1), metadata={"platform": "ios"})
    speaker.message("both", "login", at + timedelta(minutes=2))
    ios = Segment({"platform": ("ios",)})
    assert told(load(speaker, segment=ios)) == [["pricing"], ["pricing", "features", "login"]]
    assert told(load(speaker, segment=Segment({"platform": ("vms",)}))) == []
