"""Writes to projects and their settings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import audit, selectors
from accounts.models import (
    Action,
    AuditEntry,
    Coverage,
    LLMExamples,
    Organization,
    Project,
    User,
)
from accounts.services.api_keys import NewKey, create_key
from accounts.services.organizations import hold
from accounts.services.slugs import with_free_slug


@transaction.atomic
def create_project(
    organization: Organization, name: str, actor: User | None = None, *, is_demo: bool = False
) -> Project:
    """Raises Organization.DoesNotExist where somebody has deleted it meanwhile."""
    hold(organization.pk)
    project = with_free_slug(
        name,
        lambda slug: Project.objects.create(
            organization=organization, name=name, slug=slug, is_demo=is_demo
        ),
        owner=organization.slug,
    )
    audit.record(project, Action.PROJECT_MADE, actor, name)
    return project


def create_sample(organization: Organization, name: str) -> Project:
    """Create a project for data of Turret's own, which cost the organization nothing."""
    project = create_project(organization, name, is_demo=True)
    project.is_metered = False
    project.llm_examples = LLMExamples.NONE
    project.save(update_fields=["is_metered", "llm_examples"])
    return project


@transaction.atomic
def start_project(organization: Organization, name: str, actor: User) -> NewKey:
    """Create a project with its first key, ready to be sent to."""
    return create_key(create_project(organization, name, actor), "First key", actor)


@transaction.atomic
def rename_project(project: Project, name: str, actor: User | None = None) -> None:
    """Give a project another name. Its slug stays, so that no link breaks."""
    before = _stored(project).name
    project.name = name
    project.save(update_fields=["name"])
    if name != before:
        detail = audit.changed(before, name)
        audit.record(project, Action.PROJECT_RENAMED, actor, project.slug, detail)


def set_llm_examples(project: Project, examples: LLMExamples, actor: User | None = None) -> None:
    """Say what an LLM may see. Names that it gave before stay."""
    _set(project, "llm_examples", examples, actor)


def set_session_gap(project: Project, gap: timedelta, actor: User | None = None) -> None:
    """Say how long a session must be quiet to be over. It holds for past sessions too."""
    _set(project, "session_gap", gap, actor)


def set_retention(project: Project, days: int | None, actor: User | None = None) -> None:
    """Keep events for so many days; None keeps all. `clustering.privacy` deletes the others."""
    _set(project, "retention_days", days, actor)


def set_masking(project: Project, wanted: bool, actor: User | None = None) -> None:
    """Have `ingestion` mask metadata before it stores an event, or not."""
    _set(project, "masks_events", wanted, actor)


def set_coverage(project: Project, coverage: Coverage, actor: User | None = None) -> None:
    """Choose how much topics claim; `clustering.coverage` puts it into force."""
    _set(project, "coverage", coverage, actor)


@transaction.atomic
def _set(project: Project, setting: str, value: object, actor: User | None) -> None:
    before = _in_words(_stored(project), setting)
    setattr(project, setting, value)
    project.save(update_fields=[setting])
    after = _in_words(project, setting)
    if after != before:
        field: Any = Project._meta.get_field(setting)
        words = str(field.verbose_name)
        audit.record(project, Action.SETTING_CHANGED, actor, words, audit.changed(before, after))


def _in_words(project: Project, setting: str) -> str:
    value: Any = getattr(project, setting)
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, timedelta):
        return f"{value // timedelta(minutes=1)} minutes"
    choice = getattr(project, f"get_{setting}_display", None)
    return str(choice() if choice else value if value is not None else "no limit")


def _stored(project: Project) -> Project:
    """The project as it is in the database, which nobody else changes meanwhile."""
    same = Project.objects.filter(organization=project.organization_id, pk=project.pk)
    return same.select_for_update(no_key=True).get()


def show_checklist(project: Project, wanted: bool) -> None:
    project.shows_checklist = wanted
    project.save(update_fields=["shows_checklist"])


@transaction.atomic
def delete_project(project: Project, actor: User | None = None) -> None:
    """Put a project out of everybody's reach. `clustering.privacy.purging` deletes it for good."""
    live = Project.objects.filter(organization=project.organization_id, pk=project.pk)
    if live.update(deleted_at=timezone.now()):
        audit.record(project, Action.PROJECT_DELETED, actor, project.name, project.slug)


@transaction.atomic
def bring_back(project: Project, actor: User | None = None) -> None:
    """Make a deleted project what it was, unless it is too late.

    Raises Organization.DoesNotExist where its organization is deleted too.
    """
    hold(project.organization_id)
    deleted = selectors.deleted_projects(project.organization).filter(pk=project.pk)
    if deleted.update(deleted_at=None):
        audit.record(project, Action.PROJECT_BROUGHT_BACK, actor, project.name, project.slug)


@transaction.atomic
def end_project(project: Project) -> None:
    """Delete the row of a project that has no others. What is on record names it from now on."""
    audit.record(project, Action.PROJECT_GONE, None, project.name, project.slug)
    entries = AuditEntry.objects.filter(organization=project.organization_id, project=project)
    entries.update(project_name=project.name)
    project.delete()
