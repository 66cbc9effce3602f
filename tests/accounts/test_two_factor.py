"""The second step of a log-in: there is no way round it, and no code works twice."""

from __future__ import annotations

import re
from binascii import unhexlify
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import two_factor
from accounts.models import User
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def code_of(user: User, *, confirmed: bool = True) -> str:
    """What the user's app shows now, and has not been used."""
    device = TOTPDevice.objects.get(user=user, confirmed=confirmed)
    TOTPDevice.objects.filter(pk=device.pk).update(last_t=-1, throttling_failure_count=0)
    return f"{totp(unhexlify(device.key.encode())):06}"


@pytest.fixture
def backup_codes(owner: User) -> list[str]:
    """The codes of an owner whose second factor is on."""
    two_factor.begin(owner)
    codes = two_factor.confirm(owner, code_of(owner, confirmed=False))
    assert codes
    return codes


def give_password(client: Client, user: User, to: str = "/account/") -> str:
    answer = client.post(f"/login?next={to}", {"username": user.email, "password": PASSWORD})
    return answer.headers["Location"]


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def test_it_is_set_up_with_a_code_of_the_app(owner: User) -> None:
    client = Client()
    client.force_login(owner)
    page = client.get("/account/two-step/").content.decode()
    assert 'src="data:image/svg+xml' in page
    wrong = {"code": "000000", "password": PASSWORD}
    assert "is not right" in client.post("/account/two-step/", wrong).content.decode()
    assert not two_factor.is_on(owner)
    code = code_of(owner, confirmed=False)
    page = client.post("/account/two-step/", {"code": code, "password": PASSWORD}).content.decode()
    assert len(re.findall(r"(?m)(?:^|>)[a-z2-7]{8}(?:$|<)", page)) == two_factor.BACKUP_CODES
    assert two_factor.is_on(owner)


@pytest.mark.django_db(transaction=True)
def test_two_pages_at_once_set_up_one_device(owner: User) -> None:
    def begin(_: int) -> TOTPDevice:
        try:
            return two_factor.begin(owner)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(begin, range(4)))) == 1


def test_the_password_alone_does_not_log_in(
    client: Client, owner: User, backup_codes: list[str]
) -> None:
    assert give_password(client, owner) == "/login/code"
    assert not is_in(client)
    answer = client.post("/login/code", {"code": code_of(owner)})
    assert answer.headers["Location"] == "/account/"
    assert is_in(client)


def test_a_code_works_once(owner: User, backup_codes: list[str]) -> None:
    code = code_of(owner)
    for client, expected in ((Client(), True), (Client(), False)):
        give_password(client, owner)
        client.post("/login/code", {"code": code})
        assert is_in(client) is expected


def test_a_backup_code_works_once_and_only_its_digest_is_stored(
    owner: User, backup_codes: list[str]
) -> None:
    stored = set(StaticToken.objects.values_list("token", flat=True))
    assert not stored & set(backup_codes)
    for client, expected in ((Client(), True), (Client(), False)):
        give_password(client, owner)
        client.post("/login/code", {"code": f" {backup_codes[0].upper()} "})
        assert is_in(client) is expected
    assert two_factor.backup_codes_left(owner) == two_factor.BACKUP_CODES - 1


@pytest.mark.parametrize("password", ["", "wrong"])
def test_who_finds_a_browser_left_open_locks_nobody_out(
    client: Client, owner: User, password: str
) -> None:
    client.force_login(owner)
    client.get("/account/two-step/")
    code = code_of(owner, confirmed=False)
    client.post("/account/two-step/", {"code": code, "password": password})
    assert not two_factor.is_on(owner)
    client.post("/account/two-step/", {"code": code, "password": PASSWORD})
    assert two_factor.is_on(owner)


@pytest.mark.parametrize("code", ["", "000000", "12345", "٠١٢٣٤٥", "\0", "<script>", "x" * 10_000])
def test_a_wrong_code_logs_nobody_in(
    client: Client, owner: User, backup_codes: list[str], code: str
) -> None:
    give_password(client, owner)
    assert client.post("/login/code", {"code": code}).status_code == 200
    assert not is_in(client)


def test_who_guesses_has_to_wait(client: Client, owner: User, backup_codes: list[str]) -> None:
    give_password(client, owner)
    right = code_of(owner)
    client.post("/login/code", {"code": "000000"})
    client.post("/login/code", {"code": right})
    assert not is_in(client)


def test_without_a_password_there_is_nothing_to_confirm(client: Client, owner: User) -> None:
    assert client.get("/login/code").headers["Location"] == "/login"
    assert client.post("/login/code", {"code": "000000"}).headers["Location"] == "/login"


def test_a_password_that_was_changed_meanwhile_no_longer_waits(
    client: Client, owner: User, backup_codes: list[str]
) -> None:
    give_password(client, owner)
    owner.set_password("another battery horse")
    owner.save()
    answer = client.post("/login/code", {"code": code_of(owner)})
    assert answer.headers["Location"] == "/login"


@pytest.mark.parametrize("is_logged_in", [False, True])
def test_a_reset_link_does_not_pass_by_it(
    owner: User,
    backup_codes: list[str],
    signed_in: Callable[[User], Client],
    is_logged_in: bool,
) -> None:
    client = signed_in(owner) if is_logged_in else Client()
    client.post("/password/reset/", {"email": owner.email})
    link = re.search(r"/password/reset/\S+", str(mail.outbox[0].body))
    assert link
    form = client.get(link[0], follow=True).redirect_chain[-1][0]
    new = {"new_password1": "another battery horse", "new_password2": "another battery horse"}
    assert client.post(form, new).headers["Location"] == "/login/code"
    assert not is_in(client)
    client.post("/login/code", {"code": code_of(owner)})
    assert is_in(client)


def test_the_admin_asks_for_it_too(client: Client, backup_codes: list[str], owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_staff=True, is_superuser=True)
    answer = client.post("/admin/login/", {"username": owner.email, "password": PASSWORD})
    assert answer.headers["Location"].startswith("/login?next=/admin/")
    give_password(client, owner, "/admin/")
    assert client.get("/admin/").status_code == 302
    client.post("/login/code", {"code": code_of(owner)})
    assert client.get("/admin/").status_code == 200


def test_who_is_no_staff_is_told_so(client: Client, owner: User) -> None:
    client.force_login(owner)
    assert client.get("/admin/", follow=True).status_code == 403


def test_it_is_turned_off_with_a_code(owner: User, backup_codes: list[str]) -> None:
    client = Client()
    client.force_login(owner)
    client.post("/account/two-step/change/", {"code": "000000", "do": "turn-off"})
    assert two_factor.is_on(owner)
    client.post("/account/two-step/change/", {"code": code_of(owner), "do": "turn-off"})
    assert not two_factor.is_on(owner)
    assert give_password(Client(), owner) == "/account/"


def test_new_backup_codes_replace_the_old(owner: User, backup_codes: list[str]) -> None:
    client = Client()
    client.force_login(owner)
    page = client.post("/account/two-step/change/", {"code": code_of(owner), "do": "new-codes"})
    assert page.status_code == 200
    assert not two_factor.check(owner, backup_codes[0])
    assert two_factor.backup_codes_left(owner) == two_factor.BACKUP_CODES
