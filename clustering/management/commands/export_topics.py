"""Write every distinct text of a dimension with its topic, as JSON lines on standard output."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.management.arguments import project_of, takes_project
from clustering.management.arguments import text_field_of
from clustering.models import Text


class Command(BaseCommand):
    help = (
        "Write one JSON object a line for each distinct text: text, occurrences, topic_id (null "
        "for an outlier), topic, nearest_topic_id, similarity (to the nearest)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        takes_project(parser)
        parser.add_argument("--field", required=True, metavar="KEY")

    def handle(self, *args: Any, **options: Any) -> None:
        project = project_of(options["project"])
        field = text_field_of(project, options["field"])
        rows = (
            Text.objects.filter(project=project, field=field)
            .order_by("pk")
            .values_list(
                "content", "occurrences", "topic", "topic__label", "nearest_topic", "similarity"
            )
        )
        keys = ("text", "occurrences", "topic_id", "topic", "nearest_topic_id", "similarity")
        for row in rows.iterator(chunk_size=200):
            self.stdout.write(json.dumps(dict(zip(keys, row, strict=True))))
