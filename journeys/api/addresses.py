"""Where the lists of journeys are."""

from __future__ import annotations

from ingestion.api.views import Listed
from journeys.api.choices import journeys_comparison, journeys_follow_ups
from journeys.api.reports import REPORTS

LISTS = [*REPORTS, journeys_follow_ups, journeys_comparison]


def path_of(listed: Listed) -> str:
    """Where a list is: `journeys_drop_offs` at `journeys/drop-offs`."""
    app, _, name = listed.name.partition("_")
    return f"api/v1/{app}/{name.replace('_', '-')}"
