"""A process knows keys for a moment, and overlooks nothing that changes meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts import services as accounts
from accounts.models import ApiKey, Organization, Project
from accounts.services import NewTenant
from billing.models import Subscription
from billing.services import subscribe
from ingestion import credentials
from ingestion.credentials import find_credential
from ingestion.errors import Refused
from ingestion.models import Event
from ingestion.services import accept_grouped
from tests.billing.conftest import new_events
from tests.ingestion.conftest import Send


def test_a_key_is_read_once_in_a_while(
    key: str, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        assert find_credential(key) is find_credential(key)
    with django_assert_num_queries(1):
        find_credential(key, anew=True)
    monkeypatch.setattr(credentials, "KNOWN_FOR", -1.0)
    with django_assert_num_queries(1):
        find_credential(key)


def test_at_most_so_many_keys_are_known(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "_MOST_KNOWN", 2)
    for secret in ("a", "b", "c"):
        credentials._known[secret] = (0.0, find_credential(key, anew=True))
    find_credential(key, anew=True)
    assert len(credentials._known) <= 2


class Forgetful(dict[str, Any]):
    """What another thread forgets in the moment in which this one found it."""

    def __contains__(self, name: object) -> bool:
        found = super().__contains__(name)
        self.clear()
        return found


def test_its_use_is_noted_while_another_thread_forgets_it(
    key: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    credential = find_credential(key, anew=True)
    monkeypatch.setattr(credentials, "_known", Forgetful(credentials._known))
    credential.touch(timezone.now())
    assert ApiKey.objects.filter(project=project, last_used_at__isnull=False).exists()


@pytest.mark.parametrize("gone", ["revoked", "deleted", "with its project"])
def test_an_event_of_a_key_that_just_ended_is_not_stored(
    key: str, tenant: NewTenant, project: Project, gone: str
) -> None:
    credential = find_credential(key)
    if gone == "revoked":
        accounts.revoke_key(tenant.key.api_key)
    elif gone == "with its project":
        accounts.delete_project(project)
    else:
        ApiKey.objects.filter(project=project).delete()
    submission = accept_grouped(credential, new_events(3), timezone.now())
    assert submission.is_stale
    assert submission.stored == [None] * 3
    assert not Event.objects.filter(project=project).exists()
    with pytest.raises(Refused):
        find_credential(key, anew=True)


def test_a_stale_credential_costs_no_quota(
    send: Send, key: str, organization: Organization
) -> None:
    subscribe(organization, "pro", event_limit=10)
    assert send()["X-RateLimit-Remaining"] == "9"
    subscribe(organization, "pro", event_limit=20)
    assert send()["X-RateLimit-Remaining"] == "18"


def test_a_changed_plan_counts_from_the_next_request_on(
    send: Send, organization: Organization
) -> None:
    assert send().status_code == 200
    subscribe(organization, "pro", event_limit=1)
    assert send().status_code == 429
    subscribe(organization, "pro", event_limit=2)
    assert send().status_code == 200
    assert send().status_code == 429
    subscribe(organization, "unlimited")
    assert send().status_code == 200
    Subscription.objects.filter(organization=organization).update(
        plan_code="trial", trial_ends_at=timezone.now() - timedelta(days=1)
    )
    assert send().json()["reason"] == "trial_expired"
    Subscription.objects.filter(organization=organization).update(trial_ends_at=None)
    assert send().status_code == 200


def test_the_last_plan_is_forgotten_with_the_subscription(
    send: Send, organization: Organization
) -> None:
    subscribe(organization, "pro", event_limit=1)
    send()
    assert send().status_code == 429
    Subscription.objects.filter(organization=organization).delete()
    assert send().status_code == 200
