"""Claims: which texts a process embeds, and in which portions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain, pairwise

import pytest

from accounts.models import Project
from clustering import locks
from clustering.models import Dimension, Text
from clustering.runs import standing
from clustering.texts import claims, extraction
from tests.clustering.conftest import OtherProcess
from tests.clustering.messages import ALL, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def dimension(project: Project) -> Dimension:
    send(project, ALL)
    extraction.extract(project)
    return standing.dimensions(project)[0]


@pytest.fixture
def held() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def sizes(dimension: Dimension) -> dict[int, int]:
    found = Text.objects.filter(project=dimension.project_id).values_list("pk", "content")
    return {pk: len(content) for pk, content in found}


def test_texts_come_once_the_longest_first_in_portions_of_a_size(
    dimension: Dimension, held: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "PORTION", 100)
    size = sizes(dimension)
    portions = next(claims.claims(dimension, held))
    ids = list(chain.from_iterable(portions))
    assert sorted(ids) == sorted(size)
    assert all(size[one] >= size[other] for one, other in pairwise(ids))
    bytes_of = [sum(size[pk] for pk in portion) for portion in portions]
    assert all(abs(total - 100) < max(size.values()) for total in bytes_of[:-1])
    assert bytes_of[-1] < 100 + max(size.values())


def test_a_long_text_counts_as_what_the_model_reads_of_it(
    project: Project, held: ExitStack
) -> None:
    send(project, ["long " * 5_000, *ALL])
    extraction.extract(project)
    portions = next(claims.claims(standing.dimensions(project)[0], held))
    assert [len(portion) for portion in portions] == [1 + len(ALL)]


def test_spans_that_others_are_at_are_passed_over(
    dimension: Dimension,
    held: ExitStack,
    other_process: OtherProcess,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(claims, "SPAN", 4)
    first = min(sizes(dimension))
    start = first - first % 4
    other_process.holds(locks.embedding(dimension.field_id, start))
    claimed = claims.claims(dimension, held)
    ids = set(chain.from_iterable(next(claimed)))
    assert ids == {pk for pk in sizes(dimension) if pk >= start + 4}
    other_process.dies()
    assert set(chain.from_iterable(next(claimed))) == set(sizes(dimension)) - ids


def test_a_claim_lasts_until_the_one_after_the_next(
    dimension: Dimension,
    held: ExitStack,
    other_process: OtherProcess,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(claims, "SPAN", 4)
    monkeypatch.setattr(claims, "ENOUGH", 1)
    claimed = claims.claims(dimension, held)
    spans = []
    for _ in range(3):
        ids = next(claimed)[0]
        spans.append(locks.embedding(dimension.field_id, ids[0] - ids[0] % 4))
    assert [other_process.may_hold(span) for span in spans] == [True, False, False]
    claimed.close()
    held.close()
    assert [other_process.may_hold(span) for span in spans] == [True, True, True]


def test_texts_that_come_into_a_claimed_span_are_the_next_claim(
    dimension: Dimension, held: ExitStack
) -> None:
    claimed = claims.claims(dimension, held)
    first = set(chain.from_iterable(next(claimed)))
    send(dimension.project, ["One more", *ALL])
    extraction.extract(dimension.project)
    (one_more,) = Text.objects.filter(project=dimension.project_id, content="One more")
    assert next(claimed) == [[one_more.pk]]
    assert one_more.pk not in first


def test_few_texts_in_many_spans_are_one_claim_up_to_a_number(
    dimension: Dimension, held: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "SPAN", 1)
    assert len(next(claims.claims(dimension, held))[0]) == len(ALL)
    monkeypatch.setattr(claims, "MOST_SPANS", 3)
    assert len(next(claims.claims(dimension, held))[0]) == 3


def test_it_ends_when_nothing_waits(dimension: Dimension, held: ExitStack) -> None:
    claimed = claims.claims(dimension, held)
    next(claimed)
    Text.objects.filter(project=dimension.project_id).update(embedded=True)
    assert next(claimed, None) is None
