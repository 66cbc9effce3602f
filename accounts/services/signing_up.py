"""Signing up."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from accounts.models import Organization, Project, User
from accounts.services.api_keys import NewKey
from accounts.services.organizations import create_organization
from accounts.services.projects import start_project
from accounts.services.users import create_user


@dataclass(frozen=True)
class NewTenant:
    """What a sign-up creates."""

    user: User
    organization: Organization
    project: Project
    key: NewKey


@transaction.atomic
def sign_up(email: str, password: str, organization_name: str, project_name: str = "") -> NewTenant:
    """Create a user who owns a new organization with a first project and its first key.

    Without a name, the project has that of the organization. Raises EmailTaken.
    """
    user = create_user(email, password)
    organization = create_organization(organization_name, owner=user)
    key = start_project(organization, project_name or organization_name, user)
    return NewTenant(user, organization, key.api_key.project, key)
