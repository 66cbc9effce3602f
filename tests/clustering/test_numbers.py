"""Number fields of topics' events, against all events of the dimension."""

from __future__ import annotations

import csv
from collections.abc import Callable
from io import StringIO
from statistics import mean, median
from typing import Any

import numpy as np
import pytest
from django.test import Client

from accounts.models import Project, User
from clustering import pipeline
from clustering.columns import blocks
from clustering.models import Block, Text, Topic
from clustering.reports import numbers, slices
from clustering.reports.numbers import Figures, NumberField
from clustering.reports.selectors import period_of
from ingestion.models import Field, FieldType
from ingestion.segments import Segment
from tests.clustering.messages import ACCESS, ALL, PRICE, SINGLE, field_of, send

pytestmark = pytest.mark.django_db

SignedIn = Callable[[User], Client]


def topic_of(project: Project, text: str = ACCESS[0]) -> Topic:
    found = Text.objects.select_related("topic__field").get(project=project, content=text).topic
    assert found is not None
    return found


def numbers_of(project: Project, days: str = "30", segment: str = "") -> dict[str, NumberField]:
    topic = topic_of(project)
    of = slices.load(topic.field, Segment.parse(segment))
    when, fields = period_of(topic.field, days), numbers.number_fields(topic.field)
    return {each.key: each for each in numbers.of_topic(of, topic, when, fields)}


def a_field(project: Project, key: str, kind: FieldType) -> None:
    known, _ = Field.objects.get_or_create(
        project=project, key=key, defaults={"detected_type": kind}
    )
    known.override = kind
    known.save()


def tell(figures: Figures, values: list[float]) -> None:
    assert figures.count == len(values)
    assert figures.sum == pytest.approx(sum(values))
    assert figures.mean == pytest.approx(mean(values))
    assert figures.median == pytest.approx(median(values))
    assert figures.p95 == pytest.approx(float(np.percentile(values, 95)))
    assert sum(figures.histogram) == len(values)


def fill(project: Project) -> Project:
    send(project, ALL, cost=0.5, platform="web")
    for place, seconds in enumerate([1, 2.5, "4", " 40 ", 3e2]):
        send(project, ACCESS[:1], cost=seconds, usage={"tokens": place}, platform="<b>ios</b>")
    for odd in ["12 ms", "1,000", "NaN", "1e999", "9" * 80, True, "-", ""]:
        send(project, ACCESS[:1], cost=odd, platform="web")
    send(project, ACCESS[:1], days_ago=20, cost=9_000, platform="web")
    pipeline.drain(project)
    a_field(project, "cost", FieldType.NUMBER)
    a_field(project, "usage.tokens", FieldType.NUMBER)
    a_field(project, "platform", FieldType.ENUM)
    blocks.seal(project)
    return project


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "ROWS", 4)


@pytest.fixture(params=["rows", "blocks"])
def topics(request: pytest.FixtureRequest, project: Project) -> Project:
    """Read from the events themselves, or all but the last of them from blocks."""
    if request.param == "blocks":
        request.getfixturevalue("small_blocks")
    filled = fill(project)
    assert Block.objects.filter(project=project).exists() is (request.param == "blocks")
    return filled


ODD_ONES = [1, 2.5, 4, 40, 300]


def test_figures_are_those_of_the_events_of_the_period(topics: Project) -> None:
    week = numbers_of(topics, "7")["cost"]
    tell(week.topic, [0.5] * len(ACCESS) + ODD_ONES)
    tell(week.all, [0.5] * len(ALL) + ODD_ONES)
    assert numbers_of(topics)["cost"].topic.count == week.topic.count + 1


def test_figures_are_those_of_the_segment(topics: Project) -> None:
    ios = numbers_of(topics, segment="where.platform=%3Cb%3Eios%3C%2Fb%3E")["cost"]
    web = numbers_of(topics, "7", segment="where.platform=web")["cost"]
    tell(ios.topic, ODD_ONES)
    tell(ios.all, ODD_ONES)
    tell(web.topic, [0.5] * len(ACCESS))
    tell(web.all, [0.5] * len(ALL))
    assert numbers_of(topics, segment="where.platform=windows") == {}


def test_values_that_are_no_plain_number_are_left_out_and_counted(topics: Project) -> None:
    found = numbers_of(topics)["cost"]
    assert found.topic.unread == found.all.unread == 7  # a blank one is no value


def test_nested_keys_are_read(topics: Project) -> None:
    assert numbers_of(topics)["usage.tokens"].topic.mean == 2


def test_topics_and_outliers_make_up_the_table(topics: Project) -> None:
    known, cost = field_of(topics), Field.objects.get(project=topics, key="cost")
    table = numbers.by_topic(slices.load(known), period_of(known, "7"), cost)
    found = {row.label: row.figures for row in table.rows}
    tell(found[topic_of(topics).label], [0.5] * len(ACCESS) + ODD_ONES)
    tell(found[topic_of(topics, PRICE[0]).label], [0.5] * len(PRICE))
    tell(found["Outliers"], [0.5] * len(SINGLE))
    tell(table.all, [0.5] * len(ALL) + ODD_ONES)
    assert sum(row.figures.count for row in table.rows) == table.all.count


