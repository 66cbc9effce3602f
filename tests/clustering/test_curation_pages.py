"""The pages and buttons by which people decide about topics."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils.html import escape

from accounts import services as accounts
from accounts.models import Project, User
from clustering import pipeline
from clustering.models import Decision, Text, Topic
from tests.clustering.messages import ACCESS, ALL, DISCOUNT, PRICE, SINGLE, send
from tests.clustering.test_curation import current, places, text_of, topic_of

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert('note')</script>"
SignedIn = Callable[[User], Client]


def path(topic: Topic, page: str = "") -> str:
    return f"/p/{topic.project.slug}/topics/{topic.pk}/{page}"


def post(client: Client, address: str, **values: object) -> str:
    """The page that an action leads to."""
    answer = client.post(address, values, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def undo_link(page: str) -> str:
    found = re.search(r'<a href="([^"]*/undo/)">Undo</a>', page)
    assert found
    return found[1]


def test_a_similar_topic_is_merged_with_one_click_and_comes_back(
    clustered: Project, member: Client
) -> None:
    source, target = topic_of(clustered, DISCOUNT[0]), topic_of(clustered, PRICE[0])
    page = member.get(path(target)).content.decode()
    assert f'name="other" value="{source.pk}"' in page
    assert f'<option value="{source.pk}">' in page
    page = post(member, path(target, "merge/"), other=source.pk)
    assert escape(f"Merged “{source}” into “{target}”") in page
    assert topic_of(clustered, DISCOUNT[0]) == target
    retired = member.get(path(source)).content.decode()
    assert "This topic was retired" in retired
    assert escape(f"Merged “{source}” into “{target}”") in retired
    asked = member.get(undo_link(page)).content.decode()
    assert "Undo this?" in asked
    page = post(member, undo_link(page))
    assert "Undone: Merged" in page
    assert "undone by teammate" in page
    assert topic_of(clustered, DISCOUNT[0]) == source


def test_a_topic_offers_what_can_be_decided_until_it_is_retired(
    clustered: Project, member: Client
) -> None:
    source, target = topic_of(clustered, DISCOUNT[0]), topic_of(clustered, PRICE[0])
    actions = [path(source, page) for page in ("pin/", "hide/", "split/")]
    page = member.get(path(source)).content.decode()
    assert all(f'="{action}"' in page for action in actions)
    assert "Hide from lists and journeys" in post(member, path(source, "hide/"), hidden="no")
    assert "List it again" in post(member, path(source, "hide/"), hidden="yes")
    post(member, path(target, "merge/"), other=source.pk)
    page = member.get(path(source)).content.decode()
    assert not any(f'="{action}"' in page for action in actions)


def test_a_split_is_suggested_with_shares_and_examples_and_confirmed(
    clustered: Project, member: Client
) -> None:
    topic = topic_of(clustered, ACCESS[0])
    answer = member.get(path(topic, "split/?parts=3"))
    suggestion = answer.context["suggestion"]
    assert len(suggestion.parts) == 3
    page = answer.content.decode()
    for part in suggestion.parts:
        assert escape(part.new.label) in page
    assert "Password reset not working" in page
    page = post(member, path(topic, "split/"), parts=3)
    assert "off “" in page
    live = Topic.objects.filter(project=clustered, retired_at=None)
    assert {part.new.label for part in suggestion.parts[1:]} <= set(
        live.values_list("label", flat=True)
    )
    assert live.count() == 6
    assert post(member, undo_link(page))
    assert live.count() == 4


@pytest.mark.parametrize("parts", ["", "1", "99", "nonsense", "-2", "²"])
def test_a_strange_number_of_parts_is_the_sensible_one(
    clustered: Project, member: Client, parts: str
) -> None:
    topic = topic_of(clustered, ACCESS[0])
    answer = member.get(path(topic, "split/"), {"parts": parts})
    usual = member.get(path(topic, "split/"))
    assert answer.context["suggestion"] == usual.context["suggestion"]


def test_a_topic_of_one_text_has_nothing_to_split(clustered: Project, member: Client) -> None:
    topic = topic_of(clustered, PRICE[0])
    Text.objects.filter(project=clustered, content__in=PRICE[1:]).delete()
    assert "Nothing to split" in member.get(path(topic, "split/")).content.decode()
    assert "Nothing to split" in post(member, path(topic, "split/"), parts=2)


def test_a_text_is_moved_and_made_an_outlier(clustered: Project, member: Client) -> None:
    text, target = text_of(clustered, ACCESS[5]), topic_of(clustered, PRICE[0])
    source = text.topic
    assert source is not None
    address = f"/p/{clustered.slug}/texts/{text.pk}/move/"
    assert address in member.get(path(source)).content.decode()
    page = member.get(address).content.decode()
    assert "make it an outlier" in page
    assert ACCESS[5] in page
    page = post(member, address, topic=target.pk)
    assert escape(f"from “{source}” to “{target}”") in page
    assert places(clustered)[ACCESS[5]] == (target.pk, True)
    assert "put here by a member" in member.get(path(target)).content.decode()
    post(member, address, topic="", chosen="yes")
    assert places(clustered)[ACCESS[5]] == (None, True)


def test_an_outlier_is_moved_into_a_topic(clustered: Project, member: Client) -> None:
    text, target = text_of(clustered, SINGLE[0]), topic_of(clustered, PRICE[0])
    address = f"/p/{clustered.slug}/texts/{text.pk}/move/"
    assert "make it an outlier" not in member.get(address).content.decode()
    assert "from the outliers to" in post(member, address, topic=target.pk)


def test_a_topic_is_pinned_hidden_and_marked(clustered: Project, member: Client) -> None:
    topic = topic_of(clustered, DISCOUNT[0])
    listed = f"/p/{clustered.slug}/topics/"
    post(member, path(topic, "pin/"), pinned="yes")
    assert member.get(listed).context["table"].rows[0].topic == topic
    page = post(member, path(topic, "act/"), note=f"Fixed  {HOSTILE}")
    assert "Acted on" in page
    assert current(topic).acted_on_note == f"Fixed {HOSTILE}"
    post(member, path(topic, "hide/"), hidden="yes")
    table = member.get(listed).context["table"]
    assert topic not in [row.topic for row in table.rows]
    assert [row.topic for row in table.hidden] == [topic]
    assert "Hidden from lists and journeys" in member.get(path(topic)).content.decode()
    post(member, path(topic, "pin/"), pinned="no")
    post(member, path(topic, "hide/"), hidden="no")
    post(member, path(topic, "act/"), clear="yes")
    after = current(topic)
    assert (after.pinned, after.hidden, after.acted_on_at, after.acted_on_note) == (
        False,
        False,
        None,
        "",
    )


@pytest.mark.parametrize(
    ("mark", "values"),
    [
        ("pin/", {"pinned": "no"}),
        ("hide/", {"hidden": "no"}),
        ("act/", {"clear": "yes"}),
        ("", {"label": "Prices", "description": "What it costs."}),
    ],
)
def test_what_is_so_already_is_not_decided_again(
    clustered: Project, member: Client, mark: str, values: dict[str, str]
) -> None:
    topic = topic_of(clustered, PRICE[0])
    post(member, path(topic), label="Prices", description="What it costs.")
    decided = Decision.objects.filter(project=clustered).count()
    assert "it was so already" in post(member, path(topic, mark), **values)
    assert Decision.objects.filter(project=clustered).count() == decided


def test_what_people_write_is_escaped_everywhere(clustered: Project, member: Client) -> None:
    topic = topic_of(clustered, ACCESS[0])
    member.post(path(topic), {"label": HOSTILE, "description": HOSTILE})
    page = post(member, path(topic, "act/"), note=HOSTILE)
    decision = Decision.objects.filter(project=clustered).latest("pk")
    text = text_of(clustered, ACCESS[0])
    pages = [page] + [
        member.get(f"/p/{clustered.slug}/{address}").content.decode()
        for address in (
            f"topics/{topic.pk}/",
            f"topics/{topic.pk}/split/",
            "topics/",
            "decisions/",
            f"decisions/{decision.pk}/undo/",
            f"texts/{text.pk}/move/",
        )
    ]
    for shown in pages:
        assert HOSTILE not in shown
        assert "<script>alert" not in shown
        assert "&lt;script&gt;alert" in shown


def test_decisions_are_listed_and_undone_in_turn(clustered: Project, member: Client) -> None:
    assert "Nothing decided yet" in member.get(f"/p/{clustered.slug}/decisions/").content.decode()
    source, target = topic_of(clustered, DISCOUNT[0]), topic_of(clustered, PRICE[0])
    post(member, path(target, "merge/"), other=source.pk)
    post(member, path(target, "split/"), parts=2)
    listed = member.get(f"/p/{clustered.slug}/decisions/")
    page = listed.content.decode()
    assert page.index("Split “") < page.index("Merged “")
    assert "teammate" in page
    split, merge = listed.context["listing"].page
    page = post(member, f"/p/{clustered.slug}/decisions/{merge.pk}/undo/")
    assert "A later decision rests on it. Undo that first: Split" in page
    for decision in (split, merge):
        post(member, f"/p/{clustered.slug}/decisions/{decision.pk}/undo/")
    assert topic_of(clustered, DISCOUNT[0]) == source


def test_a_long_list_of_decisions_costs_a_few_queries(
    clustered: Project, member: Client, owner: User, django_assert_max_num_queries: object
) -> None:
    topic = topic_of(clustered, ACCESS[0])
    for place in range(60):
        post(member, path(topic, "pin/"), pinned="no" if place % 2 else "yes")
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        page = member.get(f"/p/{clustered.slug}/decisions/").content.decode()
    assert "1–50 of 60 decisions" in page


def test_wrong_input_changes_nothing(clustered: Project, member: Client) -> None:
    topic, before = topic_of(clustered, PRICE[0]), places(clustered)
    for other in (topic.pk, 0, "", "nonsense", "9" * 30):
        assert "Choose a topic" in post(member, path(topic, "merge/"), other=other)
    text = text_of(clustered, ACCESS[0])
    page = post(member, f"/p/{clustered.slug}/texts/{text.pk}/move/", topic="nonsense")
    assert "Select a valid choice" in page
    assert "too long" in post(member, path(topic, "act/"), note="x" * 501)
    assert places(clustered) == before
    assert not Decision.objects.filter(project=clustered).exists()
    for address in ("merge/", "pin/", "hide/", "act/"):
        assert member.get(path(topic, address)).status_code == 405


def test_another_tenant_s_rows_are_not_reached(
    clustered: Project, member: Client, other_tenant: accounts.NewTenant, signed_in: SignedIn
) -> None:
    rival = other_tenant.project
    send(rival, ALL)
    pipeline.drain(rival)
    theirs, ours = topic_of(rival, DISCOUNT[0]), topic_of(clustered, PRICE[0])
    text, text_of_theirs = text_of(clustered, ACCESS[0]), text_of(rival, ACCESS[0])
    before = places(clustered), places(rival)
    post(signed_in(other_tenant.user), path(theirs, "pin/"), pinned="yes")
    decision = Decision.objects.filter(project=rival).get()
    home = f"/p/{clustered.slug}"
    for address in (
        *(f"topics/{theirs.pk}/{page}/" for page in ("merge", "split", "pin", "hide", "act")),
        f"texts/{text_of_theirs.pk}/move/",
        f"decisions/{decision.pk}/undo/",
    ):
        assert member.post(f"{home}/{address}", {"other": ours.pk}).status_code == 404
    assert "Choose a topic" in post(member, path(ours, "merge/"), other=theirs.pk)
    assert "Select a valid choice" in post(member, f"{home}/texts/{text.pk}/move/", topic=theirs.pk)
    assert (places(clustered), places(rival)) == before
    assert current(theirs).pinned
