"""Every page that a person can open, as assistive technology meets it: axe finds nothing.

Nor is any page heavy, and nothing in it jumps as it comes.

The pages are found by walking the URLs, so that a new one is looked at on the day it appears, and
one that needs rows or a query of its own fails until it has them here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.urls import get_resolver, reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from playwright.sync_api import Page

from accounts import emails
from accounts import services as accounts
from accounts.models import ApiKey, Membership, Organization, Project, Role, User
from accounts.services import NewTenant
from clustering import pipeline, services
from clustering.curation import shaping
from clustering.mapping import stored
from clustering.models import ClusteringRun, Decision, RunState, Text, Theme, Topic
from ingestion.models import Field, FieldType
from ingestion.segments import Segment
from ingestion.segments_saved import save
from tests.browser.axe import violations
from tests.browser.conftest import SignIn
from tests.browser.first_load import FirstLoads
from tests.clustering.messages import ALL, DISCOUNT, PRICE, field_of, send
from tests.journeys.conftest import NOW, OUTLIER, OVER, Speaker
from tests.test_tenancy_walk import path_of, routes

pytestmark = pytest.mark.django_db(transaction=True)

JOURNEYS = "field=question"
IOS = "where.platform=ios"
QUERIES = {
    "p/<slug:project>/topics/": ["", "q=password", f"days=7&{IOS}", "hidden=show"],
    "p/<slug:project>/topics/numbers/": ["field=prompt"],
    "p/<slug:project>/journeys/": [JOURNEYS, f"{JOURNEYS}&{IOS}&outliers=show&rows=all"],
    "p/<slug:project>/journeys/paths/": [JOURNEYS, f"{JOURNEYS}&way=back"],
    "p/<slug:project>/journeys/paths/sessions/": [JOURNEYS],
    "p/<slug:project>/journeys/coming-back/": [JOURNEYS],
    "p/<slug:project>/journeys/compare/": ["", f"{JOURNEYS}&{IOS}"],
    "p/<slug:project>/sessions/": [JOURNEYS],
    "p/<slug:project>/session/": ["id=ios-7", "id=session 0"],
}
"""What a page is asked for, where it shows more, or anything at all, with a query."""

PARTS = 3
"""Tests that the pages of members are spread over, which run beside each other."""

NO_PAGES = ("metrics", "^api/v1/", "admin/login/")
"""Beginnings of routes that answer everybody here with a page that says no."""


@pytest.fixture
def arguments(project: Project, owner: User, teammate: User) -> dict[str, object]:
    return something_of_everything(project, owner, teammate)


def something_of_everything(project: Project, owner: User, teammate: User) -> dict[str, object]:
    """Fill a project's every page; return what the arguments of routes stand for."""
    _clustered(project, owner)
    _journeys(project)
    organization = project.organization
    invitation, _ = accounts.invite(organization, "colleague@example.com", Role.MEMBER, owner)
    key = accounts.create_key(project, "old", owner).api_key
    accounts.revoke_key(key)
    deleted = accounts.create_project(organization, "Old", owner)
    accounts.delete_project(deleted, owner)
    topic = Topic.objects.filter(project=project, field__key="prompt", retired_at=None)
    return {
        "organization": organization.slug,
        "project": project.slug,
        "deleted": deleted.pk,
        "member": Membership.objects.get(organization=organization, user=teammate).pk,
        "invitation": invitation.pk,
        "api_key": ApiKey.objects.filter(project=project, revoked_at=None)[0].pk,
        "field": field_of(project, "platform").pk,
        "topic": topic.get(pinned=True).pk,
        "text": Text.objects.filter(project=project, content=PRICE[0]).get().pk,
        "theme": Theme.objects.filter(project=project).get().pk,
        "decision": Decision.objects.filter(project=project).latest("pk").pk,
        "segment": save(project, "On iOS", Segment.parse(IOS), owner).pk,
        "run": ClusteringRun.objects.filter(project=project).latest("pk").pk,
        "table": "starts",
        "rest": "anything",
        "session": 1,
    }


def _clustered(project: Project, owner: User) -> None:
    """Topics that were found, and decided about, in one dimension."""
    for days_ago in (20, 3, 0):
        send(project, ALL, days_ago=days_ago, platform="ios", seconds=days_ago)
    pipeline.drain(project)
    field = field_of(project)
    stored.draw(field)
    theme = Theme.objects.create(project=project, field=field, label="Money")
    price, discount = (
        Text.objects.select_related("topic__field").get(project=project, content=texts[0])
        for texts in (PRICE, DISCOUNT)
    )
    assert price.topic
    assert discount.topic
    money = Topic.objects.filter(project=project, pk__in=[price.topic_id, discount.topic_id])
    money.update(theme=theme)
    services.rename(price.topic, "Prices", "What it costs.", owner)
    services.pin(price.topic, True, owner)
    services.act_on(price.topic, "A page of prices.", owner)
    services.hide(discount.topic, True, owner)
    shaping.move(price, None, owner)
    ClusteringRun.objects.create(
        project=project, field=field, state=RunState.FAILED, error="It broke.", finished_at=NOW
    )


