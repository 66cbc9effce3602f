"""The WSGI entry point that the web server loads."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

django = get_wsgi_application()

from ingestion.wsgi import ingest_first  # noqa: E402  (needs the apps that the line above loads)

application = ingest_first(django)
