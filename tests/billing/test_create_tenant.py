"""`manage.py create_tenant`."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import ApiKey, Membership, Organization, Project, Role, User
from accounts.services import NewTenant
from billing.models import Subscription
from billing.selectors import terms_of
from ingestion.credentials import find_credential

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
USUAL = {"organization": "Acme", "email": "Ann@Example.com", "password": PASSWORD}


def create(**options: Any) -> dict[str, str]:
    out = StringIO()
    call_command("create_tenant", **{**USUAL, **options}, stdout=out)
    lines = out.getvalue().splitlines()
    assert len(lines) == 1
    answer: dict[str, str] = json.loads(lines[0])
    return answer


def test_prints_organization_project_and_key() -> None:
    answer = create()
    assert set(answer) == {"organization", "project", "api_key"}
    assert answer["organization"] == "Acme"
    project = Project.objects.unscoped().get(slug=answer["project"])
    assert find_credential(answer["api_key"]).project_id == project.pk


def test_the_user_owns_the_organization_and_can_log_in() -> None:
    create()
    user = User.objects.get(email="ann@example.com")
    assert user.check_password(PASSWORD)
    assert Membership.objects.unscoped().get(user=user).role == Role.OWNER


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("s3cret", "too short"),
        ("12345678", "entirely numeric"),
        ("ann@example.com", "too similar"),
        (PASSWORD, None),
    ],
)
def test_a_weak_password_is_taken_with_a_word_of_warning(password: str, said: str | None) -> None:
    told = StringIO()
    create(password=password, stderr=told)
    assert User.objects.get(email="ann@example.com").check_password(password)
    assert said in told.getvalue() if said else not told.getvalue()


def test_without_a_password_nobody_could_log_in() -> None:
    with pytest.raises(CommandError, match=r"^--password: .*blank"):
        create(password="")
    assert not User.objects.exists()


def test_without_a_plan_the_default_holds() -> None:
    create()
    assert Subscription.objects.unscoped().count() == 0


def test_takes_a_plan_and_a_limit() -> None:
    create(plan="enterprise", limit=5_000)
    terms = terms_of(Organization.objects.get(name="Acme"))
    assert (terms.plan.code, terms.limit) == ("enterprise", 5_000)


def test_a_limit_alone_changes_the_default_plan() -> None:
    create(limit=10)
    terms = terms_of(Organization.objects.get(name="Acme"))
    assert (terms.plan.code, terms.limit) == ("trial", 10)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"email": "OWNER@example.com"}, "user owner@example.com exists"),
        ({"organization": "Inkwell"}, "organization 'Inkwell' exists"),
        ({"email": "nobody"}, "--email: Enter a valid email address"),
        ({"email": f"{'x' * 60}@{'y' * 60}.{'.'.join(['z' * 60] * 4)}.com"}, "--email: "),
        ({"organization": " "}, "--organization: This field cannot be blank"),
        ({"organization": "x" * 101}, "--organization: .*100 characters"),
        ({"plan": "pro", "limit": -1}, "--limit: .*greater than or equal to 0"),
        ({"plan": "pro", "limit": 10**20}, "--limit: .*less than or equal to"),
    ],
)
def test_what_cannot_be_created_is_one_line_and_nothing_stays(
    tenant: NewTenant, options: dict[str, Any], said: str
) -> None:
    before = (User.objects.count(), Organization.objects.count())
    with pytest.raises(CommandError, match=said) as raised:
        create(**options)
    assert raised.value.returncode != 0
    assert "\n" not in str(raised.value)
    assert (User.objects.count(), Organization.objects.count()) == before
    assert ApiKey.objects.unscoped().count() == 1
