"""The usage page and the banner."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.template import Context, Template
from django.test import Client
from django.utils import timezone

from accounts.models import Organization, User
from billing import refusals, services
from tests.downloads import rows

SignedIn = Callable[[User], Client]


def page(client: Client, organization: Organization) -> str:
    return client.get(f"/o/{organization.slug}/usage/").content.decode()


def banner(organization: Organization | None) -> str:
    return (
        Template("{% load quota %}{% quota_banner %}")
        .render(Context({"organization": organization}))
        .strip()
    )


def test_without_events_it_says_what_counts(
    signed_in: SignedIn, teammate: User, organization: Organization
) -> None:
    html = page(signed_in(teammate), organization)
    assert "No events in this period" in html
    assert "Trial ends" in html
    assert "of 250,000, 0 %" in html


def test_shows_used_refused_and_a_table_behind_the_chart(
    signed_in: SignedIn, owner: User, organization: Organization
) -> None:
    today = timezone.now().date()
    services.subscribe(organization, "pro")
    services.record_accepted(organization.pk, {today: 1})
    assert "of 1,000,000, &lt; 1 %" in page(signed_in(owner), organization)
    services.record_accepted(organization.pk, {today: 12_344})
    refusals.add({(organization.pk, today): 67})
    html = page(signed_in(owner), organization)
    accepted = '<td class="num" data-value="12345">12,345</td>'
    assert f'{accepted}<td class="num" data-value="67">67</td></tr>' in html
    assert f'{accepted}<td class="num" data-value="1000000">1,000,000</td></tr>' in html  # used
    assert "of 1,000,000, 1 %" in html


def test_says_that_events_are_refused(
    signed_in: SignedIn, owner: User, organization: Organization
) -> None:
    services.subscribe(organization, "pro", event_limit=5)
    services.record_accepted(organization.pk, {timezone.now().date(): 5})
    assert "new events are refused until" in page(signed_in(owner), organization)
    services.subscribe(organization, "trial", started_at=timezone.now() - timedelta(days=15))
    assert "trial of <bdi>Inkwell</bdi> ended" in page(signed_in(owner), organization)


def test_without_a_limit_there_is_no_share(
    signed_in: SignedIn, owner: User, organization: Organization
) -> None:
    services.subscribe(organization, "unlimited")
    html = page(signed_in(owner), organization)
    assert "without a limit" in html
    assert "<progress" not in html


def test_an_outsider_finds_nothing(
    signed_in: SignedIn, outsider: User, organization: Organization
) -> None:
    answer = signed_in(outsider).get(f"/o/{organization.slug}/usage/")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("used", "said"), [(79, ""), (80, "has used 80 %"), (100, "has used all 100 events")]
)
def test_the_banner_warns_before_events_are_refused(
    organization: Organization, used: int, said: str
) -> None:
    services.subscribe(organization, "pro", event_limit=100)
    services.record_accepted(organization.pk, {timezone.now().date(): used})
    html = banner(organization)
    assert said in html
    assert bool(html) == bool(said)


def test_the_banner_tells_of_the_end_of_a_trial(organization: Organization) -> None:
    services.subscribe(organization, "trial", started_at=timezone.now() - timedelta(days=15))
    assert "trial of <bdi>Inkwell</bdi> ended" in banner(organization)


def test_the_banner_promises_no_end_of_a_limit_of_nothing(organization: Organization) -> None:
    services.subscribe(organization, "pro", event_limit=0)
    html = banner(organization)
    assert "may send no events" in html
    assert "until" not in html


def test_the_banner_needs_an_organization() -> None:
    assert banner(None) == ""


def test_days_are_downloaded(
    signed_in: SignedIn, teammate: User, organization: Organization
) -> None:
    today = timezone.now().date()
    services.record_accepted(organization.pk, {today: 12_345})
    refusals.add({(organization.pk, today): 67})
    path = f"/o/{organization.slug}/usage/"
    day = {"day": today.isoformat(), "accepted": "12345", "refused": "67"}
    assert rows(signed_in(teammate).get(path, {"format": "csv"}))[-1] == day
