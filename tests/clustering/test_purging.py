"""What is deleted goes for good after its time: all of it, and nothing of any other tenant."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

import django_rq
import pytest
from django.apps import apps
from django.db import connections
from django.utils import timezone
from pytest_django import Settings

from accounts import services
from accounts.models import (
    BROUGHT_BACK_FOR,
    Action,
    AuditEntry,
    Coverage,
    KeyScope,
    Membership,
    Organization,
    Project,
    Role,
    User,
    WeeklyEmail,
)
from accounts.services import NewTenant
from accounts.tenancy import OrganizationModel, ProjectModel
from billing.models import LLMUsage, Notice
from billing.selectors import usage
from billing.services import record_accepted, subscribe
from clustering import locks, pipeline, tasks
from clustering.columns import blocks
from clustering.mapping import stored
from clustering.models import Erasure, SetAsideEvent, SetAsideText, Text, Theme, Topic, TopicMap
from clustering.privacy import purging
from clustering.services import pin
from config.health import work
from ingestion import segments_saved
from ingestion.models import Event, PendingEvent
from ingestion.segments import Segment
from tests.clustering.messages import ACCESS, ALL, PRICE, field_of, send

pytestmark = pytest.mark.django_db

LONG_AGO = BROUGHT_BACK_FOR + purging.GRACE
MODELS: list[Any] = [each for each in apps.get_models() if issubclass(each, ProjectModel)]


def rows_of(project: Project) -> dict[str, int]:
    """How many rows of each model belong to a project."""
    counts = {each._meta.label: each.objects.filter(project=project).count() for each in MODELS}
    return {label: count for label, count in counts.items() if count}


def fill(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have rows of every kind in a project."""
    organization, user = project.organization, project.organization.members.get()
    send(project, [*ALL, *ALL], plan="pro")
    pipeline.drain(project)
    field, monday = field_of(project), datetime(2026, 3, 9, tzinfo=UTC).date()
    monkeypatch.setattr(blocks, "ROWS", 8)
    blocks.seal(project)
    stored.draw(field)
    Theme.objects.create(project=project, field=field)
    pin(Topic.objects.filter(project=project)[0], True, user)
    segments_saved.save(project, "Pro", Segment.parse("where.plan=pro"), user)
    event = Event.objects.filter(project=project)[0]
    SetAsideEvent.objects.create(project=project, event=event, reason="a test")
    text = Text.objects.filter(project=project)[0]
    SetAsideText.objects.create(project=project, text=text, reason="a test")
    Erasure.objects.create(project=project, user_id="ada")
    membership = organization.memberships.filter(organization=organization).get()
    WeeklyEmail.objects.create(project=project, week=monday, membership=membership)
    services.create_key(project, "dashboard", scope=KeyScope.READ)
    LLMUsage.objects.create(
        organization=organization, project=project, month=monday.replace(day=1), input_tokens=70
    )
    send(project, PRICE)  # which nobody processes any more


@pytest.fixture
def full(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    fill(project, monkeypatch)
    return project


def delete_long_ago(project: Project, ago: timedelta = LONG_AGO) -> None:
    services.delete_project(project)
    Project.with_deleted.unscoped().filter(pk=project.pk).update(deleted_at=timezone.now() - ago)


def test_nothing_of_it_is_left(
    full: Project, other_tenant: NewTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(rows_of(full)) == {model._meta.label for model in MODELS}, "fill() lacks a model"
    fill(other_tenant.project, monkeypatch)
    others, used, pk = rows_of(other_tenant.project), usage(full.organization).used, full.pk
    delete_long_ago(full)

    tasks.purge(pk)

    assert not Project.with_deleted.unscoped().filter(pk=pk).exists()
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.related_model is Project:
                assert not model._base_manager.filter(**{field.name: pk}).exists(), model
    assert rows_of(other_tenant.project) == others
    assert usage(full.organization).used == used == 2 * len(ALL) + len(PRICE)
    spent = LLMUsage.objects.get(organization=full.organization)
    assert (spent.project, spent.input_tokens) == (None, 70)


def test_what_is_on_record_still_names_it(full: Project) -> None:
    delete_long_ago(full)
    tasks.purge(full.pk)

    entries = AuditEntry.objects.filter(organization=full.organization)
    assert set(entries.values_list("project_name", flat=True)) == {"Inkwell"}
    last = entries.latest("pk")
    assert (last.action, last.subject, last.who) == (Action.PROJECT_GONE, "Inkwell", "Turret")


def test_it_goes_on_wherever_it_was_stopped(full: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "BATCH", 15)
    delete_long_ago(full)
    left = [sum(rows_of(full).values())]
    while left[-1]:
        purging.purge(full.pk, deadline=monotonic())
        left.append(sum(rows_of(full).values()))
        assert left[-1] < left[-2]
    assert len(left) > len(MODELS)
    purging.purge(full.pk, deadline=monotonic())
    assert not Project.with_deleted.unscoped().exists()
    purging.purge(full.pk)


@pytest.mark.django_db(transaction=True)
def test_two_processes_do_not_meet(project: Project) -> None:
    delete_long_ago(project)
    with closing(connections.create_connection("default")) as other, other.cursor() as cursor:
        name = locks.purging(project.pk)
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
        purging.purge(project.pk)
        assert Project.with_deleted.unscoped().exists()
        cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])
    purging.purge(project.pk)
    assert not Project.with_deleted.unscoped().exists()


def test_it_stays_while_it_can_be_brought_back(full: Project) -> None:
    before = rows_of(full)
    delete_long_ago(full, BROUGHT_BACK_FOR - timedelta(minutes=1))
    tasks.purge(full.pk)
    assert rows_of(full) == before
    services.bring_back(full)
    assert Project.objects.unscoped().get() == full
    tasks.purge(full.pk)
    assert rows_of(full) == before


