"""A second factor at the log-in: codes of an app (TOTP, RFC 6238), or backup codes of one use.

`django-otp` keeps the devices, checks codes, accepts none twice, and lengthens the wait after each
wrong one. Of backup codes only digests are stored.
"""

from __future__ import annotations

from base64 import b32encode

import segno
from django.db import transaction
from django.utils.crypto import salted_hmac
from django_otp import verify_token
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import audit
from accounts.models import Action, Organization, User

BACKUP_CODES = 10


def device_of(user: User) -> TOTPDevice | None:
    """The app that a user must ask for a code at each log-in; None where there is none."""
    return TOTPDevice.objects.filter(user=user, confirmed=True).first()


def is_on(user: User) -> bool:
    return device_of(user) is not None


@transaction.atomic
def begin(user: User) -> TOTPDevice:
    """The device that an app is being set up for; its secret stays the same until it is used."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two clicks make one
    device, _ = TOTPDevice.objects.get_or_create(
        user=user, confirmed=False, defaults={"name": "app"}
    )
    return device


@transaction.atomic
def confirm(user: User, code: str) -> list[str] | None:
    """Turn the second factor on, if the app's code is right; return backup codes, shown once."""
    device = begin(user)
    if not device.verify_token(code):
        return None
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    _record(user, Action.TWO_STEPS_ON)
    return new_backup_codes(user)


@transaction.atomic
def turn_off(user: User) -> None:
    TOTPDevice.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()
    _record(user, Action.TWO_STEPS_OFF)


def _record(user: User, action: Action) -> None:
    """Put it on record in every organization of the user."""
    for organization in Organization.objects.filter(memberships__user=user):
        audit.record(organization, action, user)


@transaction.atomic
def new_backup_codes(user: User) -> list[str]:
    """Replace a user's backup codes, and return the new ones."""
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="backup codes")
    codes = [StaticToken.random_token() for _ in range(BACKUP_CODES)]
    StaticToken.objects.bulk_create(
        StaticToken(device=device, token=_digest(user, code)) for code in codes
    )
    return codes


def backup_codes_left(user: User) -> int:
    return int(StaticToken.objects.filter(device__user=user).count())


def check(user: User, code: str) -> bool:
    """Whether a code of the app or a backup code is right. It is then used up."""
    code = "".join(code.split()).lower()
    device = device_of(user)
    if device is None:
        return False
    if code.isdecimal():
        return verify_token(user, device.persistent_id, code) is not None
    backup = StaticDevice.objects.filter(user=user).first()
    if backup is None:
        return False
    return verify_token(user, backup.persistent_id, _digest(user, code)) is not None


def secret_of(device: TOTPDevice) -> str:
    """The secret as people type it: in groups of four."""
    secret = b32encode(device.bin_key).decode()
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def qr_code_of(device: TOTPDevice) -> str:
    """An image's address (data:) that an app reads the secret from."""
    return str(segno.make(device.config_url).svg_data_uri(scale=4, border=3, light="white"))


def _digest(user: User, code: str) -> str:
    """64 bits of an HMAC under SECRET_KEY: all that `StaticToken` has room for."""
    return salted_hmac(f"turret.backup-code.{user.pk}", code, algorithm="sha256").hexdigest()[:16]
