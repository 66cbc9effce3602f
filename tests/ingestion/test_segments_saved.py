"""Saved segments: keeping, renaming and deleting them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Action, AuditEntry, Project, User
from ingestion import segments_saved
from ingestion.models import SavedSegment
from ingestion.segments import Segment
from ingestion.segments_saved import MAX_SAVED, NotSaved
from tests.ingestion.test_segments import HOSTILE

SignedIn = Callable[[User], Client]
IOS = Segment.parse("where.platform=ios")


def url(project: Project, rest: str = "") -> str:
    return f"/p/{project.slug}/segments/{rest}"


def save(client: Client, project: Project, **sent: Any) -> Any:
    body = {"name": "On iOS", "segment": "where.platform=ios", **sent}
    return client.post(url(project, "save/"), body, follow=True)


def names(project: Project) -> list[str]:
    return [str(each) for each in segments_saved.saved_segments(project)]


def test_a_member_saves_renames_and_deletes(
    signed_in: SignedIn, teammate: User, project: Project
) -> None:
    client = signed_in(teammate)
    save(client, project, name="  On\n iOS ", segment="where.platform=ios&days=7")
    kept = SavedSegment.objects.get(project=project)
    assert (kept.name, kept.query, kept.created_by) == ("On iOS", "where.platform=ios", teammate)

    page = client.get(url(project)).content.decode()
    assert "platform is ios" in page
    assert f"/p/{project.slug}/topics/?where.platform=ios" in page

    client.post(url(project, f"{kept.pk}/rename/"), {"name": "Apple"})
    assert names(project) == ["Apple"]

    client.post(url(project, f"{kept.pk}/delete/"))
    assert names(project) == []
    assert "No saved segment yet" in client.get(url(project)).content.decode()


def test_the_navigation_leads_to_them(
    signed_in: SignedIn, teammate: User, project: Project
) -> None:
    page = signed_in(teammate).get(url(project)).content.decode()
    assert f'<a href="{url(project)}" aria-current="page">Segments</a>' in page


def test_an_outsider_neither_reads_nor_changes_them(
    signed_in: SignedIn, outsider: User, owner: User, project: Project
) -> None:
    kept = segments_saved.save(project, "On iOS", IOS, owner)
    client = signed_in(outsider)

    assert client.get(url(project)).status_code == 404
    for path in ("save/", f"{kept.pk}/rename/", f"{kept.pk}/delete/"):
        answer = client.post(url(project, path), {"name": "x", "segment": "where.a=b"})
        assert answer.status_code == 404
    assert names(project) == ["On iOS"]


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"name": " "}, "Give the segment a name."),
        ({"name": "x" * 81}, "80 characters at most"),
        ({"name": "a\0b"}, "Null characters"),
        ({"segment": ""}, "There is nothing to save"),
        ({"segment": "days=7&where.platform="}, "There is nothing to save"),
        ({"name": "PAYERS"}, "There is a segment “PAYERS” already"),
        ({"name": "Über uns"}, "There is a segment “Über uns” already"),
    ],
)
def test_what_cannot_be_saved_is_explained(
    signed_in: SignedIn, owner: User, project: Project, sent: dict[str, str], says: str
) -> None:
    segments_saved.save(project, "Payers", IOS, owner)
    segments_saved.save(project, "u\u0308ber uns", IOS, owner)

    assert says in save(signed_in(owner), project, **sent).content.decode()
    assert len(names(project)) == 2


def test_a_name_that_is_taken_is_not_given_again(
    signed_in: SignedIn, owner: User, project: Project
) -> None:
    segments_saved.save(project, "Payers", IOS, owner)
    other = segments_saved.save(project, "Others", IOS, owner)
    path = url(project, f"{other.pk}/rename/")

    answer = signed_in(owner).post(path, {"name": "payers"}, follow=True)
    assert "already" in answer.content.decode()
    segments_saved.rename(other, "OTHERS")
    assert names(project) == ["OTHERS", "Payers"]


def test_projects_have_their_own_names(owner: User, outsider: User, project: Project) -> None:
    rival = Project.objects.unscoped().get(organization__memberships__user=outsider)
    segments_saved.save(project, "Payers", IOS, owner)
    segments_saved.save(rival, "Payers", IOS, outsider)

    assert names(project) == names(rival) == ["Payers"]


def test_the_number_of_segments_is_bounded(owner: User, project: Project) -> None:
    SavedSegment.objects.bulk_create(
        SavedSegment(project=project, name=str(n), folded_name=str(n), query=IOS.query)
        for n in range(MAX_SAVED)
    )
    with pytest.raises(NotSaved, match="at most 200"):
        segments_saved.save(project, "One more", IOS, owner)


def test_saving_leads_back_to_the_page(signed_in: SignedIn, owner: User, project: Project) -> None:
    client = signed_in(owner)
    page = f"/p/{project.slug}/topics/?days=7&where.platform=ios"

    assert save(client, project, next=page).redirect_chain == [(page, 302)]
    for evil in ("https://evil.example/", "//evil.example", "javascript:alert(1)", "", "\0"):
        answer = save(client, project, name=f"to {len(evil)}", next=evil)
        assert answer.redirect_chain == [(url(project), 302)]


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_names_and_values_are_only_shown(
    signed_in: SignedIn, owner: User, project: Project, value: str
) -> None:
    client = signed_in(owner)
    client.get(url(project))
    name = value.replace("\0", "").replace("\ud800", "")[:80]
    segment = Segment.of([("where.tag", [value]), (f"where.{name}", ["x"])])
    answer = save(client, project, name=name, segment=segment.query)

    assert answer.status_code == 200
    assert SavedSegment.objects.get(project=project).segment == segment
    assert "<script>alert" not in answer.content.decode()
    assert "\u202e" not in answer.context["listing"].rows[0].segment.words


def test_a_name_cannot_turn_around_what_follows_it(
    signed_in: SignedIn, owner: User, project: Project
) -> None:
    save(signed_in(owner), project, name="\u202eexe.gnp")

    assert names(project) == ["�exe.gnp"]


def test_the_list_takes_as_many_queries_for_many(
    signed_in: SignedIn, owner: User, project: Project
) -> None:
    client = signed_in(owner)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            client.get(url(project))
        return len(seen)

    segments_saved.save(project, "0", IOS, owner)
    few = queries()
    for number in range(1, 30):
        segments_saved.save(project, str(number), IOS, owner)
    assert queries() == few


def test_staff_find_segments(client: Client, owner: User, project: Project) -> None:
    client.force_login(User.objects.create_superuser("staff@example.com", "s3cret"))
    segments_saved.save(project, "On iOS", IOS, owner)

    page = client.get("/admin/ingestion/savedsegment/?q=ios").content.decode()
    assert "where.platform=ios" in page


def test_a_segment_deleted_meanwhile_stays_deleted(owner: User, project: Project) -> None:
    kept = segments_saved.save(project, "Payers", IOS, owner)
    segments_saved.delete(SavedSegment.objects.get(project=project), owner)

    with pytest.raises(NotSaved, match="deleted"):
        segments_saved.rename(kept, "Others")
    segments_saved.delete(kept, owner)
    assert names(project) == []
    deletions = AuditEntry.objects.filter(
        organization=project.organization, action=Action.SEGMENT_DELETED
    )
    assert deletions.count() == 1
