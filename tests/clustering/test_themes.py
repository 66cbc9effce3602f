"""Themes of a dimension: which topics they hold, their names, and that they last."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from accounts.models import Project, User
from accounts.services import NewTenant
from clustering import pipeline, services
from clustering.curation import shaping
from clustering.curation.shaping import DecisionRefused, NewPart
from clustering.curation.undoing import undo
from clustering.models import (
    ClusteringRun,
    Decision,
    Embedding,
    LabelSource,
    RunState,
    Text,
    Theme,
    Topic,
)
from clustering.runs import lifecycle
from clustering.runs.stages import GROUP
from clustering.themes import naming
from clustering.themes.renewal import regroup, ungrouped
from tests.clustering.messages import field_of, send

pytestmark = pytest.mark.django_db

MONEY = {
    "Refund": ["I want a refund", "Please refund my payment", "When do I get my refund?"],
    "Invoice": ["Send me the invoice", "My invoice is wrong", "Where is my payment invoice?"],
    "Discount": ["Can I pay with a coupon?", "My discount code does not work", "A cheaper price?"],
}
PARCEL = {
    "Late": ["My parcel is late", "When will the parcel arrive?", "The parcel is delayed"],
    "Broken": ["The parcel arrived broken", "My parcel is damaged", "The parcel box was crushed"],
    "Address": ["Change the parcel's address", "Send the parcel elsewhere", "Wrong parcel address"],
}
LOGIN = {
    "Password": ["Reset my password", "I forgot my password", "My password does not work"],
    "Code": ["No login code came", "The login code is wrong", "Login needs a second code"],
    "Locked": ["My login is locked", "I cannot log in, it is blocked", "Unlock my login"],
}
ALL = {**MONEY, **PARCEL, **LOGIN}


@pytest.fixture
def topics(project: Project) -> Project:
    """A project with the topics above, none of them in a theme."""
    send(project, [text for texts in ALL.values() for text in texts])
    pipeline.process(project)
    for name, texts in ALL.items():
        add_topic(project, name, texts)
    return project


def add_topic(project: Project, name: str, texts: list[str]) -> Topic:
    found = Text.objects.filter(project=project, content__in=texts)
    vectors = Embedding.objects.filter(project=project, text__in=found).values_list(
        "vector", flat=True
    )
    mean = np.mean([np.asarray(vector) for vector in vectors], axis=0)
    topic = Topic.objects.create(
        project=project,
        field=field_of(project),
        label=name,
        label_source=LabelSource.KEYWORDS,
        centroid=(mean / np.linalg.norm(mean)).tolist(),
        threshold=0.5,
    )
    found.update(topic=topic, similarity=0.8, margin=0.1)
    return topic


def themes(project: Project) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for topic in Topic.objects.filter(project=project).exclude(theme=None):
        assert topic.theme_id is not None
        found.setdefault(topic.theme_id, set()).add(topic.label)
    return found


def labels(project: Project) -> dict[int, str]:
    return dict(Theme.objects.filter(project=project).values_list("pk", "label"))


def test_topics_about_the_same_thing_are_a_theme(topics: Project) -> None:
    assert regroup(field_of(topics)) == 3
    assert {frozenset(each) for each in themes(topics).values()} == {
        frozenset(MONEY),
        frozenset(PARCEL),
        frozenset(LOGIN),
    }


def test_topics_of_a_run_whose_worker_died_before_it_grouped_them_are_a_theme(
    topics: Project,
) -> None:
    field = field_of(topics)
    last_text = Text.objects.filter(project=topics).latest("pk").pk
    ClusteringRun.objects.create(
        project=topics, field=field, state=RunState.DONE, stage=GROUP, last_text=last_text
    )
    lifecycle.finish_grouping(field)
    assert len(themes(topics)) == 3
    assert not ungrouped().exists()


def test_themes_have_names_of_their_own(topics: Project) -> None:
    regroup(field_of(topics))
    found = list(Theme.objects.filter(project=topics))
    assert len({theme.label for theme in found}) == 3
    assert all(theme.label and theme.label_source == LabelSource.KEYWORDS for theme in found)
    assert not {theme.label for theme in found} & set(ALL)


def test_nothing_new_changes_nothing(topics: Project) -> None:
    regroup(field_of(topics))
    before = themes(topics), labels(topics)
    regroup(field_of(topics))
    assert (themes(topics), labels(topics)) == before


def test_a_new_topic_joins_and_the_theme_stays(topics: Project) -> None:
    regroup(field_of(topics))
    before = themes(topics)
    texts = ["The parcel was stolen", "Somebody stole my parcel", "My parcel is gone, stolen"]
    send(topics, texts)
    pipeline.process(topics)
    add_topic(topics, "Stolen", texts)
    regroup(field_of(topics))
    [parcel] = [pk for pk, members in before.items() if "Late" in members]
    assert themes(topics) == before | {parcel: before[parcel] | {"Stolen"}}


def test_a_theme_without_topics_is_dropped(topics: Project) -> None:
    regroup(field_of(topics))
    Topic.objects.filter(project=topics, label__in=[*PARCEL, *LOGIN]).update(
        retired_at=timezone.now() - timedelta(days=1)
    )
    assert regroup(field_of(topics)) == 0
    assert not Theme.objects.filter(project=topics).exists()


def test_a_theme_that_moved_is_named_anew(topics: Project) -> None:
    regroup(field_of(topics))
    theme = Theme.objects.filter(project=topics).latest("pk")
    assert theme.labelled_centroid is not None
    opposite = (-np.asarray(theme.labelled_centroid)).tolist()
    Theme.objects.filter(project=topics, pk=theme.pk).update(
        label="Out of date", labelled_centroid=opposite
    )
    regroup(field_of(topics))
    assert Theme.objects.get(project=topics, pk=theme.pk).label != "Out of date"


def test_another_projects_topics_are_left_alone(topics: Project, other_tenant: NewTenant) -> None:
    send(other_tenant.project, MONEY["Refund"])
    pipeline.process(other_tenant.project)
    other = add_topic(other_tenant.project, "Refund", MONEY["Refund"])
    regroup(field_of(topics))
    other.refresh_from_db()
    assert other.theme is None


def rename(project: Project, user: User) -> tuple[Theme, Decision]:
    """The theme of parcels, under a person's name."""
    theme = Topic.objects.get(project=project, label="Late").theme
    assert theme is not None
    decision = services.rename(theme, "Deliveries", "What became of a parcel.", user)
    return theme, decision


