"""Isolation of e-mails: none tells a tenant anything of another, or goes to anybody else.

Everything of a tenant bears its word, and one person belongs to both. Which kinds of e-mail there
are is read from the templates, so that a new one is missed here on the day it appears.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.template import Template
from django.test import Client
from django.test.signals import template_rendered

from accounts import services as accounts
from accounts.emails import weekly_email_membership
from accounts.models import Membership, Project, Role, User
from accounts.services import NewTenant
from billing import services as billing
from billing.notices import notify
from clustering.models import Topic
from journeys.weekly import send_weekly_emails
from tests.conftest import PASSWORD
from tests.journeys.conftest import Speaker

pytestmark = pytest.mark.django_db

WORDS = ("marigold", "thornwood")
BOTH = "both@example.com"
MONDAY = datetime(2026, 3, 9, 7, tzinfo=UTC)
DAY = timedelta(days=1)

Outbox = list[EmailMessage]


@pytest.fixture
def tenants(monkeypatch: pytest.MonkeyPatch) -> dict[str, NewTenant]:
    """Two that differ in nothing but their word; a week of theirs is over, their trials nearly."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: MONDAY)
    both = User.objects.create_user(BOTH, PASSWORD)
    made = {word: _tenant(word, both) for word in WORDS}
    for model in (Project, Membership):
        model.objects.unscoped().update(created_at=MONDAY - 365 * DAY)
    return made


def _tenant(word: str, both: User) -> NewTenant:
    made = accounts.sign_up(f"owner@{word}.example", PASSWORD, f"The {word} company")
    member = User.objects.create_user(f"member@{word}.example", PASSWORD)
    for user in (member, both):
        Membership.objects.create(organization=made.organization, user=user, role=Role.MEMBER)
    billing.subscribe(made.organization, "trial", event_limit=100, started_at=MONDAY - 12 * DAY)
    billing.record_accepted(made.organization.pk, {MONDAY.date(): 100})
    speaker = Speaker(made.project)
    said = [f"{word} log in", f"{word} refund"]
    for number in range(6):
        speaker.say(f"{word} {number}", said, ended=MONDAY - 2 * DAY, user_id=f"{word} ada")
    return made


def test_every_kind_of_e_mail_tells_of_one_tenant_and_goes_to_it(
    tenants: dict[str, NewTenant], signed_in: Callable[[User], Client], mailoutbox: Outbox
) -> None:
    with _subjects() as kinds:
        for word, tenant in tenants.items():
            invitation = {"email": f"guest@{word}.example", "role": "member"}
            signed_in(tenant.user).post(f"/o/{tenant.organization.slug}/members/", invitation)
            Client().post("/password/reset/", {"email": tenant.user.email})
        notify()
        send_weekly_emails()
    assert kinds == {
        path.name for path in settings.BASE_DIR.glob("templates/*/email/*_subject.txt")
    }
    told = [_tells_of(message, tenants) for message in mailoutbox]
    assert len(told) == 2 * (len(kinds) + 2)  # two members more get the weekly one
    assert told.count(WORDS[0]) == told.count(WORDS[1])


@contextmanager
def _subjects() -> Iterator[set[str]]:
    """The names of the templates of subjects that are rendered meanwhile."""
    found: set[str] = set()

    def note(sender: object, template: Template, **_: object) -> None:
        name = Path(str(template.name)).name
        if name.endswith("_subject.txt"):
            found.add(name)

    template_rendered.connect(note)
    try:
        yield found
    finally:
        template_rendered.disconnect(note)


def _tells_of(message: EmailMessage, tenants: dict[str, NewTenant]) -> str:
    """The word of the one tenant that a message is of, all of it looked through."""
    whole = _whole(message)
    (word,) = [word for word in WORDS if word in whole.lower()]
    assert all(to == BOTH or to.endswith(f"@{word}.example") for to in message.recipients())
    project = tenants[word].project
    topics = set(map(int, re.findall(r"/topics/(\d+)/", whole)))
    assert topics <= set(Topic.objects.filter(project=project).values_list("pk", flat=True))
    for token in re.findall(r"/weekly-email/([^/\s>\"]+)", whole):
        known = weekly_email_membership(token)
        assert known
        membership = Membership.objects.unscoped().get(pk=known)
        assert membership.organization == tenants[word].organization
        assert [membership.user.email] == message.to
    return word


def _whole(message: EmailMessage) -> str:
    """Headers, text and HTML, without what encodes them."""
    parts = [str(message.subject), str(message.body), message.from_email, *message.recipients()]
    parts += [f"{name}: {value}" for name, value in message.message().items()]
    if isinstance(message, EmailMultiAlternatives):
        parts += [str(content) for content, _ in message.alternatives]
    assert not message.attachments
    return "\n".join(parts)
