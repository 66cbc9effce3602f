from django.apps import AppConfig


class IngestionConfig(AppConfig):
    name = "ingestion"

    def ready(self) -> None:
        from billing import selectors as billing
        from ingestion import selectors

        # A quota counts what waits here, and billing does not know this app.
        billing.register_pending_events(selectors.pending_events)
