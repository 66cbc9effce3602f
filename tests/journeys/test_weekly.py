"""The weekly e-mail: of real data, once, to those who want it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import connection
from django.test import Client
from pytest_django import Settings

from accounts import services
from accounts.models import Membership, Organization, Project, User, WeeklyEmail
from journeys.weekly import send_weekly_emails
from tests.journeys.conftest import Speaker

pytestmark = pytest.mark.django_db

Outbox = list[EmailMessage]
SetClock = Callable[[datetime], None]

MONDAY = datetime(2026, 3, 9, 7, tzinfo=UTC)
DAY = timedelta(days=1)
HOSTILE = "<script>alert(1)</script>\r\nBcc: x@example.com \u202egnirts " + "long" * 99


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    def set_clock(now: datetime) -> None:
        monkeypatch.setattr("django.utils.timezone.now", lambda: now)

    return set_clock


@pytest.fixture(autouse=True)
def _settled(tenant: object, teammate: User, set_clock: SetClock) -> None:
    """Everybody has been there for a year, and it is Monday at seven."""
    for model in (Project, Membership):
        model.objects.unscoped().update(created_at=MONDAY - 365 * DAY)
    set_clock(MONDAY)


@pytest.fixture
def week(speaker: Speaker) -> Speaker:
    """Refunds come up in the week before; on Monday itself there is more."""
    for number in range(12):
        speaker.say(f"old{number}", ["Log in"], ended=MONDAY - 15 * DAY)
        speaker.say(f"before{number}", ["Log in"], ended=MONDAY - 9 * DAY)
        speaker.say(f"last{number}", ["Log in", "Refund"], ended=MONDAY - 2 * DAY)
        speaker.say(f"today{number}", ["Refund", "Log in"], ended=MONDAY - timedelta(hours=1))
    return speaker


def addresses(outbox: Outbox) -> list[str]:
    return sorted(address for message in outbox for address in message.to)


def html_of(message: EmailMessage) -> str:
    assert isinstance(message, EmailMultiAlternatives)
    ((html, kind),) = message.alternatives
    assert kind == "text/html"
    return str(html)


@pytest.mark.usefixtures("week")
def test_every_member_is_told_once(mailoutbox: Outbox, set_clock: SetClock) -> None:
    for minutes in (-1, 0, 1, 60, 24 * 60):
        set_clock(MONDAY + timedelta(minutes=minutes))
        send_weekly_emails()
        if minutes < 0:
            assert mailoutbox == []
    assert addresses(mailoutbox) == ["owner@example.com", "teammate@example.com"]


def test_it_tells_of_the_week_before_and_not_of_today(week: Speaker, mailoutbox: Outbox) -> None:
    send_weekly_emails()
    message = mailoutbox[0]
    body, html = str(message.body), html_of(message)
    assert message.subject == "Inkwell, 2 Mar to 8 Mar: 24 messages, 12 sessions"
    assert "24 messages, +100 % against 12 the week before" in body
    assert "12 sessions began, ±0 % against 12; 12 of 12 with a topic have two or more" in body
    assert "Mon 0, Tue 0, Wed 0, Thu 0, Fri 0, Sat 24, Sun 0" in body
    assert "- Refund: 12 messages, 0 the week before" in body
    assert "- Log in: 100 %, 12 of 12 sessions\n" in body
    assert "- Refund: 100 %, 12 of 12 sessions that are over" in body
    assert "/p/inkwell/overview/?days=7" in body
    assert f'/p/inkwell/topics/{week.topic("Refund").pk}/?days=7"><bdi>Refund</bdi></a>' in html
    assert "<b>24</b> messages" in html


@pytest.mark.usefixtures("week")
def test_one_click_without_a_log_in_ends_it(
    client: Client, mailoutbox: Outbox, set_clock: SetClock
) -> None:
    send_weekly_emails()
    message = next(each for each in mailoutbox if each.to == ["teammate@example.com"])
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = message.extra_headers["List-Unsubscribe"].strip("<>")
    assert url in str(message.body)
    assert url in html_of(message)
    path = "/weekly-email/" + url.split("/weekly-email/")[1]
    assert "Send me no more of these" in client.get(path).content.decode()
    wanted = Membership.objects.unscoped().filter(weekly_email=True)
    assert wanted.count() == 2  # to look ends nothing: programs follow links too
    Client(enforce_csrf_checks=True).post(path, {"List-Unsubscribe": "One-Click"})
    assert [each.user.email for each in wanted] == ["owner@example.com"]
    set_clock(MONDAY + 7 * DAY)
    mailoutbox.clear()
    send_weekly_emails()
    assert addresses(mailoutbox) == ["owner@example.com"]


@pytest.mark.usefixtures("week")
def test_who_opts_out_while_it_waits_gets_none(mailoutbox: Outbox, settings: Settings) -> None:
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    send_weekly_emails()
    settings.EMAIL_BACKEND = working
    Membership.objects.unscoped().update(weekly_email=False)
    send_weekly_emails()
    assert mailoutbox == []


@pytest.mark.usefixtures("week")
def test_without_a_mail_server_it_is_tried_again(
    mailoutbox: Outbox, settings: Settings, set_clock: SetClock
) -> None:
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    for _ in range(2):
        send_weekly_emails()
    rows = WeeklyEmail.objects.unscoped()
    assert sorted(rows.values_list("failures", "sent_at")) == [(1, None), (1, None)]
    settings.EMAIL_BACKEND = working
    set_clock(MONDAY + timedelta(hours=2))
    send_weekly_emails()
    assert addresses(mailoutbox) == ["owner@example.com", "teammate@example.com"]


@pytest.mark.usefixtures("week")
def test_a_late_one_is_not_sent(mailoutbox: Outbox, set_clock: SetClock) -> None:
    set_clock(MONDAY + 2 * DAY)
    send_weekly_emails()
    assert mailoutbox == []
    assert not WeeklyEmail.objects.unscoped().exists()


@pytest.mark.usefixtures("week")
@pytest.mark.parametrize(
    "change",
    [
        lambda: Project.objects.unscoped().update(is_demo=True),
        lambda: Project.objects.unscoped().update(created_at=MONDAY),
        lambda: Membership.objects.unscoped().update(created_at=MONDAY),
        lambda: User.objects.update(is_active=False),
    ],
    ids=["demo", "new project", "new members", "inactive"],
)
def test_there_is_none_for(change: Callable[[], object], mailoutbox: Outbox) -> None:
    change()
    send_weekly_emails()
    assert mailoutbox == []


def test_there_is_none_where_nothing_happened(speaker: Speaker, mailoutbox: Outbox) -> None:
    speaker.say("long ago", ["Log in"], ended=MONDAY - 9 * DAY)
    speaker.say("today", ["Log in"], ended=MONDAY - timedelta(hours=1))
    send_weekly_emails()
    assert mailoutbox == []
    assert not WeeklyEmail.objects.unscoped().filter(due_at__isnull=False).exists()


@pytest.mark.usefixtures("tenant")
def test_there_is_none_without_texts(mailoutbox: Outbox) -> None:
    send_weekly_emails()
    assert mailoutbox == []


def test_names_are_escaped_cut_and_on_one_line(speaker: Speaker, mailoutbox: Outbox) -> None:
    name = HOSTILE[:100]
    Project.objects.unscoped().update(name=name)
    Organization.objects.update(name=name)
    for number in range(12):
        speaker.say(f"s{number}", [HOSTILE[:80]], ended=MONDAY - 2 * DAY)
    send_weekly_emails()
    message = mailoutbox[0]
    assert "\n" not in message.subject
    assert message.recipients() in (["owner@example.com"], ["teammate@example.com"])
    body, html = str(message.body), html_of(message)
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Bcc: x@example.com gnirts" in html
    assert not [line for line in body.splitlines() if line.startswith("Bcc")]
    assert "- <script>alert(1)</script> Bcc: x@example.com gnirts long" in body
    assert "\u202e" not in body + html + message.subject
    assert message.message()["Bcc"] is None


def test_a_project_that_cannot_be_read_holds_up_no_other(
    week: Speaker, other_tenant: object, mailoutbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from journeys import weekly

    whole = weekly.week_of

    def broken(project: Project, monday: datetime) -> object:
        if project == week.project:
            raise RuntimeError(HOSTILE)
        return whole(project, monday)

    monkeypatch.setattr(weekly, "week_of", broken)
    Project.objects.unscoped().update(created_at=MONDAY - 365 * DAY)
    Membership.objects.unscoped().update(created_at=MONDAY - 365 * DAY)
    rival = Speaker(Project.objects.unscoped().get(slug="rival"))
    rival.say("s", ["Praise"], ended=MONDAY - 2 * DAY)
    for _ in range(3):
        send_weekly_emails()
    assert addresses(mailoutbox) == ["outsider@example.com"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("week")
def test_two_schedulers_send_one_e_mail(mailoutbox: Outbox) -> None:
    def work(_: int) -> None:
        try:
            send_weekly_emails()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert addresses(mailoutbox) == ["owner@example.com", "teammate@example.com"]


def test_on_other_days_it_asks_nothing(
    set_clock: SetClock, django_assert_num_queries: Callable[[int], object]
) -> None:
    set_clock(MONDAY + 4 * DAY)
    with django_assert_num_queries(0):  # type: ignore[attr-defined]
        send_weekly_emails()


def test_cron_looks_every_minute() -> None:
    from django_rq.cron import DjangoCronScheduler

    scheduler = DjangoCronScheduler()
    scheduler.load_config_from_file("config.cron")
    jobs = scheduler.get_jobs()
    assert [job.interval for job in jobs if job.func == send_weekly_emails] == [60]


@pytest.mark.usefixtures("week")
@pytest.mark.parametrize("waits", [False, True])
def test_nobody_is_told_of_a_project_while_it_is_deleted(
    project: Project, owner: User, mailoutbox: Outbox, waits: bool
) -> None:
    if waits:
        theirs = Membership.objects.get(organization=project.organization, user=owner)
        WeeklyEmail.objects.create(
            project=project, membership=theirs, week=MONDAY.date(), due_at=MONDAY
        )
    services.delete_project(project)
    send_weekly_emails()
    assert mailoutbox == []
    services.bring_back(project)
    send_weekly_emails()
    assert addresses(mailoutbox) == ["owner@example.com", "teammate@example.com"]
