"""Rows under a slug that nobody has."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from django.db import IntegrityError, transaction
from django.utils.text import slugify

_Row = TypeVar("_Row")


def with_free_slug(name: str, create: Callable[[str], _Row], *, owner: str = "") -> _Row:
    """Create a row under a slug of `name`.

    Where the plain one is taken, the slug of its `owner` stands before it, and where that is taken
    too, or there is no owner, it gets a random ending. Two who want the same slug at the same
    moment both succeed: the database decides.
    """
    plain = slugify(name)[:40].strip("-") or "project"
    owned = owner if owner.startswith(plain) else f"{owner}-{plain}"[:60].rstrip("-")
    for slug in (plain, owned) if owner else (plain,):
        with suppress(IntegrityError), transaction.atomic():
            return create(slug)
    return create(f"{plain}-{secrets.token_hex(4)}")
