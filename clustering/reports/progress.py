"""How far the pipeline is with a dimension, for people who wait for it."""

from __future__ import annotations

from dataclasses import dataclass

from clustering.models import ClusteringRun, RunState, Text, Topic
from clustering.runs.due import FIRST_RUN_TEXTS
from ingestion.models import Field, PendingEvent

COUNTED = 10_000
"""Up to this, what waits is counted; more is said to be more."""

FEW = 0.1
"""As a share of the texts of the last run, what may come without making a page out of date."""

STAGES = {
    "load": "loading texts",
    "find": "finding topics",
    "assign": "assigning texts",
    "match": "matching topics with those before",
    "name": "naming topics",
    "write": "saving",
}


def step_of(stage: str) -> int:
    """The place of a stage in a run, from 1; 0 if there is no such stage."""
    return [*STAGES].index(stage) + 1 if stage in STAGES else 0


@dataclass(frozen=True)
class Progress:
    """What waits, what runs, and the last run that ended."""

    events: int
    texts_to_embed: int
    texts: int
    """Embedded texts, counted up to FIRST_RUN_TEXTS."""
    has_topics: bool
    running: ClusteringRun | None
    last: ClusteringRun | None

    @property
    def waiting(self) -> int:
        """Events and texts that wait to be read."""
        return self.events + self.texts_to_embed

    @property
    def is_busy(self) -> bool:
        return bool(self.waiting or self.running)

    @property
    def stage(self) -> str:
        return STAGES.get(self.running.stage, "starting") if self.running else ""

    @property
    def step(self) -> int:
        """The place of the stage among the `steps` of a run, from 1; 0 before the first."""
        return step_of(self.running.stage) if self.running else 0

    @property
    def steps(self) -> int:
        return len(STAGES)

    @property
    def awaits_first_topics(self) -> bool:
        return not self.has_topics and (self.last is None or self.last.state == RunState.FAILED)

    @property
    def is_live(self) -> bool:
        """Whether a page that shows this should ask again."""
        return self.is_busy or self.awaits_first_topics

    @property
    def texts_for_first_topics(self) -> int:
        return FIRST_RUN_TEXTS

    @property
    def is_behind(self) -> bool:
        """Whether so much waits, against what the last run read, that a page would say another
        thing after it. Some messages always wait where people write all the time."""
        return self.waiting > min(COUNTED, FEW * self.last.texts if self.last else 0)

    @property
    def state(self) -> str:
        """Changes whenever a page that shows topics is out of date, and is loaded anew."""
        run = self.last.pk if self.last else 0
        waits = self.is_behind if self.has_topics else self.is_busy
        return f"{run}-{waits:d}-{self.texts if self.awaits_first_topics else 0}"


def progress(field: Field) -> Progress:
    scope = {"project": field.project_id, "field": field}
    runs = ClusteringRun.objects.filter(**scope).order_by("-started_at")
    return Progress(
        events=PendingEvent.objects.filter(project=field.project_id)[:COUNTED].count(),
        texts_to_embed=Text.objects.filter(embedded=False, **scope)[:COUNTED].count(),
        texts=Text.objects.filter(embedded=True, **scope)[:FIRST_RUN_TEXTS].count(),
        has_topics=Topic.objects.filter(retired_at=None, **scope).exists(),
        running=runs.filter(state=RunState.RUNNING).first(),
        last=runs.exclude(state=RunState.RUNNING).first(),
    )