def test_of_an_organization_nothing_is_left(
    full: Project, other_tenant: NewTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    organization = full.organization
    fill_organization(organization)
    assert set(rows_of_organization(organization)) == {
        model._meta.label for model in ORGANIZATION_MODELS
    }, "fill_organization() lacks a model"
    fill(other_tenant.project, monkeypatch)
    rival, pk = other_tenant.organization, organization.pk
    others = rows_of(other_tenant.project), rows_of_organization(rival)
    services.delete_organization(organization)
    long_ago = timezone.now() - LONG_AGO
    Organization.with_deleted.filter(pk=pk).update(deleted_at=long_ago)
    Project.with_deleted.filter(organization=organization).update(deleted_at=long_ago)

    tasks.purge_organization(pk)
    assert Membership.objects.filter(organization=pk).exists(), "its projects go first"
    tasks.purge(full.pk)
    tasks.purge_organization(pk)

    assert list(Organization.with_deleted.all()) == [rival]
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.related_model is Organization:
                assert not model._base_manager.filter(**{field.name: pk}).exists(), model
    assert (rows_of(other_tenant.project), rows_of_organization(rival)) == others
    assert User.objects.count() == 2
    tasks.purge_organization(pk)


ORGANIZATION_MODELS: list[Any] = [
    each for each in apps.get_models() if issubclass(each, OrganizationModel)
]


def rows_of_organization(organization: Organization) -> dict[str, int]:
    counts = {
        each._meta.label: each.objects.filter(organization=organization).count()
        for each in ORGANIZATION_MODELS
    }
    return {label: count for label, count in counts.items() if count}


def fill_organization(organization: Organization) -> None:
    """Have rows of every kind in it that has a project."""
    owner, today = organization.members.get(), timezone.now().date()
    subscribe(organization, "pro")
    record_accepted(organization.pk, {today: 7})
    services.invite(organization, "guest@example.com", Role.MEMBER, owner)
    Notice.objects.create(organization=organization, day=today, event_limit=100, percent=50)


def test_an_organization_goes_on_wherever_it_was_stopped(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "BATCH", 1)
    Project.objects.filter(organization=organization).delete()
    fill_organization(organization)
    services.delete_organization(organization)
    Organization.with_deleted.update(deleted_at=timezone.now() - LONG_AGO)
    left = [sum(rows_of_organization(organization).values())]
    while left[-1]:
        purging.purge_organization(organization.pk, deadline=monotonic())
        left.append(sum(rows_of_organization(organization).values()))
        assert left[-1] == left[-2] - 1
    purging.purge_organization(organization.pk, deadline=monotonic())
    assert not Organization.with_deleted.exists()


def test_an_organization_stays_while_it_can_be_brought_back(organization: Organization) -> None:
    Project.objects.filter(organization=organization).delete()
    services.delete_organization(organization)
    almost = timezone.now() - BROUGHT_BACK_FOR + timedelta(minutes=1)
    Organization.with_deleted.update(deleted_at=almost)
    before = rows_of_organization(organization)

    tasks.purge_organization(organization.pk)

    assert rows_of_organization(organization) == before
    services.bring_back_organization(organization)
    Organization.objects.get()
    tasks.purge_organization(organization.pk)
    assert rows_of_organization(organization)["accounts.Membership"] == 1


def test_nobody_works_on_a_deleted_project(project: Project) -> None:
    send(project, ACCESS)
    services.delete_project(project)
    assert work.look().oldest_event is None
    tasks.sweep()
    tasks.process(project.pk)
    assert PendingEvent.objects.filter(project=project).count() == len(ACCESS)

    services.bring_back(project)
    assert work.look().oldest_event is not None
    tasks.process(project.pk)
    assert Text.objects.filter(project=project, embedded=True).count() == len(ACCESS)


@pytest.mark.django_db(transaction=True)
def test_no_job_looks_at_a_deleted_project(full: Project, settings: Settings) -> None:
    settings.ANTHROPIC_API_KEY = "test-key"
    services.set_coverage(full, Coverage.BROADEST)
    TopicMap.objects.filter(project=full).delete()
    field, before = field_of(full), rows_of(full)
    services.delete_project(full)

    assert asked_by_the_sweep() == set()
    for job in (tasks.process, tasks.seal, tasks.cover, tasks.erase, tasks.retain):
        job(full.pk)
    for work_on in (tasks.label, tasks.draw):
        work_on(field.pk)
    for run in (tasks.cluster, tasks.look):
        run(field.pk, "a test")
    assert rows_of(full) == before

    services.bring_back(full)
    assert asked_by_the_sweep() == {"process", "label", "draw", "cover", "erase"}


@pytest.mark.django_db(transaction=True)
def test_the_sweep_asks_for_what_is_due(project: Project) -> None:
    services.delete_project(project)
    assert asked_by_the_sweep() == set()
    delete_long_ago(project)
    assert asked_by_the_sweep() == {"purge"}
    services.delete_organization(project.organization)
    Organization.with_deleted.update(deleted_at=timezone.now() - LONG_AGO)
    assert asked_by_the_sweep() == {"purge"}
    tasks.purge(project.pk)
    assert asked_by_the_sweep() == {"purge_organization"}


def asked_by_the_sweep() -> set[str]:
    """The functions of the jobs that it asks for."""
    redis = django_rq.get_connection("events")
    redis.flushdb()
    tasks.sweep()
    queues = [django_rq.get_queue(name) for name in ("events", "topics")]
    names = {str(job.func_name).rpartition(".")[2] for queue in queues for job in queue.get_jobs()}
    redis.flushdb()
    return names
