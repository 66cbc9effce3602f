"""Create a user with an organization, a project, an API key and a plan, for scripts."""

from __future__ import annotations

import json
from typing import Any, TypeVar, cast

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError, transaction
from django.db.models import Model

from accounts import services as accounts
from accounts.models import Organization, User
from billing import services
from billing.models import Subscription
from billing.plans import PLANS, PlanCode

T = TypeVar("T")


def _valid(option: str, value: T, model: type[Model], field: str) -> T:
    """The value, if this field of the model takes it. Raises CommandError."""
    try:
        model._meta.get_field(field).clean(value, None)  # type: ignore[union-attr]
    except ValidationError as error:
        raise CommandError(f"{option}: {error.messages[0]}") from error
    return value


class Command(BaseCommand):
    help = "Create a tenant; print its organization, project and API key as one JSON object."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", required=True, metavar="NAME")
        parser.add_argument("--email", required=True, help="login of the organization's owner")
        parser.add_argument("--password", required=True)
        parser.add_argument("--plan", choices=sorted(PLANS), help="default: DEFAULT_PLAN")
        parser.add_argument(
            "--limit", type=int, metavar="N", help="events a period, for a plan by agreement"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                tenant = self._create(**options)
        except IntegrityError as error:  # another process was faster
            raise CommandError("This tenant exists already.") from error
        answer = {
            "organization": tenant.organization.name,
            "project": tenant.project.slug,
            "api_key": tenant.key.secret,
        }
        self.stdout.write(json.dumps(answer))

    def _create(
        self,
        organization: str,
        email: str,
        password: str,
        plan: str | None,
        limit: int | None,
        **_: Any,
    ) -> accounts.NewTenant:
        email = _valid("--email", email.strip().lower(), User, "email")
        organization = _valid("--organization", organization.strip(), Organization, "name")
        limit = _valid("--limit", limit, Subscription, "event_limit")
        if not password:
            raise CommandError("--password: This field cannot be blank.")
        self._judge(password, email)
        if User.objects.filter(email=email).exists():
            raise CommandError(f"A user {email} exists already.")
        if Organization.objects.filter(name=organization).exists():
            raise CommandError(f"An organization {organization!r} exists already.")
        tenant = accounts.sign_up(email, password, organization)
        if plan is not None or limit is not None:
            code = cast("PlanCode", plan or settings.DEFAULT_PLAN)
            services.subscribe(tenant.organization, code, event_limit=limit)
        return tenant

    def _judge(self, password: str, email: str) -> None:
        """Say where signing up would refuse a password; who runs commands may choose any."""
        try:
            validate_password(password, User(email=email))
        except ValidationError as error:
            self.stderr.write(f"--password is weak: {' '.join(error.messages)}")
