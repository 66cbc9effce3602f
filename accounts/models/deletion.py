"""What deleting means for a row that goes by one click: it is kept for a while, out of reach."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

BROUGHT_BACK_FOR = timedelta(days=7)
"""How long a deleted organization or project is kept, out of everybody's reach."""


class Deletable(models.Model):
    """A row that is marked first, and gone for good later."""

    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def gone_at(self) -> datetime | None:
        """From when on nobody can bring it back, if it is deleted."""
        return self.deleted_at and self.deleted_at + BROUGHT_BACK_FOR


def kept_since() -> datetime:
    """What was deleted after this moment can be brought back."""
    return timezone.now() - BROUGHT_BACK_FOR
