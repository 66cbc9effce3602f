"""URLs of events and fields."""

from django.urls import path

from ingestion import segments_views, views
from ingestion.api import answers
from ingestion.api.views import pages_of
from ingestion.track import BatchView, TrackView, unknown

urlpatterns = [
    path("track", TrackView.as_view(), name="track"),
    path("track/", TrackView.as_view()),
    path("track/batch", BatchView.as_view(), name="track_batch"),
    path("track/batch/", BatchView.as_view()),
    path("track/<path:rest>", unknown),
    path("api/schema", views.api_schema, name="api_schema"),
    path("api/docs", views.api_docs, name="api_docs"),
    path("api/v1/segments", pages_of(answers.segments), name="api_segments"),
    path("api/v1/usage", answers.usage, name="api_usage"),
    path("p/<slug:project>/send/", views.send_events, name="send_events"),
    path("p/<slug:project>/send/received/", views.received, name="received"),
    path("p/<slug:project>/settings/metadata/", views.metadata, name="metadata"),
    path("p/<slug:project>/settings/metadata/<int:field>/", views.field, name="field"),
    path("p/<slug:project>/segments/", segments_views.segments, name="segments"),
    path("p/<slug:project>/segments/save/", segments_views.save_segment, name="save_segment"),
    path(
        "p/<slug:project>/segments/<int:segment>/rename/",
        segments_views.rename_segment,
        name="rename_segment",
    ),
    path(
        "p/<slug:project>/segments/<int:segment>/delete/",
        segments_views.delete_segment,
        name="delete_segment",
    ),
]
