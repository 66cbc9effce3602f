"""The WSGI entry point that the web server loads."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

django = get_wsgi_application()

# These need the apps that the line above loads. The pages are imported here, for else the first
# request of each process would wait for that.
import config.urls  # noqa: E402, F401
from config.observing import observed  # noqa: E402
from ingestion.wsgi import ingest_first  # noqa: E402

application = observed(ingest_first(django))