def _journeys(project: Project) -> None:
    """Sessions that differ by platform, in another dimension."""
    Field.objects.update_or_create(
        project=project, key="platform", defaults={"detected_type": FieldType.ENUM}
    )
    speaker = Speaker(project, "question")
    for platform, asking in (("ios", 30), ("android", 6)):
        for number in range(40):
            about = "Payments" if number < asking else "Login"
            names = ["Welcome", about, OUTLIER, "Login", "Welcome"][: 2 + number % 4]
            speaker.say(
                f"{platform}-{number}",
                names,
                ended=NOW - OVER * (1 + number % 3),
                user_id=f"user {number}",
                metadata={"platform": platform},
            )
    ClusteringRun.objects.create(project=project, field=speaker.field, stage="cluster")


def links(organization: Organization, user: User, guest: str) -> dict[str, str]:
    """What was sent by e-mail, by its route; `guest` is who is invited."""
    _, token = accounts.invite(organization, guest, Role.MEMBER, user)
    membership = Membership.objects.get(organization=organization, user=user)
    reset = [urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)]
    sent = {
        "invitations/<token>/": emails.link_to("invitation", token),
        "weekly-email/<token>/": emails.weekly_email_link(membership),
        "password/reset/<uidb64>/<token>/": reverse("password_reset_confirm", args=reset),
    }
    return {route: urlsplit(link).path for route, link in sent.items()}


def pages(
    page: Page, arguments: dict[str, Any], links: dict[str, str], part: int = 0, parts: int = 1
) -> Iterator[str]:
    """The addresses that answer this browser with a page of their own, or a part of them."""
    for route in islice(routes(get_resolver()), part, None, parts):
        if route.startswith(NO_PAGES):
            continue
        if route in links:
            yield links[route]
            continue
        for query in QUERIES.get(route, [""]):
            address = f"{path_of(route, arguments)}{'?' if query else ''}{query}"
            answer = page.request.get(address, max_redirects=0)
            is_html = answer.headers.get("content-type", "").startswith("text/html")
            assert answer.status in (200, 302, 405) or not is_html, address
            if answer.status == 200 and "<!doctype html>" in answer.text()[:100].lower():
                yield address


@pytest.mark.parametrize("part", range(PARTS))
def test_axe_finds_nothing_on_the_pages_of_members(
    page: Page,
    arguments: dict[str, object],
    owner: User,
    other_tenant: NewTenant,
    sign_in: SignIn,
    part: int,
) -> None:
    sign_in(page, owner)
    sent = links(other_tenant.organization, other_tenant.user, owner.email)
    addresses = list(pages(page, arguments, sent, part, PARTS))
    assert len(addresses) > 40 / PARTS
    look_at(page, addresses)


def test_axe_finds_nothing_on_the_pages_of_visitors(
    page: Page, arguments: dict[str, object], owner: User, organization: Organization
) -> None:
    sent = links(organization, owner, "guest@example.com")
    look_at(page, pages(page, arguments, sent))


def test_axe_finds_nothing_where_there_is_nothing_yet(
    page: Page, project: Project, owner: User, sign_in: SignIn
) -> None:
    sign_in(page, owner)
    page.route("**/nowhere", lambda route: route.fulfill(response=route.fetch(), status=200))
    empty = "topics map journeys overview sessions settings/metadata segments runs".split()
    look_at(page, ["/nowhere", *(f"/p/{project.slug}/{name}/" for name in empty)])


def test_what_is_wrong_is_found_in_the_dark_and_where_it_is_folded_away(page: Page) -> None:
    page.goto("/login")
    page.evaluate("""() => {
        const fold = document.createElement("details");
        fold.append(document.createElement("summary"), document.createElement("img"), "Grey");
        fold.style.color = "light-dark(#111, #222)";
        document.querySelector("main").append(fold);
        for (const name of ["first", "second"]) {
            const menu = document.createElement("details");
            menu.className = "menu";
            menu.append(document.createElement("summary"), document.createElement("input"));
            menu.firstChild.append(name);
            menu.lastChild.className = name;
            document.querySelector("main").append(menu);
        }
    }""")
    found = "\n".join(violations(page))
    assert re.search(r"dark .* color-contrast: <details", found)
    assert not re.search(r"light .* color-contrast: <details", found)
    assert "image-alt: <img>" in found
    assert "summary-name: <summary>" in found
    for menu in ("first", "second"):
        assert re.search(rf'label: <input class="{menu}"', found)


def look_at(page: Page, addresses: Iterable[str]) -> None:
    found, loads = [], FirstLoads(page)
    for address in addresses:
        found += loads.open(address)
        found += violations(page)
    assert not found, "\n".join(found)
