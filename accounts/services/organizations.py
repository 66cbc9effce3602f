"""Writes to organizations."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import Action, Membership, Organization, Project, Role, User, kept_since
from accounts.services.slugs import with_free_slug


@transaction.atomic
def create_organization(name: str, owner: User) -> Organization:
    organization = with_free_slug(
        name, lambda slug: Organization.objects.create(name=name, slug=slug)
    )
    Membership.objects.create(organization=organization, user=owner, role=Role.OWNER)
    return organization


def hold(organization_id: int) -> Organization:
    """An organization that nobody changes or deletes until this transaction ends.

    Raises Organization.DoesNotExist where somebody has deleted it.
    """
    return Organization.objects.select_for_update(no_key=True).get(pk=organization_id)


@transaction.atomic
def rename_organization(organization: Organization, name: str, actor: User | None = None) -> None:
    """Give an organization another name. Its slug stays, so that no link breaks."""
    before = hold(organization.pk).name
    organization.name = name
    organization.save(update_fields=["name"])
    if name != before:
        detail = audit.changed(before, name)
        audit.record(organization, Action.ORGANIZATION_RENAMED, actor, organization.slug, detail)


@transaction.atomic
def delete_organization(organization: Organization, actor: User | None = None) -> None:
    """Put an organization out of everybody's reach, and with it the projects that it has.

    `clustering.privacy.purging` deletes them for good.
    """
    now = timezone.now()
    if not Organization.objects.filter(pk=organization.pk).update(deleted_at=now):
        return
    Project.objects.filter(organization=organization).update(deleted_at=now)
    audit.record(organization, Action.ORGANIZATION_DELETED, actor, organization.name)


@transaction.atomic
def bring_back_organization(organization: Organization, actor: User | None = None) -> None:
    """Make a deleted organization what it was, unless it is too late.

    Projects that were deleted before it stay so.
    """
    kept = Organization.with_deleted.select_for_update(no_key=True).filter(
        pk=organization.pk, deleted_at__gt=kept_since()
    )
    for found in kept:
        with_it = Project.with_deleted.filter(organization=found, deleted_at=found.deleted_at)
        with_it.update(deleted_at=None)
        found.deleted_at = None
        found.save(update_fields=["deleted_at"])
        audit.record(found, Action.ORGANIZATION_BROUGHT_BACK, actor, found.name)
