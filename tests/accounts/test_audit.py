"""The audit log: every act leaves one entry, in its own transaction, for admins to read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from django_otp.oath import totp

from accounts import audit, services, two_factor
from accounts.models import (
    Action,
    ActionKind,
    ApiKey,
    AuditEntry,
    Coverage,
    KeyScope,
    LLMExamples,
    Membership,
    Organization,
    Project,
    Role,
    User,
)
from accounts.services import NewTenant
from billing import services as billing
from clustering.privacy import erasure
from ingestion import learning, segments_saved
from ingestion.models import Field, FieldType
from ingestion.segments import Segment

SignedIn = Callable[[User], Client]
PAGE = "/o/inkwell/audit/"


def written(organization: Organization) -> list[tuple[str, str, str, str]]:
    """Action, who, subject and detail of what was done since the sign-up, in order."""
    rows = AuditEntry.objects.filter(organization=organization).order_by("pk")
    return list(rows.values_list("action", "actor_email", "subject", "detail"))[2:]


def rows_of(client: Client, query: str = "") -> list[AuditEntry]:
    return list(client.get(PAGE + query).context["page"])


def test_a_sign_up_leaves_its_project_and_key(tenant: NewTenant) -> None:
    entries = AuditEntry.objects.filter(organization=tenant.organization).order_by("pk")

    assert [entry.action for entry in entries] == [Action.PROJECT_MADE, Action.KEY_MADE]
    assert {entry.actor for entry in entries} == {tenant.user}
    assert {entry.project for entry in entries} == {tenant.project}


def test_members_come_change_and_go(organization: Organization, owner: User) -> None:
    _, token = services.invite(organization, "Ann@example.com", Role.MEMBER, owner)
    ann = services.join(token, "correct horse battery")
    membership = Membership.objects.get(organization=organization, user=ann)
    services.change_role(membership, Role.ADMIN, owner, by=Role.OWNER)
    services.change_role(membership, Role.ADMIN, owner, by=Role.OWNER)
    services.remove_member(membership, ann, by=Role.ADMIN)
    invitation, _ = services.invite(organization, "bob@example.com", Role.ADMIN, owner)
    services.withdraw_invitation(invitation, owner)

    assert written(organization) == [
        ("member.invited", owner.email, "ann@example.com", "as member"),
        ("member.joined", "ann@example.com", "ann@example.com", "as member"),
        ("member.role", owner.email, "ann@example.com", "member → admin"),
        ("member.left", "ann@example.com", "ann@example.com", ""),
        ("member.invited", owner.email, "bob@example.com", "as admin"),
        ("member.withdrawn", owner.email, "bob@example.com", ""),
    ]


def test_an_invitation_that_was_accepted_meanwhile_is_not_withdrawn(
    organization: Organization, owner: User
) -> None:
    invitation, token = services.invite(organization, "ann@example.com", Role.MEMBER, owner)
    services.join(token, "correct horse battery")
    services.withdraw_invitation(invitation, owner)

    assert [action for action, *_ in written(organization)] == ["member.invited", "member.joined"]


def test_an_entry_tells_removing_from_leaving(
    organization: Organization, owner: User, teammate: User
) -> None:
    membership = Membership.objects.get(organization=organization, user=teammate)
    services.remove_member(membership, owner, by=Role.OWNER)

    assert written(organization) == [("member.removed", owner.email, teammate.email, "")]


def test_keys_leave_their_prefix_and_no_secret(project: Project, owner: User) -> None:
    made = services.create_key(project, "dashboard", owner, scope=KeyScope.READ)
    rotated = services.rotate_key(made.api_key, owner)
    services.revoke_key(made.api_key)
    services.revoke_key(made.api_key)

    name = f"dashboard ({made.api_key.prefix}…)"
    entries = written(project.organization)
    assert entries == [
        ("key.made", owner.email, name, "Reads results"),
        ("key.rotated", owner.email, name, f"the new one begins with {rotated.api_key.prefix}"),
        ("key.revoked", "", name, ""),
    ]
    assert made.secret not in str(entries)
    assert rotated.secret not in str(entries)


def test_settings_leave_what_they_were_and_are(project: Project, owner: User) -> None:
    services.rename_project(project, "Support", owner)
    services.set_coverage(project, Coverage.BROADER, owner)
    services.set_session_gap(project, timedelta(minutes=45), owner)
    services.set_llm_examples(project, LLMExamples.NONE, owner)
    services.set_masking(project, True, owner)
    services.set_retention(project, 90)

    assert [entry[1:] for entry in written(project.organization)] == [
        (owner.email, "inkwell", "Inkwell → Support"),
        (owner.email, "coverage", "Balanced → Broader"),
        (owner.email, "session gap", "30 minutes → 45 minutes"),
        (
            owner.email,
            "shown to the LLM",
            "Examples, with what identifies a person masked → Nothing: no text leaves this machine",
        ),
        (owner.email, "masks events", "off → on"),
        ("", "days that events are kept", "no limit → 90"),
    ]


def test_a_setting_that_stays_leaves_nothing(project: Project, owner: User) -> None:
    services.set_coverage(project, Coverage.BALANCED, owner)
    services.rename_project(project, project.name, owner)

    assert written(project.organization) == []


def test_what_was_stored_counts_not_what_a_page_has_at_hand(project: Project, owner: User) -> None:
    project.retention_days = 30
    services.set_retention(project, 30, owner)

    assert written(project.organization)[0][3] == "no limit → 30"


def test_fields_and_segments(project: Project, owner: User) -> None:
    field = Field.objects.create(project=project, key="plan", detected_type="enum")
    learning.override_type(field, FieldType.TEXT, owner)
    field.refresh_from_db(from_queryset=Field.objects.filter(project=project))
    learning.reset_type(field, owner)
    kept = segments_saved.save(project, "Payers", Segment.parse("where.plan=pro"), owner)
    segments_saved.rename(kept, "Customers", owner)
    segments_saved.delete(kept, owner)

    assert [(action, *rest) for action, _, *rest in written(project.organization)] == [
        ("field.overridden", "plan", "enum → text"),
        ("field.reset", "plan", "text → enum"),
        ("segment.saved", "Payers", ""),
        ("segment.renamed", "Customers", "Payers → Customers"),
        ("segment.deleted", "Customers", ""),
    ]


def test_a_segment_that_was_refused_leaves_nothing(project: Project, owner: User) -> None:
    payers = Segment.parse("where.plan=pro")
    segments_saved.save(project, "Payers", payers, owner)
    with pytest.raises(segments_saved.NotSaved):
        segments_saved.save(project, "payers", payers, owner)

    assert len(written(project.organization)) == 1


def test_an_erasure_names_its_receipt_not_its_user(project: Project, owner: User) -> None:
    asked = erasure.request(project, "jo@example.com", owner)

    assert written(project.organization) == [
        ("data.erasure", owner.email, f"receipt {asked.user_digest[:12]}", "")
    ]


def test_a_download_is_on_record(
    project: Project, teammate: User, owner: User, signed_in: SignedIn
) -> None:
    Field.objects.create(project=project, key="prompt", detected_type="text")
    signed_in(owner).get("/p/inkwell/settings/privacy/export/")
    signed_in(teammate).get("/p/inkwell/topics/export/?days=7&q=words&x=%00")

    whole, topics = written(project.organization)
    assert whole == ("data.exported", owner.email, "all of the project", "")
    assert topics[:2] == ("data.exported", teammate.email)
    assert topics[2].startswith("topics-prompt-")
    assert topics[3] == "days=7, q=…, x="


@pytest.fixture
def exported(project: Project) -> Callable[..., tuple[str, str, str, str]]:
    """Have a key download texts; returns the latest entry."""
    Field.objects.create(project=project, key="prompt", detected_type="text")
    services.create_key(project, "other", scope=KeyScope.READ)
    key = services.create_key(project, "dashboard", scope=KeyScope.READ)

    def export(query: str = "", what: str = "texts") -> tuple[str, str, str, str]:
        path = f"/api/v1/{what}/export?{query}"
        answer = Client().get(path, headers={"X-API-Key": key.secret})
        assert answer.status_code == 200
        return written(project.organization)[-1]

    return export


def test_a_download_by_a_key_is_on_record_once_an_hour(
    project: Project, exported: Callable[..., tuple[str, str, str, str]]
) -> None:
    key = ApiKey.objects.get(project=project, name="dashboard")
    by, before = f"by dashboard ({key.prefix}…)", len(written(project.organization))

    assert exported() == ("data.exported", "", "texts.csv", by)
    assert exported("format=jsonl&q=my+secret") == (
        "data.exported",
        "",
        "texts.jsonl",
        f"{by}, q=…",
    )
    exported()
    assert len(written(project.organization)) == before + 2
    AuditEntry.objects.filter(organization=project.organization).update(
        at=timezone.now() - timedelta(hours=1)
    )
    exported()
    assert len(written(project.organization)) == before + 3
    assert AuditEntry.objects.filter(organization=project.organization).latest("pk").who == (
        "API key"
    )


def test_a_key_that_downloads_on_and_on_leaves_few_entries(
    project: Project, exported: Callable[..., tuple[str, str, str, str]]
) -> None:
    before = len(written(project.organization))
    for number in range(audit.EXPORTS_OF_A_KEY):
        assert f"event=e{number}" in exported(f"event=e{number}", "topics")[3]
    assert exported("event=one-more", "topics")[3].endswith("further ones")
    assert exported("event=and-another", "topics")[3].endswith("further ones")
    assert len(written(project.organization)) == before + audit.EXPORTS_OF_A_KEY + 1


def test_pages_that_a_key_reads_leave_nothing(
    project: Project, exported: Callable[..., tuple[str, str, str, str]]
) -> None:
    before = len(written(project.organization))
    key = services.create_key(project, "pager", scope=KeyScope.READ)
    assert Client().get("/api/v1/texts", headers={"X-API-Key": key.secret}).status_code == 200
    assert len(written(project.organization)) == before + 1  # that of the key itself


def test_the_plan_by_staff_and_by_the_operator(organization: Organization, owner: User) -> None:
    billing.subscribe(organization, "pro", by=owner)
    billing.subscribe(organization, "pro", event_limit=5_000_000)

    (first, second) = written(organization)
    assert first[:3] == ("plan.changed", owner.email, "Pro")
    assert "plan: none → pro" in first[3]
    assert second == ("plan.changed", "", "Pro", "event limit: none → 5000000")


def test_two_steps_are_told_to_every_organization_of_the_user(
    organization: Organization, other_tenant: NewTenant, owner: User
) -> None:
    other = other_tenant.organization
    Membership.objects.create(organization=other, user=owner)
    device = two_factor.begin(owner)
    assert two_factor.confirm(owner, f"{totp(device.bin_key):06}")
    two_factor.turn_off(owner)

    for place in (organization, other):
        assert [entry[:2] for entry in written(place)] == [
            ("login.on", owner.email),
            ("login.off", owner.email),
        ]


def test_what_is_undone_leaves_nothing(project: Project, owner: User) -> None:
    with transaction.atomic():
        services.rename_project(project, "Support", owner)
        transaction.set_rollback(True)

    assert written(project.organization) == []


def test_an_entry_outlives_its_actor(organization: Organization, owner: User) -> None:
    services.invite(organization, "ann@example.com", Role.MEMBER, owner)
    owner.delete()

    entry = AuditEntry.objects.filter(organization=organization).latest("pk")
    assert (entry.actor, entry.actor_email) == (None, "owner@example.com")


@pytest.mark.parametrize("text", ["x" * 600, "e\u0301" * 600])
def test_a_long_text_is_cut_to_its_column(project: Project, text: str) -> None:
    audit.record(project, Action.SEGMENT_SAVED, None, text, text)

    (_, _, subject, detail) = written(project.organization)[0]
    assert (len(subject), len(detail)) == (200, 500)


def test_every_action_has_a_kind_that_pages_filter_by() -> None:
    assert {action.partition(".")[0] for action in Action.values} == set(ActionKind.values)


def test_admins_read_it_and_members_do_not(
    organization: Organization, owner: User, teammate: User, signed_in: SignedIn
) -> None:
    assert signed_in(owner).get(PAGE).status_code == 200
    assert signed_in(owner).post(PAGE).status_code == 405
    assert signed_in(teammate).get(PAGE).status_code == 403
    assert "Audit log" in signed_in(owner).get("/o/inkwell/members/").content.decode()
    assert "Audit log" not in signed_in(teammate).get("/o/inkwell/members/").content.decode()


def test_what_is_filtered_is_downloaded(
    organization: Organization, owner: User, signed_in: SignedIn
) -> None:
    services.invite(organization, "ann@example.com", Role.MEMBER, owner)
    answer: Any = signed_in(owner).get(f"{PAGE}?kind=member&format=csv")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert lines[0] == "at,who,action,what,subject,detail,project"
    assert "owner@example.com,member.invited,Invited,ann@example.com" in lines[1]
    assert len(lines) == 2


def test_the_latest_is_first_and_names_are_escaped(
    project: Project, owner: User, signed_in: SignedIn
) -> None:
    services.rename_project(project, "<b>Support</b>", owner)
    response = signed_in(owner).get(PAGE)

    assert response.context["page"][0].action == Action.PROJECT_RENAMED
    assert "<b>Support</b>" not in response.content.decode()
    assert "Inkwell → &lt;b&gt;Support" in response.content.decode()


def test_it_is_filtered_by_kind_person_and_project(
    project: Project, owner: User, signed_in: SignedIn
) -> None:
    client = signed_in(owner)
    services.create_project(project.organization, "Help desk")

    def subjects(query: str) -> list[str]:
        return [entry.subject.partition(" (")[0] for entry in rows_of(client, query)]

    assert subjects("") == ["Help desk", "First key", "Inkwell"]
    assert subjects("?kind=key") == ["First key"]
    assert subjects(f"?person={owner.email}") == ["First key", "Inkwell"]
    assert subjects("?person=operator") == ["Help desk"]
    assert subjects("?project=help-desk") == ["Help desk"]
    assert subjects(f"?kind=project&person={owner.email}&project=inkwell") == ["Inkwell"]
    assert subjects("?kind=plan") == []


@pytest.mark.parametrize(
    "query",
    ["kind=nothing", "person=outsider@example.com", "project=rival", "kind=%00", "page=nonsense"],
)
def test_what_another_tenant_has_is_not_found(
    query: str, other_tenant: NewTenant, owner: User, signed_in: SignedIn
) -> None:
    response = signed_in(owner).get(f"{PAGE}?{query}")

    shown: list[Any] = list(response.context["page"])
    assert response.status_code == 200
    assert len(shown) == (2 if query.startswith("page") else 0)
    assert "rival" not in response.content.decode().lower()


def test_the_page_asks_as_often_for_much_as_for_little(
    project: Project,
    owner: User,
    signed_in: SignedIn,
    django_assert_max_num_queries: Any,
) -> None:
    client = signed_in(owner)
    for number in range(120):
        audit.record(project, Action.SEGMENT_SAVED, owner, f"Segment {number}")

    with django_assert_max_num_queries(11):
        page = client.get(PAGE).context["page"]
    assert (len(page), page.paginator.count) == (50, 122)


def test_staff_look_and_change_nothing(tenant: NewTenant, client: Client) -> None:
    client.force_login(User.objects.create_superuser("staff@example.com"))
    entry = AuditEntry.objects.filter(organization=tenant.organization).latest("pk")
    admin = "/admin/accounts/auditentry/"

    assert client.get(admin).status_code == 200
    assert client.get(f"{admin}{entry.pk}/change/").status_code == 200
    assert client.post(f"{admin}{entry.pk}/change/", {"subject": "x"}).status_code == 403
    assert client.post(f"{admin}{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"{admin}add/").status_code == 403


def test_what_staff_do_to_a_project_is_on_record(tenant: NewTenant, client: Client) -> None:
    staff, project = User.objects.create_superuser("staff@example.com"), tenant.project
    client.force_login(staff)
    form = {"organization": project.organization_id, "name": "Support"}
    client.post(f"/admin/accounts/project/{project.pk}/change/", form)
    keys = {"action": "revoke", "_selected_action": [tenant.key.api_key.pk]}
    client.post("/admin/accounts/apikey/", keys)

    assert [entry[:2] for entry in written(tenant.organization)] == [
        ("project.renamed", staff.email),
        ("key.revoked", staff.email),
    ]
