"""Print the receipts of users whose data was deleted."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.management.arguments import project_of, takes_project
from clustering.privacy import erasure


class Command(BaseCommand):
    help = (
        "Write the receipts of a project's erasures, one JSON object a line, the latest first: all "
        "of them, or one user's, found by the digest of the id. Exits with 1 if there is none."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        takes_project(parser)
        parser.add_argument("--user-id", metavar="ID")

    def handle(self, *args: Any, **options: Any) -> None:
        found = erasure.receipts(project_of(options["project"]), options["user_id"])
        if not found:
            whose = "" if options["user_id"] is None else " of this user_id"
            raise CommandError(f"This project has no receipt{whose}.")
        for each in found:
            self.stdout.write(json.dumps(erasure.receipt_of(each)))
