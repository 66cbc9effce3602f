"""Settings → Metadata: fields, their types, and changing them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Project, User
from billing.selectors import terms_of
from ingestion import effects, selectors, sketch
from ingestion.learning import learn_fields, override_type
from ingestion.models import Field, FieldType
from ingestion.payload import NewEvent
from ingestion.services import accept, claim
from tests.ingestion.realistic_keys import MESSAGES

SignedIn = Callable[[User], Client]
NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)


def process(project: Project, *metadata: dict[str, Any]) -> None:
    """Accept events and learn their fields, as the pipeline does."""
    events = [NewEvent("n", "s", "u", each, NOW) for each in metadata]
    accept(project.pk, terms_of(project.organization), events, NOW)
    learn_fields(project, claim(project, len(events)))


@pytest.fixture
def learnt(project: Project) -> None:
    process(
        project,
        *(
            {"prompt": message, "platform": "ios", "tokens": n}
            for n, message in enumerate(MESSAGES)
        ),
        *({"platform": "web"} for _ in range(22)),
    )


def url(project: Project, field: Field | None = None) -> str:
    page = f"/p/{project.slug}/settings/metadata/"
    return f"{page}{field.pk}/" if field else page


def get(project: Project, key: str) -> Field:
    return Field.objects.get(project=project, key=key)


def effects_on(project: Project, key: str, topics: int = 0) -> dict[str, str]:
    return {choice.value: choice.effect for choice in effects.choices(get(project, key), topics)}


def test_without_events_it_says_what_to_do(
    signed_in: SignedIn, teammate: User, project: Project
) -> None:
    html = signed_in(teammate).get(url(project)).content.decode()
    assert "No fields yet" in html
    assert f"/p/{project.slug}/send/" in html


@pytest.mark.usefixtures("learnt")
def test_of_many_events_shares_follow_from_the_commonest_field(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "COUNTED", 10)

    def shares() -> dict[str, float]:
        return {row.field.key: row.coverage for row in selectors.field_rows(project)}

    texts, before = len(MESSAGES), len(MESSAGES) + 22
    assert shares() == pytest.approx(
        {"prompt": texts / before, "platform": 1, "tokens": texts / before}
    )
    process(project, *({"platform": "web"} for _ in range(before)))
    with CaptureQueriesContext(connection) as queries:
        told = texts / before / 2
        assert shares() == pytest.approx({"prompt": told, "platform": 1, "tokens": told})
    assert not any('FROM "ingestion_event"' in query["sql"] for query in queries)


@pytest.mark.usefixtures("learnt")
def test_shows_what_is_known_of_each_field(
    signed_in: SignedIn, owner: User, project: Project
) -> None:
    html = signed_in(owner).get(url(project)).content.decode()
    assert html.index(">prompt<") < html.index(">platform<") < html.index(">tokens<")
    assert '<span class="badge badge-text">Text</span>' in html
    assert "detected: The name says so: “prompt”" in html
    assert "50 %, 22" in html
    assert "100 %, 44" in html
    assert "How do I reset my password?" in html


@pytest.mark.usefixtures("learnt")
def test_what_waits_does_not_lower_the_share(
    signed_in: SignedIn, owner: User, project: Project
) -> None:
    event = NewEvent("n", "s", "u", {"prompt": "later"}, NOW)
    accept(project.pk, terms_of(project.organization), [event] * 50, NOW)
    assert "100 %, 44" in signed_in(owner).get(url(project)).content.decode()


@pytest.mark.usefixtures("learnt")
def test_queries_do_not_grow_with_fields(
    signed_in: SignedIn, owner: User, project: Project
) -> None:
    client = signed_in(owner)
    with CaptureQueriesContext(connection) as few:
        client.get(url(project))
    process(project, {f"key{n}": n for n in range(60)})
    with CaptureQueriesContext(connection) as many:
        client.get(url(project))
    assert len(few) == len(many)


def test_samples_are_shown_as_text(signed_in: SignedIn, owner: User, project: Project) -> None:
    process(project, {"<b>k</b>": "<script>alert(1)</script>"})
    html = signed_in(owner).get(url(project)).content.decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;" in html
    assert "<b>k</b>" not in html


@pytest.mark.usefixtures("learnt")
def test_an_admin_changes_a_type_and_changes_it_back(
    signed_in: SignedIn, owner: User, project: Project
) -> None:
    client, field = signed_in(owner), get(project, "platform")
    page = client.get(url(project, field)).content.decode()
    assert "44 events carry it. It becomes a dimension: its 2 different values" in page
    assert "44, 100 % of all, with 2 different values" in page
    answer = client.post(url(project, field), {"type": "text"})
    assert answer["Location"] == url(project)
    [message] = get_messages(answer.wsgi_request)
    assert str(message).startswith("platform is used as text now. 44 events carry it.")
    assert get(project, "platform").type == "text"
    assert "set by owner@example.com" in client.get(url(project)).content.decode()
    client.post(url(project, field), {"type": ""})
    assert (get(project, "platform").type, get(project, "platform").override) == ("enum", "")


@pytest.mark.usefixtures("learnt")
def test_an_unknown_type_is_refused(signed_in: SignedIn, owner: User, project: Project) -> None:
    field = get(project, "prompt")
    page = signed_in(owner).post(url(project, field), {"type": "nonsense"})
    assert "Choose one of the types." in page.content.decode()
    assert get(project, "prompt").type == "text"


@pytest.mark.usefixtures("learnt")
def test_a_member_reads_but_does_not_change(
    signed_in: SignedIn, teammate: User, project: Project
) -> None:
    client, field = signed_in(teammate), get(project, "prompt")
    assert ">Change<" not in client.get(url(project)).content.decode()
    assert client.get(url(project, field)).status_code == 403
    assert client.post(url(project, field), {"type": "enum"}).status_code == 403
    assert get(project, "prompt").type == "text"


@pytest.mark.usefixtures("learnt")
def test_an_outsider_finds_nothing(signed_in: SignedIn, outsider: User, project: Project) -> None:
    client = signed_in(outsider)
    assert client.get(url(project)).status_code == 404
    assert client.post(url(project, get(project, "prompt")), {"type": "enum"}).status_code == 404
    assert get(project, "prompt").type == "text"


@pytest.mark.usefixtures("learnt")
def test_a_field_of_another_project_is_not_found_through_one_s_own(
    signed_in: SignedIn, outsider: User, other_tenant: Any, project: Project
) -> None:
    theirs = f"/p/{other_tenant.project.slug}/settings/metadata/{get(project, 'prompt').pk}/"
    assert signed_in(outsider).get(theirs).status_code == 404


@pytest.mark.usefixtures("learnt")
def test_effects_tell_what_would_happen(project: Project) -> None:
    said = effects_on(project, "prompt", topics=75)
    assert said[""] == "What it is now."
    assert said["text"].startswith("What it is now. Set by you, it stays")
    for kind in ("enum", "number", "ignored"):
        assert said[kind].startswith("22 events carry it. Its 75 topics and their journeys leave")
        assert "come back" in said[kind]
    assert said["enum"].endswith(
        "The pages of topics and journeys can be filtered by its 22 different values."
    )
    assert "no topics yet" in effects_on(project, "prompt")["enum"]
    said = effects_on(project, "tokens")
    assert "grouped into topics" in said["text"]
    assert said["enum"].startswith("22 events carry it. The pages of topics and journeys can be")
    assert (
        "Nothing can be filtered by its 2 different values"
        in effects_on(project, "platform")["ignored"]
    )


@pytest.mark.usefixtures("learnt")
def test_effects_tell_what_is_kept_and_comes_back(project: Project, owner: User) -> None:
    override_type(get(project, "prompt"), FieldType.ENUM, owner)
    assert "The 1 topic that it had comes back" in effects_on(project, "prompt", topics=1)["text"]
    assert "The 9 topics that it had come back" in effects_on(project, "prompt", topics=9)[""]


@pytest.mark.usefixtures("learnt")
def test_events_and_values_are_counted_in_words_that_fit(project: Project) -> None:
    known = get(project, "prompt")
    known.events, known.sketch = 10_397, sketch.add([], map(str, range(3_000)))
    effect = {choice.value: choice.effect for choice in effects.choices(known, 1)}["enum"]
    assert effect.startswith("10,397 events carry it. Its 1 topic and")
    assert "by its ≈ " in effect
    known.events, known.sketch = 1, known.sketch[:1]
    effect = {choice.value: choice.effect for choice in effects.choices(known, 0)}["enum"]
    assert effect.startswith("1 event carries it.")
    assert "by its 1 different value." in effect


@pytest.mark.usefixtures("learnt")
def test_fields_are_sorted_and_downloaded(
    signed_in: SignedIn, owner: User, project: Project
) -> None:
    client = signed_in(owner)

    def keys(query: str) -> list[str]:
        return [
            row.field.key for row in client.get(f"{url(project)}?{query}").context["listing"].page
        ]

    assert keys("") == ["prompt", "platform", "tokens"]
    assert keys("sort=key") == ["platform", "prompt", "tokens"]
    assert keys("sort=-key&type=enum") == ["platform"]
    assert keys("sort=-distinct")[0] == "platform"
    answer: Any = client.get(f"{url(project)}?sort=key&format=csv")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert [line.split(",")[0] for line in lines] == ["field", "platform", "prompt", "tokens"]
    assert lines[2].startswith("prompt,text,text,")
