"""Sample data are one click away, an organization's own, and cost it nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey, LLMExamples, Organization, Project, User
from accounts.services import delete_project
from billing.selectors import standing
from config.demo import sample
from ingestion import services as ingestion
from ingestion.models import Event, PendingEvent

SignedIn = Callable[[User], Client]

URL = "/o/inkwell/sample/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "CONVERSATIONS", 20)


@pytest.fixture
def made(organization: Organization) -> Project:
    return sample.sample_of(organization)


def test_one_click_leads_to_it(
    owner: User, organization: Organization, project: Project, signed_in: SignedIn
) -> None:
    page = signed_in(owner).post(URL, follow=True)

    made = Project.objects.get(organization=organization, is_metered=False)
    assert page.redirect_chain == [(f"/p/{made.slug}/overview/", 302)]
    text = page.content.decode()
    assert "<strong>Sample data:</strong>" in text
    assert "Write sample events" in text
    assert "Create an API key" not in text
    events = Event.objects.filter(project=made)
    assert events.count() == PendingEvent.objects.filter(project=made).count() > 20
    assert not events.filter(timestamp__gt=timezone.now()).exists()


def test_another_click_leads_to_the_same(organization: Organization, made: Project) -> None:
    assert sample.sample_of(organization) == made
    assert Project.objects.filter(organization=organization, is_metered=False).count() == 1


def test_no_plan_limits_samples_but_they_end(
    owner: User, organization: Organization, signed_in: SignedIn
) -> None:
    client = signed_in(owner)
    for _ in range(sample.MOST):
        delete_project(sample.sample_of(organization), owner)
    page = client.post(URL, follow=True)

    assert "Bring them back below" in page.content.decode()
    kept = Project.with_deleted.filter(organization=organization, is_metered=False)
    assert kept.count() == sample.MOST


def test_each_organization_has_its_own(made: Project, other_tenant: object, outsider: User) -> None:
    theirs = sample.sample_of(Organization.objects.get(slug="rival"))

    assert theirs != made
    assert theirs.organization.slug == "rival"


def test_a_plain_member_makes_none(
    teammate: User, organization: Organization, signed_in: SignedIn
) -> None:
    client = signed_in(teammate)

    assert client.post(URL).status_code == 403
    assert "Open sample data" not in client.get("/o/inkwell/").content.decode()
    assert not Project.objects.filter(organization=organization, is_metered=False).exists()


def test_it_is_nobodys_usage_waiting_or_read(organization: Organization, made: Project) -> None:
    assert standing(organization).used == 0

    assert ingestion.claim(made, 1_000)
    assert standing(organization).used == 0


def test_it_is_made_after_a_trial_has_ended(organization: Organization) -> None:
    Organization.objects.update(created_at="2020-01-01T00:00:00Z")
    organization.refresh_from_db()

    assert Event.objects.filter(project=sample.sample_of(organization)).exists()


def test_no_key_lets_anybody_send_to_it_for_nothing(
    owner: User, made: Project, signed_in: SignedIn
) -> None:
    client, keys = signed_in(owner), f"/p/{made.slug}/settings/keys/"

    assert client.post(keys, {"name": "free"}).status_code == 403
    assert not ApiKey.objects.filter(project=made).exists()
    assert "Sample data take no events" in client.get(keys).content.decode()


def test_an_llm_sees_nothing_of_it(made: Project) -> None:
    assert made.llm_examples == LLMExamples.NONE


def test_another_one_can_be_opened_after_it_was_deleted(
    owner: User, organization: Organization, made: Project
) -> None:
    delete_project(made, owner)

    other = sample.sample_of(organization)
    assert other.slug != made.slug
    assert Event.objects.filter(project=other).exists()
