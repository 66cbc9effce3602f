"""PostgreSQL and Redis that come with Turret, for whoever names no servers of their own.

They live as long as somebody uses them: hold them with :func:`servers` or :func:`for_command`.
Decision and reasons: docs/decisions/0002-embedded-servers.md.
"""

from config.embedded.errors import EmbeddedError
from config.embedded.layout import Servers, data_dir
from config.embedded.lifetime import (
    connection_urls,
    database,
    embedded_parts,
    ensure_running,
    for_command,
    redis_url,
    servers,
    start_missing,
)

__all__ = [
    "EmbeddedError",
    "Servers",
    "connection_urls",
    "data_dir",
    "database",
    "embedded_parts",
    "ensure_running",
    "for_command",
    "redis_url",
    "servers",
    "start_missing",
]
