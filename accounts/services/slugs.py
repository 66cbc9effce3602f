"""Rows under a slug that nobody has."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, transaction
from django.utils.text import slugify

_Row = TypeVar("_Row")


def with_free_slug(name: str, create: Callable[[str], _Row]) -> _Row:
    """Create a row under a slug of `name`, with a random ending where the plain one is taken.

    Two who want the same slug at the same moment both succeed: the database decides.
    """
    slug = slugify(name)[:40].strip("-") or "project"
    try:
        with transaction.atomic():
            return create(slug)
    except IntegrityError:
        return create(f"{slug}-{secrets.token_hex(4)}")
