"""Occurrences as columns, for analysis; see `clustering.columns`."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import Project
from accounts.tenancy import ProjectModel, TenantManager
from ingestion.models import Field


class Block(ProjectModel):
    """Consecutive occurrences of a dimension, kept as columns for analysis; see `columns`.

    It holds every occurrence whose event's id is above `after` and at most `upto`. Never changed:
    when one of them changes it is deleted, and made anew.
    """

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    field = models.ForeignKey(
        Field, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    after = models.BigIntegerField()
    upto = models.BigIntegerField()
    rows = models.PositiveIntegerField(help_text="Occurrences.")

    objects = TenantManager["Block"]()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "field", "upto"], name="block_once")
        ]

    def __str__(self) -> str:
        return f"{self.rows} occurrences to event #{self.upto}"


class Column(ProjectModel):
    """One column of a block, its rows by ascending event id.

    `name` is one of `columns.blocks.OWN`, or a field's type and id: then it holds its values.
    """

    pk = models.CompositePrimaryKey("project_id", "block_id", "name")
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    block = models.ForeignKey(
        Block, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    name = models.CharField(max_length=20)
    values = models.BinaryField(help_text="Little-endian numbers of one width.")
    dictionary = ArrayField(
        models.TextField(), null=True, help_text="What the numbers stand for, where they are codes."
    )

    objects = TenantManager["Column"]()

    def __str__(self) -> str:
        return f"{self.name} of block #{self.block_id}"
