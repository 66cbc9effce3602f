"""When topics and themes need names, and asking the LLM for better ones than local ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Any, Generic, TypeVar

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from numpy.typing import NDArray

from accounts.models import LLMExamples, Project
from billing import llm_budget
from clustering import locks
from clustering.labelling.examples import Examples, Redact
from clustering.labelling.label import Tokens
from clustering.labelling.llm import (
    LEAST_TOKENS,
    LabelResult,
    LLMSettings,
    ask_for_labels,
    worst_case,
)
from clustering.models import LabelSource, Text, Theme, Topic
from clustering.privacy import erasure
from ingestion.models import Field
from ingestion.redaction import redact

MOVED = 0.9
"""Cosine between the centroids of then and now below which a name is out of date."""

AT_ONCE = 8
"""Names that are asked for and stored together. A worker that is killed loses no more than
these, and a slow LLM makes others wait for no more."""

RETRY = timedelta(minutes=10)
"""How long the LLM is not asked again about what it gave no name to, which keeps a local one."""

Subject = TypeVar("Subject", Topic, Theme)


def is_out_of_date(subject: Topic | Theme, centroid: NDArray[np.float32]) -> bool:
    """Whether what has, or gets, this centroid needs a new name."""
    if subject.label_source == LabelSource.EDITED:
        return False
    if not subject.label:
        return True
    before = subject.labelled_centroid
    return before is not None and float(np.dot(before, centroid)) < MOVED


def is_possible(project: Project) -> bool:
    """Whether there is a key, the project lets examples out, and the month has tokens left."""
    if not settings.ANTHROPIC_API_KEY or project.llm_examples == LLMExamples.NONE:
        return False
    return not llm_budget.used_up([project.organization_id], LEAST_TOKENS)


def fields_of(*due: QuerySet[Topic] | QuerySet[Theme]) -> list[int]:
    """The fields of topics and themes, in every project, where asking is possible."""
    organization_of: dict[int, int] = {}
    for found in due:
        allowed = found.exclude(project__llm_examples=LLMExamples.NONE)
        organization_of |= allowed.values_list("field_id", "project__organization_id")
    poor = llm_budget.used_up(set(organization_of.values()), LEAST_TOKENS)
    return sorted(field for field, owner in organization_of.items() if owner not in poor)


def nameable(topics: QuerySet[Topic]) -> QuerySet[Topic]:
    """Those that live and have texts to show. The index is text_by_topic."""
    texts = Text.objects.filter(project=OuterRef("project"), topic=OuterRef("pk"))
    return topics.filter(Exists(texts), retired_at=None, centroid__isnull=False)


def unanswered(found: QuerySet[Subject]) -> QuerySet[Subject]:
    """Those with a local name, unless the LLM has said that it knows no better one."""
    return found.filter(label_source=LabelSource.KEYWORDS).exclude(label_asked=F("labelled_from"))


def due(found: QuerySet[Subject]) -> QuerySet[Subject]:
    """Those of the unanswered that were not asked about just now."""
    waited = Q(label_tried_at=None) | Q(label_tried_at__lt=timezone.now() - RETRY)
    return unanswered(found).filter(waited)


@dataclass(frozen=True)
class Wanted(Generic[Subject]):
    """What is to be named, as it was before its texts were read."""

    rows: QuerySet[Subject]
    """Among which they are."""
    rest_on: Mapping[int, str]
    """By id, the digest of what the local name rests on."""
    erased: int
    """Texts that erasures had deleted."""

    @classmethod
    def among(
        cls, field: Field, rows: QuerySet[Subject], due: QuerySet[Subject]
    ) -> Wanted[Subject]:
        erased = erasure.texts_erased(field.project_id)
        return cls(rows, dict(due.values_list("pk", "labelled_from")), erased)


def masking(project: Project) -> Redact | None:
    return redact if project.llm_examples == LLMExamples.REDACTED else None


def name(
    field: Field,
    wanted: Wanted[Any],
    examples: Mapping[int, Examples],
    kept: Iterable[str],
    deadline: float,
    **renewed: Any,
) -> int:
    """Ask for names of what is wanted by id, in the order of `examples`; return how many got one.

    `kept` are the names that the others keep, `renewed` what is written beside a name. After the
    first few, what is not asked for by the `deadline`, of `monotonic()`, stays due; so does what
    may quote a text that was erased meanwhile.
    """
    mask = masking(field.project)
    taken = [mask(each) if mask else each for each in kept]
    before, ids = len(taken), list(examples)
    for start in range(0, len(ids), AT_ONCE):
        if start and monotonic() >= deadline:
            break
        asked = ids[start : start + AT_ONCE]
        results = _ask(field, [examples[pk] for pk in asked], taken)
        with transaction.atomic():
            locks.share([field.pk])
            if erasure.texts_erased(field.project_id) != wanted.erased:
                break
            for pk, result in zip(asked, results, strict=True):
                same = wanted.rows.filter(pk=pk, labelled_from=wanted.rest_on[pk])
                _record(same, result, renewed)
        taken += [result.label.name for result in results if result.label]
    return len(taken) - before


def _ask(field: Field, examples: Sequence[Examples], taken: Sequence[str]) -> list[LabelResult]:
    """Ask within the organization's budget, and tell it what that cost."""
    held = llm_budget.reserve(field.project, worst_case(examples, taken))
    results = ask_for_labels(examples, _llm(), taken_names=taken, budget=held.tokens)
    spent = sum((result.tokens for result in results), Tokens())
    llm_budget.settle(
        held,
        requests=sum(result.requests for result in results),
        input_tokens=spent.input,
        output_tokens=spent.output,
    )
    return results


def _record(
    found: QuerySet[Topic] | QuerySet[Theme], result: LabelResult, renewed: Mapping[str, Any]
) -> None:
    """Keep what the LLM said of one, unless a user or a run named it meanwhile."""
    found = found.filter(label_source=LabelSource.KEYWORDS)
    if result.label:
        found.update(
            label_tried_at=None,
            label=result.label.name,
            description=result.label.description,
            label_source=result.label.source,
            labelled_from=result.examples_digest,
            **renewed,
        )
    elif result.failure in ("refused", "unusable"):
        found.update(label_tried_at=None, label_asked=F("labelled_from"))
    else:
        found.update(label_tried_at=timezone.now())


def _llm() -> LLMSettings:
    return LLMSettings(
        api_key=settings.ANTHROPIC_API_KEY,
        base_url=settings.ANTHROPIC_BASE_URL,
        model=settings.ANTHROPIC_MODEL,
    )
