"""Texts that the embedding model cannot read: found among others, and set aside with a reason.

The model raises, makes a vector that is none, hangs or ends its process (`tries`). Whatever it is,
the other texts go on; one that is set aside stays an outlier that nothing is compared with.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass, field

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from accounts.models import Project
from clustering import locks
from clustering.models import Dimension, SetAsideText, Text
from clustering.texts import failures, tries
from clustering.texts.embedding import Embedder
from clustering.texts.tries import Portion

log = logging.getLogger(__name__)

TRIES = 3
"""Of a text on its own that makes the model raise, before it is set aside."""

PATIENCE = 120.0
"""Seconds for which a portion, one or two seconds' work, may take the model."""

_NARROWING = 8
"""How many parts of texts that fail together are tried one by one."""

_EVERY_MODEL_READS = "Hello"
_LONGEST_REASON = 200


class BrokenModel(Exception):
    """The model is to blame, and no text."""


@dataclass
class Reading:
    """What the model made of some texts: a row of (n, d) unit vectors for each that it could read.

    Of the others, by id, why it could not.
    """

    text_ids: list[int]
    vectors: NDArray[np.float32]
    refused: dict[int, str] = field(default_factory=dict)


def read(
    embedder: Embedder, field_id: int, portion: Portion, contents: Mapping[int, str]
) -> Reading:
    """Read texts, given by id, of a portion. Raises what the model raises whatever it is given."""
    if portion.is_hopeless:
        reason = f"{portion.deaths} processes ended, or hung, while the model read it"
        return Reading([], embedder([]), dict.fromkeys(contents, reason))
    with tries.noted(field_id, portion):
        return _read(embedder, contents)


def awaited(reading: Future[Reading]) -> Reading:
    """What the model made of texts. Where it hangs, this process ends: a thread cannot be ended."""
    try:
        return reading.result(PATIENCE)
    except Late:
        log.critical("the embedding model has not come back for %d s: this process ends", PATIENCE)
        os._exit(os.EX_SOFTWARE)


def _read(embedder: Embedder, contents: Mapping[int, str]) -> Reading:
    ids = list(contents)
    try:
        vectors = embedder(list(contents.values()))
    except Exception:
        if len(ids) == 1:
            return _read_alone(embedder, ids[0], contents[ids[0]])
        size = -(-len(ids) // _NARROWING)
        parts = [ids[at : at + size] for at in range(0, len(ids), size)]
        return _joined([_read(embedder, {pk: contents[pk] for pk in part}) for part in parts])
    finite = np.isfinite(vectors).all(axis=1)
    if finite.all():
        return Reading(ids, vectors)
    good = [ids[place] for place in np.flatnonzero(finite)]
    bad = [ids[place] for place in np.flatnonzero(~finite)]
    alone = [_read_alone(embedder, pk, contents[pk]) for pk in bad]
    return _joined([Reading(good, vectors[finite]), *alone])


def _read_alone(embedder: Embedder, text_id: int, content: str) -> Reading:
    """Raises what the model raises of any text, or BrokenModel."""
    for _ in range(TRIES):
        try:
            vectors = embedder([content])
        except Exception as error:
            reason = failures.described(error)
        else:
            if np.isfinite(vectors).all():
                return Reading([text_id], vectors)
            reason = "the model's vector of it has entries that are no numbers"
    if not np.isfinite(embedder([_EVERY_MODEL_READS])).all():
        raise BrokenModel("the embedding model makes vectors whose entries are no numbers")
    return Reading([], embedder([]), {text_id: reason})


def _joined(readings: Sequence[Reading]) -> Reading:
    refused: dict[int, str] = {}
    for each in readings:
        refused |= each.refused
    ids = [pk for each in readings for pk in each.text_ids]
    return Reading(ids, np.concatenate([each.vectors for each in readings]), refused)


@transaction.atomic
def set_aside(dimension: Dimension, refused: Mapping[int, str]) -> None:
    """Put texts on record that the model cannot read, so that they wait no more.

    No topic claims them, except where a person put one. Passes over texts that were deleted
    meanwhile.
    """
    locks.share([dimension.field_id])
    texts = Text.objects.filter(project=dimension.project_id, pk__in=refused, embedded=False)
    # Locked in the order in which extract does it.
    waiting = texts.order_by("field", "digest").select_for_update(no_key=True)
    ids = list(waiting.values_list("pk", flat=True))
    SetAsideText.objects.bulk_create(
        [
            SetAsideText(
                project_id=dimension.project_id, text_id=pk, reason=refused[pk][:_LONGEST_REASON]
            )
            for pk in ids
        ],
        ignore_conflicts=True,
    )
    found = Text.objects.filter(project=dimension.project_id, pk__in=ids)
    found.update(embedded=True, similarity=None, margin=None)
    found.filter(held=False).update(topic=None, nearest_topic=None)  # of a model that could read it
    for pk in ids:
        log.error("text %d of project %d is set aside: %s", pk, dimension.project_id, refused[pk])


@transaction.atomic
def put_back(project: Project) -> int:
    """Have the texts that were set aside wait again; return how many.

    `locks.own` counts that as a change: other processes remember them as outliers.
    """
    aside = SetAsideText.objects.filter(project=project)
    ids = list(aside.values_list("text", flat=True))
    texts = Text.objects.filter(project=project, pk__in=ids)
    for field_id in sorted(set(texts.values_list("field", flat=True))):
        locks.own(field_id)
    waiting = texts.order_by("field", "digest").select_for_update(no_key=True)
    waiting_ids = list(waiting.values_list("pk", flat=True))
    texts.filter(pk__in=waiting_ids).update(embedded=False)
    aside.filter(text__in=ids).delete()
    return len(waiting_ids)
