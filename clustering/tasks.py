"""What workers do. Each job is a hint that something has work: it drains what it finds, and may
be lost or run twice without harm."""

from __future__ import annotations

from time import monotonic

from accounts.models import Project
from clustering import jobs, naming, pipeline, runs, search, standing
from ingestion import hints
from ingestion.models import Field

LONGEST_SECONDS = 15
"""A job with more to do than that asks for another one and lets other projects' jobs pass."""


def process(project_id: int) -> None:
    """Extract, embed and assign what waits in a project; then ask for the runs that are due.

    Several workers may do this for one project at a time, and share its backlog.
    """
    project = Project.objects.unscoped().get(pk=project_id)
    deadline = monotonic() + LONGEST_SECONDS
    pipeline.process(project, deadline=deadline)
    _ask_for_due_runs(project)
    if monotonic() >= deadline:
        hints.hint(project_id)


def cluster(field_id: int, reason: str) -> None:
    """Do a clustering run; then ask for names."""
    if runs.cluster(_field(field_id), reason):
        jobs.label(field_id).enqueue()


def label(field_id: int) -> None:
    """Name the topics of a field whose names are missing or out of date."""
    naming.label(_field(field_id))


def embed_query(query: str) -> None:
    """Embed what somebody searches for, for the page that waits for it."""
    search.keep(query, pipeline.embedder()([query])[0])


def sweep() -> None:
    """Find whatever waits, in every project, and ask for the jobs that do it."""
    runs.end_abandoned_runs()
    for project in standing.projects_with_waiting():
        hints.hint(project.pk)
    for project in standing.projects_with_changes():
        _ask_for_due_runs(project)
    for field_id in naming.fields_to_label():
        jobs.label(field_id).enqueue()


def _ask_for_due_runs(project: Project) -> None:
    for dimension, reason in standing.due_dimensions(project):
        jobs.cluster(dimension.field_id, reason).enqueue()


def _field(field_id: int) -> Field:
    return Field.objects.unscoped().select_related("project").get(pk=field_id)
