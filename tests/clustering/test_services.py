"""Renaming a topic, and undoing it."""

from __future__ import annotations

import pytest

from accounts.models import Project, User
from clustering import services
from clustering.models import LabelSource, Topic
from tests.clustering.messages import ACCESS, field_of, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def topic(project: Project) -> Topic:
    from clustering.texts import extraction

    send(project, ACCESS)
    extraction.extract(project)
    return Topic.objects.create(
        project=project,
        field=field_of(project),
        label="Password reset",
        description="Users cannot get in.",
        label_source=LabelSource.LLM,
        labelled_from="digest",
        centroid=[1.0, 0.0],
        threshold=0.5,
    )


def current(topic: Topic) -> Topic:
    return Topic.objects.filter(project=topic.project_id).get(pk=topic.pk)


def test_a_renamed_topic_says_who_named_it(topic: Topic, owner: User) -> None:
    services.rename(topic, "Locked out", "", owner)
    renamed = current(topic)
    assert (renamed.label, renamed.description) == ("Locked out", "")
    assert (renamed.label_source, renamed.edited_by) == (LabelSource.EDITED, owner)


def test_resetting_brings_the_first_name_back(topic: Topic, owner: User) -> None:
    services.rename(topic, "Locked out", "", owner)
    services.rename(topic, "Cannot get in", "", owner)
    services.reset_name(topic, owner)
    restored = current(topic)
    assert (restored.label, restored.description) == ("Password reset", "Users cannot get in.")
    assert (restored.label_source, restored.edited_by) == (LabelSource.LLM, None)
    assert restored.replaced == {}


def test_resetting_a_name_that_nobody_edited_changes_nothing(topic: Topic, owner: User) -> None:
    services.reset_name(topic, owner)
    assert current(topic).label == "Password reset"
