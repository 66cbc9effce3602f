"""The OpenAPI description of `/track` and `/track/batch`, with the limits that are enforced.

Reading describes itself (`ingestion.api.description`); what belongs to the whole document is here.
"""

from ingestion.schema.document import READING, ApiKeyScheme, only_the_api, with_components
from ingestion.schema.operations import track, track_batch

__all__ = [
    "READING",
    "ApiKeyScheme",
    "only_the_api",
    "track",
    "track_batch",
    "with_components",
]
