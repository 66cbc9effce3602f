"""E-mails to owners about their quota and the end of a trial."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.core.mail import EmailMessage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import Membership, Organization, Role, User
from accounts.services import (
    NewTenant,
    bring_back_organization,
    create_organization,
    delete_organization,
)
from billing import services
from billing.models import Notice, Subscription
from billing.notices import LONGEST_PAUSE, notify
from tests.billing.conftest import NOW, Accept, Send

Outbox = list[EmailMessage]
SetClock = Callable[[datetime], None]

BEGAN = NOW - timedelta(days=40)


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    def set_clock(now: datetime) -> None:
        monkeypatch.setattr("django.utils.timezone.now", lambda: now)

    return set_clock


@pytest.fixture(autouse=True)
def _now(set_clock: SetClock) -> None:
    set_clock(NOW)


@pytest.fixture
def pro(organization: Organization) -> Subscription:
    return services.subscribe(organization, "pro", event_limit=100, started_at=BEGAN)


def use(organization: Organization, events: int, now: datetime = NOW) -> None:
    services.record_accepted(organization.pk, {now.date(): events})


def subjects(outbox: Outbox) -> list[str]:
    return [str(message.subject) for message in outbox]


def kept(organization: Organization) -> list[tuple[int, bool]]:
    """Percent of each notice, and whether it was sent."""
    notices = Notice.objects.filter(organization=organization).order_by("pk")
    return [(notice.percent, notice.sent_at is not None) for notice in notices]


@pytest.mark.usefixtures("pro")
def test_each_threshold_is_told_once(organization: Organization, mailoutbox: Outbox) -> None:
    told = []
    for events in (49, 1, 29, 1, 19, 1, 1):
        use(organization, events)
        notify()
        notify()
        told.append(len(mailoutbox))
    assert told == [0, 1, 1, 2, 2, 3, 3]
    assert subjects(mailoutbox) == [
        "Inkwell has used 50 % of the events of its plan on Turret",
        "Inkwell has used 80 % of the events of its plan on Turret",
        "Inkwell has used all events of its plan on Turret",
    ]


@pytest.mark.usefixtures("pro")
def test_it_says_what_was_used_and_what_happens_next(
    organization: Organization, mailoutbox: Outbox
) -> None:
    use(organization, 80)
    notify()
    use(organization, 20)
    notify()
    near, full = (str(message.body) for message in mailoutbox)
    assert "used 80 of the 100 events of its plan, Pro: 80 %" in near
    assert "counted anew from 3 Apr 2026" in near
    assert "New events are refused until 3 Apr 2026" in full
    assert "/o/inkwell/usage/" in full


@pytest.mark.usefixtures("pro")
def test_a_jump_sends_the_highest_and_passes_the_lower(
    organization: Organization, mailoutbox: Outbox
) -> None:
    use(organization, 90)
    notify()
    assert [message.subject.split()[3] for message in mailoutbox] == ["80"]
    assert kept(organization) == [(50, False), (80, True)]
    assert not Notice.objects.unscoped().filter(due_at__isnull=False).exists()


@pytest.mark.usefixtures("pro")
def test_events_that_wait_count(accept: Accept, send: Send, mailoutbox: Outbox) -> None:
    accept(49)
    notify()
    assert mailoutbox == []
    assert send().status_code == 200
    notify()
    assert len(mailoutbox) == 1


@pytest.mark.usefixtures("pro")
def test_a_new_period_is_told_anew(
    organization: Organization, mailoutbox: Outbox, set_clock: SetClock
) -> None:
    use(organization, 50)
    notify()
    later = NOW + timedelta(days=31)
    set_clock(later)
    notify()
    assert len(mailoutbox) == 1
    use(organization, 50, later)
    notify()
    assert len(mailoutbox) == 2


def test_a_raised_limit_is_judged_anew(
    organization: Organization, pro: Subscription, mailoutbox: Outbox
) -> None:
    use(organization, 100)
    notify()
    pro.event_limit = 1000
    services.save_subscription(pro, by=None)
    notify()
    assert len(mailoutbox) == 1
    use(organization, 400)
    notify()
    assert "used 500 of the 1,000" in str(mailoutbox[1].body)
    pro.event_limit = 100
    services.save_subscription(pro, by=None)
    notify()
    assert len(mailoutbox) == 2


@pytest.mark.usefixtures("pro")
def test_all_owners_are_told_and_nobody_else(
    organization: Organization, teammate: User, outsider: User, mailoutbox: Outbox
) -> None:
    second = User.objects.create_user("second@example.com", "s3cret")
    gone = User.objects.create_user("gone@example.com", "s3cret", is_active=False)
    for user in (second, gone):
        Membership.objects.create(organization=organization, user=user, role=Role.OWNER)
    use(organization, 50)
    notify()
    assert [message.to for message in mailoutbox] == [["owner@example.com", "second@example.com"]]


@pytest.mark.usefixtures("pro")
def test_a_name_cannot_write_headers(organization: Organization, mailoutbox: Outbox) -> None:
    Organization.objects.filter(pk=organization.pk).update(name="Ink & <b>\r\nBcc: x@example.com")
    use(organization, 50)
    notify()
    assert mailoutbox[0].subject.startswith("Ink & <b> Bcc: x@example.com has used 50 %")
    assert mailoutbox[0].recipients() == ["owner@example.com"]


def test_the_end_of_a_trial_is_told_three_days_before(
    organization: Organization, mailoutbox: Outbox, set_clock: SetClock
) -> None:
    trial = services.subscribe(organization, "trial", started_at=NOW)
    ends = NOW + timedelta(days=14)
    told = []
    for moment in (ends - timedelta(days=3, seconds=1), ends - timedelta(days=3), ends):
        set_clock(moment)
        notify()
        notify()
        told.append(len(mailoutbox))
    assert told == [0, 1, 1]
    assert mailoutbox[0].subject == "The trial of Inkwell on Turret ends on 29 Mar 2026"
    assert "ends on 29 Mar 2026, 12:00 UTC" in str(mailoutbox[0].body)

    # An end that staff move later is told again.
    trial.trial_ends_at = ends + timedelta(days=10)
    services.save_subscription(trial, by=None)
    notify()
    assert len(mailoutbox) == 1
    set_clock(ends + timedelta(days=8))
    notify()
    assert len(mailoutbox) == 2


@pytest.mark.parametrize("plan", ["pro", "unlimited"])
def test_a_plan_that_does_not_end_tells_of_no_end(
    organization: Organization, plan: str, mailoutbox: Outbox
) -> None:
    began = NOW - timedelta(days=12)
    services.subscribe(organization, plan, started_at=began)  # type: ignore[arg-type]
    notify()
    assert mailoutbox == []


def test_without_a_subscription_the_default_plan_is_judged(
    organization: Organization, mailoutbox: Outbox
) -> None:
    Organization.objects.filter(pk=organization.pk).update(created_at=NOW - timedelta(days=2))
    use(organization, 125_000)
    notify()
    assert "for the whole trial" in str(mailoutbox[0].body)


def test_a_limit_of_nothing_and_an_expired_trial_tell_nothing(
    organization: Organization, other_tenant: NewTenant, mailoutbox: Outbox
) -> None:
    services.subscribe(organization, "pro", event_limit=0)
    services.subscribe(other_tenant.organization, "trial", event_limit=1, started_at=BEGAN)
    use(other_tenant.organization, 1)
    notify()
    assert mailoutbox == []


@pytest.fixture
def no_mail_server(settings: Settings) -> Callable[[], None]:
    """Nobody listens where the mail server should be; call it to bring the server back."""
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    def repair() -> None:
        settings.EMAIL_BACKEND = working

    return repair


@pytest.mark.usefixtures("pro")
class TestWithoutAMailServer:
    """Nothing is lost."""

    def test_a_notice_is_tried_again_until_it_is_sent(
        self,
        organization: Organization,
        no_mail_server: Callable[[], None],
        mailoutbox: Outbox,
        set_clock: SetClock,
    ) -> None:
        use(organization, 50)
        for hours in range(5):
            set_clock(NOW + hours * LONGEST_PAUSE)
            notify()
        waiting = Notice.objects.get(organization=organization)
        assert (waiting.failures, waiting.sent_at) == (5, None)
        no_mail_server()
        notify()
        assert mailoutbox == []
        set_clock(NOW + 5 * LONGEST_PAUSE)
        notify()
        notify()
        assert len(mailoutbox) == 1

    def test_a_higher_threshold_replaces_one_that_waits(
        self,
        organization: Organization,
        no_mail_server: Callable[[], None],
        mailoutbox: Outbox,
        set_clock: SetClock,
    ) -> None:
        use(organization, 50)
        notify()
        use(organization, 30)
        no_mail_server()
        set_clock(NOW + LONGEST_PAUSE)
        notify()
        assert kept(organization) == [(50, False), (80, True)]
        assert len(mailoutbox) == 1

    def test_what_is_no_longer_true_is_not_sent(
        self,
        organization: Organization,
        pro: Subscription,
        no_mail_server: Callable[[], None],
        mailoutbox: Outbox,
        set_clock: SetClock,
    ) -> None:
        use(organization, 100)
        notify()
        pro.event_limit = 1000
        services.save_subscription(pro, by=None)
        no_mail_server()
        set_clock(NOW + LONGEST_PAUSE)
        notify()
        assert mailoutbox == []
        assert not Notice.objects.unscoped().filter(due_at__isnull=False).exists()

    def test_one_attempt_a_round(
        self,
        organization: Organization,
        other_tenant: NewTenant,
        no_mail_server: Callable[[], None],
    ) -> None:
        services.subscribe(other_tenant.organization, "pro", event_limit=1, started_at=BEGAN)
        for tenant in (organization, other_tenant.organization):
            use(tenant, 50)
        tried = []
        for _ in range(2):
            notify()
            waiting = Notice.objects.unscoped().filter(due_at__isnull=False)
            tried.append(sorted(waiting.values_list("failures", flat=True)))
        assert tried == [[0, 1], [1, 1]]


@pytest.mark.usefixtures("pro")
def test_an_address_that_cannot_be_written_holds_up_nobody(
    organization: Organization, other_tenant: NewTenant, mailoutbox: Outbox
) -> None:
    User.objects.filter(email="owner@example.com").update(email="bad\n@example.com")
    services.subscribe(other_tenant.organization, "pro", event_limit=100, started_at=BEGAN)
    for tenant in (organization, other_tenant.organization):
        use(tenant, 50)
    notify()
    notify()
    assert [message.to for message in mailoutbox] == [["outsider@example.com"]]


def test_many_organizations_cost_no_more_queries(db: None) -> None:
    def rounds() -> int:
        with CaptureQueriesContext(connection) as queries:
            notify()
        return len(queries)

    owner = User.objects.create_user("many@example.com", "s3cret")
    before = rounds()
    for number in range(20):
        made = create_organization(f"Org {number}", owner=owner)
        started = NOW - timedelta(days=number)
        services.subscribe(made, "pro", event_limit=100, started_at=started)
        use(made, 10)
    assert before <= 4
    assert rounds() <= before + 2


def test_every_organization_is_counted_in_its_own_period(
    organization: Organization, other_tenant: NewTenant, accept: Accept, mailoutbox: Outbox
) -> None:
    services.subscribe(organization, "pro", event_limit=100, started_at=NOW - timedelta(days=3))
    services.subscribe(
        other_tenant.organization, "pro", event_limit=100, started_at=NOW - timedelta(days=10)
    )
    for tenant in (organization, other_tenant.organization):
        use(tenant, 45, NOW - timedelta(days=5))
        use(tenant, 5, NOW)
    accept(10, NOW - timedelta(days=4))
    notify()
    assert [message.to for message in mailoutbox] == [["outsider@example.com"]]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("pro")
def test_two_workers_send_one_e_mail(organization: Organization, mailoutbox: Outbox) -> None:
    use(organization, 100)

    def work(_: int) -> None:
        try:
            notify()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert len(mailoutbox) == 1
    assert kept(organization) == [(50, False), (80, False), (100, True)]


def test_cron_runs_it_every_minute() -> None:
    from django_rq.cron import DjangoCronScheduler

    scheduler = DjangoCronScheduler()
    scheduler.load_config_from_file("config.cron")
    assert [job.interval for job in scheduler.get_jobs() if job.func == notify] == [60]


@pytest.mark.usefixtures("pro")
def test_owners_of_a_deleted_organization_are_told_nothing(
    organization: Organization, mailoutbox: Outbox, set_clock: SetClock
) -> None:
    use(organization, 60)
    Notice.objects.create(
        organization=organization, day=NOW.date(), event_limit=100, percent=50, due_at=NOW
    )
    delete_organization(organization)
    notify()
    assert mailoutbox == []
    assert kept(organization) == [(50, False)]

    bring_back_organization(organization)
    notify()
    assert len(mailoutbox) == 1
