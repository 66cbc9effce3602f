"""The project that a command is about."""

from __future__ import annotations

from django.core.management.base import CommandError, CommandParser

from accounts.models import Project

_NAMED = 20
"""Projects that a message names."""


def takes_project(parser: CommandParser) -> None:
    parser.add_argument(
        "--project", required=True, metavar="SLUG", help="its name in addresses: /p/SLUG/"
    )


def project_of(slug: str) -> Project:
    """The project with this slug. Raises CommandError where there is none, or it is deleted."""
    found = Project.with_deleted.unscoped().select_related("organization").filter(slug=slug).first()
    if found is None:
        raise CommandError(f"There is no project {slug!r}. {_known()}")
    if found.deleted_at:
        raise CommandError(f"The project {slug!r} is deleted.")
    return found


def _known() -> str:
    found = Project.objects.unscoped().order_by("slug").values_list("slug", flat=True)
    slugs = list(found[: _NAMED + 1])
    if not slugs:
        return "There is none yet."
    more = ["…"] if len(slugs) > _NAMED else []
    return f"There are: {', '.join([*slugs[:_NAMED], *more])}."
