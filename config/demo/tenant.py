"""The demo organization, and what its visitor needs to get in."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction

from accounts import services
from accounts.models import Organization, Project, User
from billing.models import Subscription

EMAIL = "demo@turret.localhost"
NAME = "Inkwell (demo)"


@dataclass(frozen=True)
class Credentials:
    """The demo's login and API key. Kept in the data directory, to be printed at each start."""

    email: str
    password: str
    api_key: str
    project: str

    @classmethod
    def path(cls) -> Path:
        return Path(settings.DATA_DIR) / "demo.json"

    @classmethod
    def load(cls) -> Credentials | None:
        """Return what an earlier start stored, or None before the first."""
        try:
            return cls(**json.loads(cls.path().read_text()))
        except FileNotFoundError:
            return None

    def store(self) -> None:
        """Write the file, readable by its owner alone."""
        descriptor = os.open(self.path(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(asdict(self), file)


def is_first_start() -> bool:
    """Whether nobody has used this installation yet, and nobody has deleted the demo."""
    demo = User.objects.filter(email=EMAIL)
    return not (Organization.with_deleted.exists() or demo.exists())


def project_of(credentials: Credentials) -> Project | None:
    """The demo's project; None where somebody has deleted it."""
    return Project.objects.unscoped().filter(slug=credentials.project, is_demo=True).first()


def create() -> Credentials:
    """Create the demo organization, on a plan without limits."""
    password = secrets.token_urlsafe(9)
    with transaction.atomic():
        tenant = services.sign_up(EMAIL, password, NAME)
        Project.objects.filter(organization=tenant.organization).update(is_demo=True)
        Subscription.objects.create(organization=tenant.organization, plan_code="unlimited")
        credentials = Credentials(EMAIL, password, tenant.key.secret, tenant.project.slug)
        credentials.store()
    return credentials