def current(theme: Theme) -> Theme:
    return Theme.objects.get(project=theme.project_id, pk=theme.pk)


def test_a_name_that_a_person_gave_is_kept_while_the_theme_lasts(
    topics: Project, owner: User
) -> None:
    regroup(field_of(topics))
    theme, decision = rename(topics, owner)
    Theme.objects.filter(project=topics).update(
        labelled_centroid=(-np.asarray(theme.labelled_centroid)).tolist()
    )
    regroup(field_of(topics))
    now = current(theme)
    assert (now.label, now.description) == ("Deliveries", "What became of a parcel.")
    assert (now.label_source, now.edited_by) == (LabelSource.EDITED, owner)
    assert decision.summary == f"Renamed the theme “{theme}” to “Deliveries”"


def test_a_name_given_while_themes_are_named_wins(
    topics: Project, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    regroup(field_of(topics))
    Theme.objects.filter(project=topics).update(labelled_from="")  # all are due
    name_locally = naming.name_locally

    def then_a_person_does(*arguments: Any) -> Any:
        names = name_locally(*arguments)
        rename(topics, owner)
        return names

    monkeypatch.setattr(naming, "name_locally", then_a_person_does)
    regroup(field_of(topics))
    theme = Topic.objects.get(project=topics, label="Late").theme
    assert theme is not None
    assert (theme.label, theme.label_source) == ("Deliveries", LabelSource.EDITED)


def test_renaming_a_theme_is_undone(topics: Project, owner: User) -> None:
    regroup(field_of(topics))
    first = labels(topics)
    theme, decision = rename(topics, owner)
    again = services.rename(current(theme), "Shipping", "", owner)
    with pytest.raises(DecisionRefused, match="Undo that first"):
        undo(decision, owner)
    undo(again, owner)
    assert current(theme).label == "Deliveries"
    undo(decision, owner)
    assert labels(topics) == first
    assert current(theme).label_source == LabelSource.KEYWORDS
    assert current(theme).replaced == {}


def test_resetting_brings_the_local_name_back(topics: Project, owner: User) -> None:
    regroup(field_of(topics))
    first = labels(topics)
    theme, _ = rename(topics, owner)
    decision = services.reset_name(theme, owner)
    assert labels(topics) == first
    assert decision is not None
    undo(decision, owner)
    assert current(theme).label == "Deliveries"


def test_what_was_decided_about_a_theme_outlives_it(topics: Project, owner: User) -> None:
    regroup(field_of(topics))
    theme, decision = rename(topics, owner)
    Topic.objects.filter(project=topics, label__in=[*PARCEL, *LOGIN]).update(
        retired_at=timezone.now()
    )
    regroup(field_of(topics))
    assert list(Theme.objects.filter(project=topics)) == [theme]
    with pytest.raises(DecisionRefused, match="is no more"):
        undo(Decision.objects.get(project=topics, pk=decision.pk), owner)
    with pytest.raises(DecisionRefused, match="is no more"):
        services.rename(theme, "Again", "", owner)


def test_parts_of_a_topic_are_in_its_theme(topics: Project, owner: User) -> None:
    regroup(field_of(topics))
    topic = Topic.objects.get(project=topics, label="Late")
    part = list(Text.objects.filter(topic=topic, project=topics).values_list("pk", flat=True))[:1]
    shaping.split(topic, [NewPart("Delayed", "", "digest", part)], owner)
    assert topic.theme_id is not None
    assert themes(topics)[topic.theme_id] == {*PARCEL, "Delayed"}
