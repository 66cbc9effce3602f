"""Number fields of a topic's events, against all events of the dimension."""

from __future__ import annotations

from collections.abc import Callable
from statistics import mean, median
from typing import Any

import numpy as np
import pytest
from django.test import Client

from accounts.models import Project, User
from clustering import pipeline
from clustering.models import Text
from clustering.numbers import number_fields
from clustering.selectors import period_of
from ingestion.models import Field, FieldType
from tests.clustering.messages import ACCESS, ALL, field_of, send

pytestmark = pytest.mark.django_db

SignedIn = Callable[[User], Client]


def topic_of(project: Project) -> Any:
    text = (
        Text.objects.filter(project=project).select_related("topic__field").get(content=ACCESS[0])
    )
    return text.topic


def numbers(project: Project, days: str = "30") -> dict[str, Any]:
    topic = topic_of(project)
    return {each.key: each for each in number_fields(topic, period_of(topic.field, days))}


def field(project: Project, key: str) -> None:
    known, _ = Field.objects.get_or_create(
        project=project, key=key, defaults={"detected_type": FieldType.NUMBER}
    )
    known.override = FieldType.NUMBER
    known.save()


@pytest.fixture
def topics(project: Project) -> Project:
    send(project, ALL, cost=0.5)
    for place, seconds in enumerate([1, 2.5, "4", " 40 ", 3e2]):
        send(project, ACCESS[:1], cost=seconds, usage={"tokens": place})
    for odd in ["12 ms", "1,000", "NaN", "1e999", "9" * 80, True, "-", ""]:
        send(project, ACCESS[:1], cost=odd)
    send(project, ACCESS[:1], days_ago=20, cost=9_000)
    pipeline.drain(project)
    field(project, "cost")
    field(project, "usage.tokens")
    return project


def test_figures_are_those_of_the_events_of_the_period(topics: Project) -> None:
    week = numbers(topics, "7")["cost"]
    mine = [0.5] * len(ACCESS) + [1, 2.5, 4, 40, 300]
    every = [0.5] * len(ALL) + [1, 2.5, 4, 40, 300]
    for figures, values in ((week.topic, mine), (week.all, every)):
        assert figures.count == len(values)
        assert figures.median == pytest.approx(median(values))
        assert figures.mean == pytest.approx(mean(values))
        assert figures.p95 == pytest.approx(float(np.percentile(values, 95)))
    assert numbers(topics)["cost"].topic.count == len(mine) + 1


def test_values_that_are_no_plain_number_are_left_out_and_counted(topics: Project) -> None:
    assert numbers(topics)["cost"].unread == 7  # a blank one is no value


def test_nested_keys_are_read(topics: Project) -> None:
    assert numbers(topics)["usage.tokens"].topic.mean == 2


def test_the_page_shows_them_to_members_alone(
    topics: Project, signed_in: SignedIn, teammate: User, outsider: User
) -> None:
    path = f"/p/{topics.slug}/topics/{topic_of(topics).pk}/numbers/?days=7"
    page = signed_in(teammate).get(path).content.decode()
    assert "usage.tokens" in page
    assert "7 values left out" in page
    assert signed_in(outsider).get(path).status_code == 404


def test_without_number_fields_nothing_is_shown(
    project: Project, signed_in: SignedIn, teammate: User
) -> None:
    send(project, ALL)
    pipeline.drain(project)
    assert field_of(project)
    path = f"/p/{project.slug}/topics/{topic_of(project).pk}/numbers/"
    assert signed_in(teammate).get(path).content.decode().strip() == ""
