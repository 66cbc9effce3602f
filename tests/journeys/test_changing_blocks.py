"""Pages while a block is deleted between their reading of the log and of what stands beside it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test import Client

from accounts.models import User
from clustering.columns import blocks, filtering, reading
from clustering.columns.reading import Loaded
from clustering.models import Block, ClusteringRun, Dimension, RunState
from clustering.reports import slices
from ingestion.models import Event, Field, FieldType
from tests.journeys.conftest import Speaker

pytestmark = pytest.mark.django_db

SignedIn = Callable[[User], Client]

PAGES = [
    "overview/",
    "topics/",
    "topics/numbers/",
    "topics/export/?where.platform=ios",
    "topics/{topic}/",
    "topics/{topic}/numbers/",
    "topics/{topic}/around/?where.platform=ios",
    "journeys/",
    "journeys/paths/",
    "journeys/paths/sessions/",
    "journeys/coming-back/",
    "journeys/compare/?where.platform=ios",
    "sessions/?topic={topic}",
    "quality/",
]


@pytest.fixture
def dimension(speaker: Speaker, monkeypatch: pytest.MonkeyPatch) -> Field:
    """A dimension of a few blocks, as of a process that has just started."""
    monkeypatch.setattr(blocks, "ROWS", 4)
    reading._kept.clear()
    filtering._cached.clear()
    project = speaker.project
    for key, kind in (("platform", FieldType.ENUM), ("seconds", FieldType.NUMBER)):
        Field.objects.create(project=project, key=key, detected_type=kind, events=12)
    for place, platform in enumerate(["ios", "web"] * 2):
        said = {"platform": platform, "seconds": place}
        speaker.say(f"session {place}", ["Pricing", "Refunds", "Pricing"], metadata=said)
    Dimension.objects.create(project=project, field=speaker.field, active=True)
    ClusteringRun.objects.create(project=project, field=speaker.field, state=RunState.DONE)
    assert blocks.seal(project) == 3
    return speaker.field


def forget_first_block(field: Field) -> None:
    first = Event.objects.filter(project=field.project_id).earliest("pk")
    with transaction.atomic(), connection.cursor() as cursor:
        blocks.forget(cursor, field.project_id, field.pk, [first.pk])


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_made_again(
    page: str,
    dimension: Field,
    speaker: Speaker,
    teammate: User,
    signed_in: SignedIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loads: list[Loaded] = []

    def disturbed(field: Field) -> Loaded:
        loads.append(reading.load(field))
        if len(loads) == 1:
            forget_first_block(field)
        return loads[-1]

    monkeypatch.setattr(slices, "load", lambda *of: slices.sliced(disturbed(of[0]), *of[1:]))
    url = f"/p/inkwell/{page.format(topic=speaker.topic('Pricing').pk)}"
    response = signed_in(teammate).get(url)
    assert response.status_code == 200
    assert "A worker is reading this field" not in str(response.getvalue())
    assert Block.objects.filter(project=dimension.project_id).count() == 2
    assert [len(each.blocks) for each in loads] == [3, 0]
