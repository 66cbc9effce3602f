"""What people decide about topics."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from clustering.models import LabelSource, Topic

_NAME = ["label", "description", "label_source"]


@transaction.atomic
def rename(topic: Topic, label: str, description: str, user: User) -> None:
    """Give a topic a name of its own, which every later run keeps."""
    topic = _locked(topic)
    if topic.label_source != LabelSource.EDITED:
        topic.replaced = {name: getattr(topic, name) for name in _NAME}
    topic.label, topic.description = label, description
    topic.label_source, topic.edited_by = LabelSource.EDITED, user
    topic.save(update_fields=[*_NAME, "replaced", "edited_by"])


@transaction.atomic
def reset_name(topic: Topic) -> None:
    """Return to the name that a user's own replaced; it is renewed if its texts have changed."""
    topic = _locked(topic)
    if topic.label_source == LabelSource.EDITED:
        for name in _NAME:
            setattr(topic, name, topic.replaced.get(name, ""))
        topic.replaced, topic.edited_by = {}, None
        topic.save(update_fields=[*_NAME, "replaced", "edited_by"])


def _locked(topic: Topic) -> Topic:
    """The topic as it is now. A run that ends at this moment waits, or has ended before."""
    return (
        Topic.objects.select_for_update(no_key=True)
        .filter(project=topic.project_id)
        .get(pk=topic.pk)
    )
