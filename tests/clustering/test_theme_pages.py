"""Renaming a theme from the page of topics."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Project, User
from clustering.models import Decision, LabelSource, Theme, Topic
from clustering.texts import extraction
from tests.clustering.messages import ACCESS, field_of, send
from tests.clustering.test_curation_pages import post, undo_link

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert('theme')</script>"


@pytest.fixture
def theme(project: Project, teammate: User) -> Theme:
    send(project, ACCESS)
    extraction.extract(project)
    known = field_of(project)
    theme = Theme.objects.create(
        project=project, field=known, label="Money", label_source=LabelSource.KEYWORDS
    )
    for label in ("Refunds", "Invoices"):
        Topic.objects.create(project=project, field=known, label=label, threshold=0.5, theme=theme)
    return theme


def rename_path(theme: Theme) -> str:
    return f"/p/{theme.project.slug}/themes/{theme.pk}/rename/"


def topics_path(theme: Theme) -> str:
    return f"/p/{theme.project.slug}/topics/?theme={theme.pk}"


def current(theme: Theme) -> Theme:
    return Theme.objects.select_related("edited_by").get(project=theme.project_id, pk=theme.pk)


def test_a_theme_is_renamed_and_the_name_undone(theme: Theme, member: Client) -> None:
    page = member.get(topics_path(theme)).content.decode()
    assert f'href="{rename_path(theme)}"' in page
    assert 'title="Named from the words of its topics"' in page
    form = member.get(rename_path(theme)).content.decode()
    assert 'id="rename-theme"' in form
    assert 'value="Money"' in form
    page = post(member, rename_path(theme), label="  Billing  team ", description="")
    assert "Renamed the theme “Money” to “Billing team”" in page
    assert "named by teammate@example.com, instead of “<bdi>Money</bdi>”" in " ".join(page.split())
    assert (current(theme).label, current(theme).label_source) == ("Billing team", "edited")
    listed = member.get(f"/p/{theme.project.slug}/decisions/").content.decode()
    assert "Renamed the theme “Money” to “Billing team”" in listed
    assert f'?field=prompt&amp;theme={theme.pk}">Billing team</a>' in listed
    assert "Back to the theme" in member.get(undo_link(page)).content.decode()
    page = post(member, undo_link(page))
    assert "Undone: Renamed the theme" in page
    assert (current(theme).label, current(theme).label_source) == ("Money", "keywords")


def test_a_name_is_reset(theme: Theme, member: Client) -> None:
    post(member, rename_path(theme), label="Billing", description="Bills.")
    assert "Reset name to “<bdi>Money</bdi>”" in member.get(rename_path(theme)).content.decode()
    page = post(member, rename_path(theme), reset="yes")
    assert "The name is Turret’s again." in page
    assert (current(theme).label, current(theme).description) == ("Money", "")


def test_a_hostile_name_is_shown_as_text(theme: Theme, member: Client) -> None:
    page = post(member, rename_path(theme), label=HOSTILE, description=HOSTILE)
    for shown in (page, member.get(rename_path(theme)).content.decode()):
        assert HOSTILE not in shown
        assert "&lt;script&gt;alert" in shown


@pytest.mark.parametrize("label", ["", "   ", "x" * 81])
def test_a_name_that_is_none_is_refused(theme: Theme, member: Client, label: str) -> None:
    page = post(member, rename_path(theme), label=label, description="")
    assert 'id="rename-theme"' in page
    assert current(theme).label == "Money"
    assert not Decision.objects.filter(project=theme.project_id).exists()


def test_a_theme_that_is_no_more_is_not_renamed(theme: Theme, member: Client) -> None:
    Topic.objects.filter(project=theme.project_id).update(retired_at=timezone.now())
    page = post(member, rename_path(theme), label="Billing", description="")
    assert "is no more" in page
    assert current(theme).label == "Money"
