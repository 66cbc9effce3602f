"""The pages of topics, outliers and one topic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from accounts.models import Project, User
from clustering import pipeline
from clustering.models import ClusteringRun, Lineage, LineageKind, Text, Theme, Topic
from ingestion.models import Event, Field, FieldType
from tests.clustering.messages import ACCESS, ALL, DISCOUNT, PARCEL, PRICE, field_of, send

pytestmark = pytest.mark.django_db

SCRIPT = "<script>alert('login')</script> I forgot my login password"
SignedIn = Callable[[User], Client]


@pytest.fixture
def topics(project: Project) -> Project:
    """A project with topics, of which one message is hostile."""
    send(project, [*ALL, SCRIPT], platform="ios")
    send(project, ACCESS, days_ago=3, platform="<b>web</b>")
    pipeline.drain(project)
    return project


def topic_with(project: Project, content: str) -> Topic:
    topic = Text.objects.filter(project=project).select_related("topic").get(content=content).topic
    assert topic is not None
    return topic


def body(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.content.decode()


@pytest.mark.parametrize(
    "page", ["", *(f"topics/{page}" for page in ("", "?q=a", "outliers/", "progress/", "{topic}/"))]
)
def test_pages_are_for_members_alone(
    topics: Project, signed_in: SignedIn, teammate: User, outsider: User, page: str
) -> None:
    topic = topic_with(topics, ACCESS[0])
    path = f"/p/{topics.slug}/{page.format(topic=topic.pk)}"
    assert signed_in(teammate).get(path, follow=True).status_code == 200
    assert signed_in(outsider).get(path).status_code == 404
    assert Client().get(path).status_code == 302


def test_a_project_opens_at_its_overview(topics: Project, member: Client) -> None:
    answer = member.get(f"/p/{topics.slug}/")
    assert answer.headers["Location"] == f"/p/{topics.slug}/overview/"


def test_topics_are_listed_with_label_source_share_and_examples(
    topics: Project, member: Client
) -> None:
    page = body(member, f"/p/{topics.slug}/topics/")
    topic = topic_with(topics, ACCESS[0])
    assert escape(topic.label) in page
    assert "badge-keywords" in page
    assert "45 %, 13" in page  # of 29 messages
    assert "28 %, 8" in page  # outliers
    assert "What are your pricing plans?" in page


def test_shares_add_up_to_all_messages(topics: Project, member: Client) -> None:
    table = member.get(f"/p/{topics.slug}/topics/").context["table"]
    shares = [row.share for row in table.rows] + [table.outlier_share]
    assert sum(shares) == pytest.approx(1)
    assert table.occurrences == len(ALL) + 1 + len(ACCESS)
    assert table.waiting == 0


def test_periods_count_by_when_messages_were_sent(project: Project, member: Client) -> None:
    send(project, ALL, days_ago=40)
    send(project, [*ACCESS, *ACCESS], days_ago=1)
    send(project, PRICE, days_ago=8)
    pipeline.drain(project)
    access, price = topic_with(project, ACCESS[0]).pk, topic_with(project, PRICE[0]).pk

    def rows(days: str) -> dict[int, Any]:
        answer = member.get(f"/p/{project.slug}/topics/?days={days}")
        return {row.topic.pk: row for row in answer.context["table"].rows}

    week, month, quarter, ever = rows("7"), rows("30"), rows("90"), rows("all")
    assert [found[access].trend.occurrences for found in (week, month, quarter, ever)] == [
        12,
        12,
        18,
        18,
    ]
    assert [found[price].trend.occurrences for found in (week, month, quarter)] == [0, 3, 6]
    assert week[price].change == -1
    assert week[access].is_new
    assert month[access].change is quarter[access].change is None  # nothing to compare with
    assert week[access].trend.bars[-2] == 12
    assert week[price].trend.earlier[-2] == 3  # a week before yesterday


@pytest.mark.parametrize(
    "sort", ["share", "-share", "label", "-label", "change", "-change", "newest", "nonsense"]
)
def test_topics_are_sorted(topics: Project, member: Client, sort: str) -> None:
    rows = member.get(f"/p/{topics.slug}/topics/?sort={sort}").context["table"].rows
    assert len(rows) == 4
    if sort.endswith("label"):
        labels = [str(row.topic) for row in rows]
        assert labels == sorted(labels, reverse=sort == "-label")
    if sort in ("share", "-share", "nonsense"):
        sizes = [row.trend.occurrences for row in rows]
        assert sizes == sorted(sizes, reverse=sort != "-share")


def test_a_click_on_a_column_turns_it_round(topics: Project, member: Client) -> None:
    first = member.get(f"/p/{topics.slug}/topics/")
    assert first.context["heads"]["share"].code == "-share"
    assert first.context["heads"]["label"].code == "label"
    page = body(member, f"/p/{topics.slug}/topics/?sort=-share")
    assert 'aria-sort="ascending"><a class="sort" href="?sort=share"' in page


def test_a_change_that_nothing_can_be_said_of_comes_last(project: Project, member: Client) -> None:
    send(project, ALL, days_ago=20)
    send(project, ALL[:6] * 4, days_ago=9)
    send(project, ALL)
    pipeline.drain(project)
    for sort in ("change", "-change"):
        rows = member.get(f"/p/{project.slug}/topics/?days=7&sort={sort}").context["table"].rows
        known = [row.change for row in rows if row.change is not None]
        assert [row.change for row in rows[len(known) :]] == [None] * (len(rows) - len(known))
        assert 0 < len(known) < len(rows)


def test_badges_need_more_than_a_few_messages(project: Project, member: Client) -> None:
    send(project, ALL, days_ago=20)
    send(project, ACCESS * 6, days_ago=9)
    send(project, [*ACCESS, *PRICE, *DISCOUNT * 4])
    pipeline.drain(project)
    page = member.get(f"/p/{project.slug}/topics/?days=7")
    said = {row.topic.pk: row.movement for row in page.context["table"].rows}
    assert said[topic_with(project, ACCESS[0]).pk] == "shrinking"
    assert said[topic_with(project, DISCOUNT[0]).pk] == "new"
    assert said[topic_with(project, PRICE[0]).pk] == ""
    assert "badge-shrinking" in page.content.decode()
    assert "none before" in page.content.decode()


def test_pinned_topics_come_first_and_hidden_ones_are_not_listed(
    topics: Project, member: Client
) -> None:
    rows = member.get(f"/p/{topics.slug}/topics/").context["table"].rows
    last, first = rows[-1].topic, rows[0].topic
    Topic.objects.filter(project=topics, pk=last.pk).update(pinned=True)
    Topic.objects.filter(project=topics, pk=first.pk).update(hidden=True)
    page = member.get(f"/p/{topics.slug}/topics/")
    shown = [row.topic.pk for row in page.context["listing"].page]
    assert shown[0] == last.pk
    assert first.pk not in shown
    assert "1 hidden topic" in page.content.decode()
    hidden = member.get(f"/p/{topics.slug}/topics/?hidden=show").context["listing"].page
    assert [row.topic.pk for row in hidden] == [first.pk]


def test_topics_are_narrowed_to_a_theme(topics: Project, member: Client) -> None:
    known = field_of(topics)
    theme = Theme.objects.create(project=topics, field=known, label="<b>Money</b>")
    Topic.objects.filter(project=topics).update(theme=None)
    priced = [topic_with(topics, text).pk for text in (PRICE[0], DISCOUNT[0])]
    Topic.objects.filter(project=topics, pk__in=priced).update(theme=theme)
    page = member.get(f"/p/{topics.slug}/topics/")
    (told,) = page.context["table"].themes
    assert (told.topics, round(told.share * 29)) == (2, 6)
    assert "&lt;b&gt;Money" in page.content.decode()
    narrowed = member.get(f"/p/{topics.slug}/topics/?theme={theme.pk}").context["listing"].page
    assert {row.topic.pk for row in narrowed} == set(priced)


def test_topics_are_found_by_name(topics: Project, member: Client) -> None:
    known = field_of(topics)
    theme = Theme.objects.create(project=topics, field=known, label="Money")
    Topic.objects.bulk_create(
        Topic(project=topics, field=known, label=f"Subject {place}", threshold=0.5)
        for place in range(60)
    )
    Topic.objects.filter(project=topics, label="Subject 7").update(theme=theme, pinned=True)

    def found(find: str) -> list[str]:
        page = member.get(f"/p/{topics.slug}/topics/", {"find": find})
        return [str(row.topic) for row in page.context["listing"].page]

    assert found("subject 41") == ["Subject 41"]
    assert found("money SUBJECT") == ["Subject 7"]
    assert found("<script>") == []
    page = member.get(f"/p/{topics.slug}/topics/?days=7&find=subject&sort=label")
    html = page.content.decode()
    assert 'name="days" value="7"' in html
    assert "find=subject" in html.split('rel="next"')[1].split(">")[0]
    assert "Outliers</a>" not in html
    assert "&lt;script&gt;" in body(member, f"/p/{topics.slug}/topics/?find=<script>")


def test_five_hundred_topics_are_paged_with_links_to_the_ends(
    topics: Project, member: Client
) -> None:
    known = field_of(topics)
    Topic.objects.bulk_create(
        Topic(project=topics, field=known, label=f"Subject {place}", threshold=0.5)
        for place in range(496)
    )
    page = body(member, f"/p/{topics.slug}/topics/?sort=label&page=5")
    assert "201–250 of 500 topics" in page
    for number in (1, 3, 4, 6, 7, 10):
        assert f'href="?sort=label&amp;page={number}" aria-label="Page {number}"' in page
    assert 'aria-label="Page 8"' not in page


def test_search_finds_texts_with_all_words(topics: Project, member: Client) -> None:
    page = body(member, f"/p/{topics.slug}/topics/?q=PASSWORD+reset")
    assert "Password reset not working" in page
    assert "How do I reset my password?" in page
    assert "I forgot my login credentials" not in page
    assert "Nothing found" in body(member, f"/p/{topics.slug}/topics/?q=100%25_sure")


def test_outliers_are_listed_with_the_nearest_topic(topics: Project, member: Client) -> None:
    page = body(member, f"/p/{topics.slug}/topics/outliers/")
    assert "Write a blog post about AI" in page
    assert ACCESS[0] not in page


def test_what_users_wrote_is_escaped_everywhere(topics: Project, member: Client) -> None:
    topic = topic_with(topics, SCRIPT)
    Text.objects.filter(project=topics, content=SCRIPT).update(occurrences=100, similarity=0.999)
    for path in ("topics/", f"topics/{topic.pk}/", "topics/?q=<script>", "topics/outliers/"):
        page = body(member, f"/p/{topics.slug}/{path}")
        assert "<script>alert" not in page
        assert "<b>web</b>" not in page
    assert "&lt;script&gt;alert" in body(member, f"/p/{topics.slug}/topics/{topic.pk}/")
    assert "&lt;b&gt;web" in body(member, f"/p/{topics.slug}/topics/{topic.pk}/")


def test_a_topic_shows_its_texts_trend_breakdown_and_neighbours(
    topics: Project, member: Client
) -> None:
    topic = topic_with(topics, ACCESS[0])
    answer = member.get(f"/p/{topics.slug}/topics/{topic.pk}/")
    page = answer.content.decode()
    details = answer.context["details"]
    assert (details.texts, details.row.trend.occurrences) == (7, 13)
    assert all(text in page for text in ("Account locked out", "similarity 0."))
    (platform,) = answer.context["breakdowns"]
    assert platform.key == "platform"
    assert [value[:2] for value in platform.values] == [("ios", 7), ("<b>web</b>", 6)]
    assert topic.pk not in [each.pk for each, _ in answer.context["neighbours"]]
    assert len(answer.context["neighbours"]) == 3
    assert "Born here" in page
    days = [row for row in page.split("<tr>") if "<time" in row and "data-value" in row]
    assert [row.count('data-value="6"') for row in days[-4:]] == [1, 0, 0, 0]
    assert 'data-value="7">7</td>' in days[-1]
    assert "chartjs/chart.js" in page
    assert "chartjs/chart.js" not in body(member, f"/p/{topics.slug}/topics/")


def test_ids_are_no_breakdown(topics: Project, member: Client) -> None:
    for event in Event.objects.filter(project=topics):
        event.metadata["ticket"] = f"ticket-{event.pk}"
        event.save(update_fields=["metadata"])
    Field.objects.create(project=topics, key="ticket", detected_type=FieldType.ENUM, events=99)
    topic = topic_with(topics, ACCESS[0])
    answer = member.get(f"/p/{topics.slug}/topics/{topic.pk}/")
    assert [each.key for each in answer.context["breakdowns"]] == ["platform"]


def test_a_topic_of_another_project_is_not_found(
    topics: Project, outsider: User, other_tenant: Any, signed_in: SignedIn
) -> None:
    topic = topic_with(topics, ACCESS[0])
    client = signed_in(outsider)
    path = f"/p/{other_tenant.project.slug}/topics/{topic.pk}/"
    assert client.get(path).status_code == 404
    assert client.post(path, {"label": "Mine"}).status_code == 404
    assert client.post(f"{path}reset-name/").status_code == 404


def test_a_member_renames_a_topic_and_undoes_it(
    topics: Project, member: Client, teammate: User
) -> None:
    topic = topic_with(topics, ACCESS[0])
    path = f"/p/{topics.slug}/topics/{topic.pk}/"
    renamed = member.post(path, {"label": "  Locked\n out ", "description": ""}, follow=True)
    assert "Locked out" in renamed.content.decode()
    assert str(teammate) in renamed.content.decode()
    assert topic_with(topics, ACCESS[0]).label == "Locked out"
    member.post(f"{path}reset-name/")
    assert topic_with(topics, ACCESS[0]).label == topic.label


def test_a_name_must_not_be_empty_or_too_long(topics: Project, member: Client) -> None:
    topic = topic_with(topics, ACCESS[0])
    for label in ("", "   ", "x" * 81):
        page = member.post(f"/p/{topics.slug}/topics/{topic.pk}/", {"label": label})
        assert page.context["form"].errors
    assert topic_with(topics, ACCESS[0]).label == topic.label


def test_a_retired_topic_says_so(topics: Project, member: Client) -> None:
    topic = topic_with(topics, ACCESS[0])
    Text.objects.filter(project=topics, topic=topic).delete()
    send(topics, PARCEL)
    pipeline.drain(topics)
    page = body(member, f"/p/{topics.slug}/topics/{topic.pk}/")
    assert "This topic was retired" in page
    assert "No text belongs to this topic now" in page
    assert topic.label not in body(member, f"/p/{topics.slug}/topics/?days=all")


def test_a_topic_that_was_spread_over_others_says_which_got_most(
    topics: Project, member: Client
) -> None:
    spread, heir = topic_with(topics, ACCESS[0]), topic_with(topics, DISCOUNT[0])
    Lineage.objects.create(
        project=topics,
        run=ClusteringRun.objects.filter(project=topics).latest("pk"),
        kind=LineageKind.RETIRED,
        source=spread,
        target=heir,
        share=0.49,
    )
    told = "Retired: its messages went to several topics, the largest part (49 %) to"
    of_the_spread = body(member, f"/p/{topics.slug}/topics/{spread.pk}/")
    assert told in of_the_spread
    of_the_heir = body(member, f"/p/{topics.slug}/topics/{heir.pk}/")
    assert "was retired; 49 % of its messages came here, the rest elsewhere." in of_the_heir
    assert "retired, 49 % of its messages now in" in body(member, f"/p/{topics.slug}/runs/")


def test_before_the_first_event_the_page_says_what_to_do(project: Project, member: Client) -> None:
    page = body(member, f"/p/{project.slug}/topics/")
    assert "No texts yet" in page
    assert "No texts yet" in body(member, f"/p/{project.slug}/topics/outliers/")


def test_before_the_first_topics_the_page_counts(project: Project, member: Client) -> None:
    send(project, ALL[:12])
    pipeline.process(project)
    page = body(member, f"/p/{project.slug}/topics/")
    assert "12 of about 20 messages before the first topics" in page


def test_progress_is_asked_for_until_something_changed(project: Project, member: Client) -> None:
    send(project, ALL[:12])
    pipeline.process(project)
    page = member.get(f"/p/{project.slug}/topics/")
    state = page.context["progress"].state
    assert "every 3s" in page.content.decode()
    path = f"/p/{project.slug}/topics/progress/"
    same = member.get(path, {"field": "prompt", "state": state})
    assert "HX-Refresh" not in same.headers
    assert "every 3s" in same.content.decode()
    pipeline.drain(project)
    changed = member.get(path, {"field": "prompt", "state": state})
    assert changed.headers["HX-Refresh"] == "true"
    assert "every 3s" not in body(member, f"/p/{project.slug}/topics/")


@pytest.mark.parametrize(("texts", "is_loaded_anew"), [(len(ALL), True), (1, False)])
def test_a_few_messages_do_not_load_a_page_anew_under_its_reader(
    topics: Project, member: Client, texts: int, is_loaded_anew: bool
) -> None:
    """Where people write all the time, some messages wait at most moments."""
    send(topics, [f"{text}, please" for text in ALL[:texts]])
    state = member.get(f"/p/{topics.slug}/topics/").context["progress"].state
    pipeline.process(topics)
    then = member.get(f"/p/{topics.slug}/topics/progress/", {"field": "prompt", "state": state})
    assert ("HX-Refresh" in then.headers) is is_loaded_anew
    assert "every 3s" not in then.content.decode()


def test_a_run_in_progress_and_a_backlog_are_shown(topics: Project, member: Client) -> None:
    send(topics, PARCEL)
    ClusteringRun.objects.create(project=topics, field=field_of(topics), stage="find")
    page = body(member, f"/p/{topics.slug}/topics/")
    assert "A clustering run is finding topics" in page
    assert "6 events wait to be read" in page


def test_dimensions_are_tabs(topics: Project, member: Client) -> None:
    send(topics, [f"The answer about {text} was wrong" for text in ALL], key="feedback")
    pipeline.drain(topics)
    page = member.get(f"/p/{topics.slug}/topics/?field=feedback")
    assert page.context["field"].key == "feedback"
    assert "field=prompt" in page.content.decode()
    assert member.get(f"/p/{topics.slug}/topics/?field=nonsense").status_code == 200


@pytest.mark.parametrize(
    ("page", "queries"),
    [("topics/", 25), ("topics/?q=a", 18), ("topics/outliers/", 17), ("topics/{topic}/", 27)],
)
def test_queries_do_not_grow_with_the_rows(
    topics: Project,
    member: Client,
    django_assert_max_num_queries: Callable[..., Any],
    page: str,
    queries: int,
) -> None:
    path = f"/p/{topics.slug}/{page.format(topic=topic_with(topics, ACCESS[0]).pk)}"
    with django_assert_max_num_queries(queries):
        member.get(path)
