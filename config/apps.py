import gc

from django.apps import AppConfig
from django.conf import settings


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        """Report errors, if asked to. Keep what is loaded by now out of garbage collection.

        It is much and it stays: collections that looked through it again and again took a quarter
        of the time of extracting events.
        """
        if settings.SENTRY_DSN:
            from config import reporting

            reporting.start(settings.SENTRY_DSN)
        gc.collect()
        gc.freeze()
