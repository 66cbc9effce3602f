"""What workers do. Each job is a hint that something has work: it drains what it finds, and may
be lost or run twice without harm. Of a deleted project it does nothing."""

from __future__ import annotations

from time import monotonic, sleep

from django.core.cache import cache

from accounts.models import Project
from billing import metrics
from clustering import coverage, jobs, locks, naming, pipeline
from clustering.columns import blocks, files
from clustering.mapping import stored
from clustering.models import ClusteringRun, RunScope, RunState
from clustering.privacy import erasure, purging, retention
from clustering.reports import search
from clustering.runs import lifecycle, standing
from clustering.themes import renewal
from ingestion import hints
from ingestion.models import Field

SEAL_SECONDS = 10
"""Time between two jobs that make blocks of a project; until then pages read the rows."""

_PATIENCE_SECONDS = 0.5


def process(project_id: int) -> None:
    """Extract, embed and assign what waits in a project; then ask for the runs that are due.

    Several workers may do this for one project at a time, and share its backlog.
    """
    hints.clear(project_id)  # first: where the rest fails, others can ask again
    project = _project(project_id)
    if project is None:
        return
    deadline = monotonic() + jobs.LONGEST_SECONDS
    with locks.lease():
        pipeline.process(project, _count, deadline=deadline)
    _ask_for_due_runs(project)
    if cache.add(f"sealed-{project_id}", True, timeout=SEAL_SECONDS) and blocks.is_due(project):
        jobs.seal(project_id).enqueue()
    if monotonic() >= deadline:
        hints.hint(project_id)


def cluster(field_id: int, reason: str) -> None:
    """Do a clustering run, after waiting for one among the outliers to end where one goes on.

    Then ask for names and, behind those, a map.
    """
    field = _field(field_id)
    if field is None:
        return
    while not (run := _run(field, reason, RunScope.ALL)) and lifecycle.is_among_outliers(field):
        sleep(_PATIENCE_SECONDS)
    if run:
        jobs.label(field_id).enqueue()
        jobs.draw(field_id).enqueue()


def look(field_id: int, reason: str) -> None:
    """Do a clustering run among the outliers; then ask for names of what it found."""
    with locks.holding(locks.looking(field_id)) as mine:
        field = _field(field_id) if mine else None
        run = _run(field, reason, RunScope.OUTLIERS) if field else None
    if run and run.topics:
        jobs.label(field_id).enqueue()


def group(field_id: int) -> None:
    """Group the topics of a field whose last run was lost before it did."""
    with locks.holding(locks.grouping(field_id)) as mine:
        if mine and (field := _field(field_id)):
            lifecycle.finish_grouping(field)


def seal(project_id: int) -> None:
    """Make blocks of what was extracted since the last ones."""
    if project := _project(project_id):
        blocks.seal(project)


def label(field_id: int) -> None:
    """Name the topics of a field whose names are missing or out of date.

    An LLM may take its time: the next sweep asks for what is left, behind others' first topics.
    """
    if field := _field(field_id):
        naming.label(field, deadline=monotonic() + jobs.LONGEST_SECONDS)


def draw(field_id: int) -> None:
    """Draw the map of a field anew."""
    if field := _field(field_id):
        stored.draw(field)


def cover(project_id: int) -> None:
    """Put the coverage of a project into force."""
    with locks.holding(locks.covering(project_id)) as mine:
        if mine and (project := _project(project_id)):
            coverage.put_into_force(project)


def erase(project_id: int) -> None:
    """Delete the data of users that a project must forget."""
    if project := _project(project_id):
        erasure.carry_out(project)


def retain(project_id: int) -> None:
    """Delete the events of a project that are older than it keeps them."""
    if project := _project(project_id):
        retention.delete_old_events(project, deadline=monotonic() + jobs.LONGEST_SECONDS)


def purge(project_id: int) -> None:
    """Delete for good a project that was deleted and not brought back."""
    purging.purge(project_id, deadline=monotonic() + jobs.LONGEST_SECONDS)


def purge_organization(organization_id: int) -> None:
    """Delete for good an organization that was deleted and not brought back."""
    purging.purge_organization(organization_id, deadline=monotonic() + jobs.LONGEST_SECONDS)


def embed_query(query: str) -> None:
    """Embed what somebody searches for, for the page that waits for it."""
    search.keep(query, pipeline.embedder()([query])[0])


def sweep() -> None:
    """Find whatever waits, in every project, and ask for the jobs that do it."""
    locks.end_hung()
    lifecycle.end_abandoned_runs()
    hints.remind(project.pk for project in standing.projects_with_waiting())
    for project in standing.projects_with_changes():
        _ask_for_due_runs(project)
    for field_id in renewal.ungrouped().values_list("field", flat=True):
        jobs.group(field_id).enqueue()
    for field_id in naming.fields_to_label():
        jobs.label(field_id).enqueue()
    for field_id in stored.fields_to_draw():
        jobs.draw(field_id).enqueue()
    for project_id in {project_id for project_id, _ in coverage.behind()}:
        jobs.cover(project_id).enqueue()
    for project_id in erasure.waiting():
        jobs.erase(project_id).enqueue()
    for project in retention.projects_due():
        jobs.retain(project.pk).enqueue()
    for project in purging.due():
        jobs.purge(project.pk).enqueue()
    for organization in purging.organizations_due():
        jobs.purge_organization(organization.pk).enqueue()


def sweep_files() -> None:
    """Delete the columns that this host keeps as files of data that are gone."""
    files.sweep()


def _run(field: Field, reason: str, scope: RunScope) -> ClusteringRun | None:
    began = monotonic()
    state: RunState | None = RunState.FAILED
    try:
        run = lifecycle.cluster(field, reason, scope=scope)
        state = RunState.DONE if run else None
    finally:
        if state:
            metrics.observe("run", f"{scope} {state}", monotonic() - began)
    return run


def _count(stage: str, done: int) -> None:
    if done:
        metrics.count(stage, done)


def _ask_for_due_runs(project: Project) -> None:
    for due in standing.due_runs(project):
        ask = jobs.look if due.scope == RunScope.OUTLIERS else jobs.cluster
        ask(due.dimension.field_id, due.reason).enqueue()


def _project(project_id: int) -> Project | None:
    return Project.objects.unscoped().select_related("organization").filter(pk=project_id).first()


def _field(field_id: int) -> Field | None:
    found = Field.objects.unscoped().filter(pk=field_id, project__deleted_at=None)
    return found.select_related("project").first()