def test_the_page_of_a_topic_shows_them_to_members_alone(
    topics: Project, signed_in: SignedIn, teammate: User, outsider: User
) -> None:
    path = f"/p/{topics.slug}/topics/{topic_of(topics).pk}/numbers/?days=7"
    page = signed_in(teammate).get(path).content.decode()
    assert "usage.tokens" in page
    assert "7 values left out" in page
    assert page.count("<figure") == 2
    assert "this topic, 11<" in page
    assert "all, 27<" in page
    assert signed_in(outsider).get(path).status_code == 404


def test_the_page_says_which_segment_its_numbers_are_of(
    topics: Project, signed_in: SignedIn, teammate: User
) -> None:
    query = "?where.platform=%3Cb%3Eios%3C%2Fb%3E"
    path = f"/p/{topics.slug}/topics/{topic_of(topics).pk}/"
    client = signed_in(teammate)
    whole = client.get(f"{path}{query}").content.decode()
    assert f'hx-get="{path}numbers/{query}"' in whole
    assert f'hx-get="{path}around/{query}"' in whole
    part = client.get(f"{path}numbers/{query}").content.decode()
    assert "platform is &lt;b&gt;ios&lt;/b&gt;" in part
    assert "this topic, 5<" in part
    around = client.get(f"{path}around/{query}").content.decode()
    assert f"&amp;{query[1:]}&amp;topic=" in around


@pytest.mark.usefixtures("small_blocks")
def test_a_field_that_workers_have_yet_to_read_is_asked_for_again(
    project: Project, signed_in: SignedIn, teammate: User
) -> None:
    topics = fill(project)
    a_field(topics, "late", FieldType.NUMBER)
    path = f"/p/{topics.slug}/topics/{topic_of(topics).pk}/numbers/"
    client = signed_in(teammate)
    page = client.get(path).content.decode()
    assert "<code>late</code>" in page
    assert "every 3s" in page
    assert "<code>cost</code>" in page
    assert (
        "every 3s" in client.get(f"/p/{topics.slug}/topics/numbers/?number=late").content.decode()
    )


def test_the_table_is_sorted_as_the_url_says(
    topics: Project, signed_in: SignedIn, teammate: User
) -> None:
    client, path = signed_in(teammate), f"/p/{topics.slug}/topics/numbers/?number=cost&days=7"

    def labels(sort: str) -> list[str]:
        rows = client.get(f"{path}&sort={sort}").context["listing"].page
        return [row.label for row in rows]

    access = topic_of(topics).label
    assert labels("mean")[0] == labels("sum")[0] == labels("nonsense")[0] == access
    assert labels("-mean")[-1] == access
    assert labels("label") == sorted(labels("-label"), key=str.casefold)
    page = client.get(f"{path}&sort=mean").content.decode()
    assert 'aria-sort="descending"' in page
    assert "sort=-mean" in page


def test_the_table_is_downloaded_as_csv(
    topics: Project, signed_in: SignedIn, teammate: User
) -> None:
    Topic.objects.filter(project=topics, pk=topic_of(topics).pk).update(label="=1+1")
    path = f"/p/{topics.slug}/topics/numbers/?number=cost&days=7&sort=mean&format=csv"
    answer = signed_in(teammate).get(path)
    sent: Any = answer
    rows = list(csv.DictReader(StringIO(b"".join(sent.streaming_content).decode())))
    assert "cost-by-prompt-7-days.csv" in answer.headers["Content-Disposition"]
    assert rows[0]["topic"] == "'=1+1"
    assert (rows[0]["events"], rows[0]["left_out"]) == ("11", "7")
    assert float(rows[0]["sum"]) == 350.5
    assert {row["topic_id"] for row in rows if row["topic"] == "Outliers"} == {""}


def test_a_value_of_a_breakdown_leads_to_its_segment(
    topics: Project, signed_in: SignedIn, teammate: User
) -> None:
    path = f"/p/{topics.slug}/topics/{topic_of(topics).pk}/"
    client = signed_in(teammate)
    page = client.get(f"{path}?days=7&event=user_prompt").content.decode()
    query = "?days=7&amp;where.platform=%3Cb%3Eios%3C%2Fb%3E&amp;event=user_prompt"
    assert f'<a class="plain" href="{query}">' in page
    narrowed = client.get(path + query.replace("&amp;", "&"))
    assert narrowed.context["details"].row.trend.occurrences == 5
    assert "messages where <bdi>" in narrowed.content.decode()


def test_without_number_fields_nothing_is_shown(
    project: Project, signed_in: SignedIn, teammate: User
) -> None:
    send(project, ALL)
    pipeline.drain(project)
    client = signed_in(teammate)
    path = f"/p/{project.slug}/topics/{topic_of(project).pk}/numbers/"
    assert client.get(path).content.decode().strip() == ""
    assert (
        "No number fields yet" in client.get(f"/p/{project.slug}/topics/numbers/").content.decode()
    )
