"""API keys: how one is made, recognised and stored. Pure; no Django.

A key reads `tur_live_<43 characters><6 characters>`: 256 random bits, then the CRC-32 of all
that stands before it, both in base 62. The checksum tells a mistyped key apart without asking
the database. Only the SHA-256 of a key is stored: 256 random bits cannot be guessed from a
digest, so a slow password hash would cost every request and add nothing.
"""

import hashlib
import re
import secrets
import zlib

_PREFIX = "tur_live_"
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SHAPE = re.compile(rf"{_PREFIX}[0-9A-Za-z]{{49}}", re.ASCII)
_CHECKSUM_LENGTH = 6
_SHOWN_LENGTH = len(_PREFIX) + 4


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), _CHECKSUM_LENGTH)


def new_key() -> str:
    """Return a new random key."""
    body = _PREFIX + _base62(secrets.randbits(256), 43)
    return body + _checksum(body)


def is_well_formed(key: str) -> bool:
    """Whether the key has the right shape and checksum. Says nothing of whether it is live."""
    return (
        bool(_SHAPE.fullmatch(key))
        and _checksum(key[:-_CHECKSUM_LENGTH]) == key[-_CHECKSUM_LENGTH:]
    )


def digest(key: str) -> str:
    """Return what is stored of a key or token: its SHA-256, in hexadecimal."""
    return hashlib.sha256(key.encode()).hexdigest()


def shown_prefix(key: str) -> str:
    """Return the start of a key, enough for people to tell their keys apart."""
    return key[:_SHOWN_LENGTH]
