"""The page on which a project says what it keeps, masks and forgets."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, Project, Role, User
from clustering import pipeline
from clustering.models import Erasure
from clustering.privacy import erasure
from clustering.views.privacy import PAGE
from ingestion.models import Event
from tests.clustering.messages import ACCESS, PRICE, send
from tests.downloads import rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(owner: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(owner)


def post(client: Client, name: str, project: Project, **values: object) -> str:
    response = client.post(reverse(name, args=[project.slug]), values, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_a_shorter_time_asks_before_events_are_deleted(admin: Client, project: Project) -> None:
    send(project, ACCESS, days_ago=50)
    send(project, PRICE)
    assert f"Delete {len(ACCESS)} events?" in post(admin, "keep_events", project, days=30)
    project.refresh_from_db()
    assert project.retention_days is None
    assert "kept for 30 days" in post(admin, "keep_events", project, days=30, confirmed="yes")
    project.refresh_from_db()
    assert project.retention_days == 30


def test_what_deletes_nothing_asks_nothing(admin: Client, project: Project) -> None:
    send(project, PRICE)
    assert "kept for 30 days" in post(admin, "keep_events", project, days=30)
    assert "kept for ever" in post(admin, "keep_events", project, days="")


@pytest.mark.parametrize("days", ["0", "-3", "1.5", "many", "99999999999999999999", "<script>"])
def test_a_wrong_number_of_days_is_told(admin: Client, project: Project, days: str) -> None:
    assert "errorlist" in post(admin, "keep_events", project, days=days)
    project.refresh_from_db()
    assert project.retention_days is None


def test_a_sample_is_masked_and_escaped(admin: Client, project: Project) -> None:
    shown = post(admin, "mask_sample", project, sample="<script>x</script> jo@example.com")
    assert "&lt;script&gt;x&lt;/script&gt; [email]" in shown
    assert "longer than 2,000" in post(admin, "mask_sample", project, sample="x" * 2_001)


def test_masking_is_switched_on_and_off(admin: Client, project: Project) -> None:
    post(admin, "mask_events", project, masks_events="on")
    project.refresh_from_db()
    assert project.masks_events
    post(admin, "mask_events", project)
    project.refresh_from_db()
    assert not project.masks_events


def test_a_users_data_is_shown_then_deleted_with_a_receipt(admin: Client, project: Project) -> None:
    send(project, ACCESS)
    Event.objects.filter(project=project).update(user_id="<b>ada</b>")
    pipeline.drain(project)
    asked = post(admin, "forget_user", project, user_id="<b>ada</b>")
    assert f"sent {len(ACCESS)} events" in asked
    assert "&lt;b&gt;ada&lt;/b&gt;" in asked
    assert not Erasure.objects.filter(project=project).exists()
    assert "Being deleted" in post(
        admin, "forget_user", project, user_id="<b>ada</b>", confirmed="yes"
    )
    assert Erasure.objects.get(project=project).user_id == "<b>ada</b>"


def test_who_was_forgotten_is_led_to_the_receipt(admin: Client, project: Project) -> None:
    done = erasure.request(project, "ada", None)
    erasure.carry_out(project)
    assert f"Receipt {done.user_digest[:12]}" in post(admin, "forget_user", project, user_id="ada")
    assert "says what of it" not in post(admin, "forget_user", project, user_id="ben")


def test_admins_download_receipts(
    admin: Client, project: Project, teammate: User, signed_in: Callable[[User], Client]
) -> None:
    asked = erasure.request(project, "ada", None)
    path = reverse("privacy", args=[project.slug])
    (row,) = rows(admin.get(path, {"format": "csv"}))
    assert (row["user_digest"], row["events"], row["deleted"]) == (asked.user_digest, "0", "")
    assert signed_in(teammate).get(path, {"format": "csv"}).status_code == 403


def test_whoever_reads_old_receipts_stays_there_while_data_is_deleted(
    admin: Client, project: Project
) -> None:
    for number in range(PAGE + 1):
        erasure.request(project, f"user {number}", None)
    path = reverse("privacy", args=[project.slug])
    assert f'hx-get="{path}?page=2"' in admin.get(path, {"page": 2}).content.decode()


@pytest.mark.parametrize("user_id", ["", "nobody", "x" * 201, "\0"])
def test_an_unknown_user_is_told(admin: Client, project: Project, user_id: str) -> None:
    assert "errorlist" in post(admin, "forget_user", project, user_id=user_id, confirmed="yes")
    assert not Erasure.objects.filter(project=project).exists()


def test_a_member_reads_and_changes_nothing(
    organization: object, project: Project, teammate: User, signed_in: Callable[[User], Client]
) -> None:
    Membership.objects.filter(organization=project.organization, user=teammate).update(
        role=Role.MEMBER
    )
    client = signed_in(teammate)
    page = client.get(reverse("privacy", args=[project.slug])).content.decode()
    assert "For ever" in page
    assert '<form method="post" action="/p/' not in page
    for name in ("keep_events", "mask_events", "mask_sample", "forget_user"):
        assert client.post(reverse(name, args=[project.slug])).status_code == 403
