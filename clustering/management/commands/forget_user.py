"""Delete everything that one user of a project's customer sent."""

from __future__ import annotations

import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from accounts.management.arguments import project_of, takes_project
from clustering.privacy import erasure

PAUSE = 0.2
"""Seconds until it looks again whether a worker that took up the request first is done."""


class Command(BaseCommand):
    help = "Delete a user's events, the texts nobody else sent, and what was made of them."

    def add_arguments(self, parser: CommandParser) -> None:
        takes_project(parser)
        parser.add_argument("--user-id", required=True, metavar="ID")

    def handle(self, *args: Any, **options: Any) -> None:
        project, user_id = project_of(options["project"]), options["user_id"]
        if not erasure.extent(project, user_id):
            raise CommandError("This project has no event with that user_id.")
        asked = erasure.request(project, user_id, None)
        with tqdm(unit=" events") as progress:
            while asked.finished_at is None:
                erasure.carry_out(project, progress.update)
                asked.refresh_from_db()
                if asked.finished_at is None:
                    time.sleep(PAUSE)
        print(json.dumps(erasure.receipt_of(asked)))
