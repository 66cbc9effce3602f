"""URLs of topics and clustering runs."""

from django.urls import path

from clustering.api import one_topic, runs, texts, topics
from clustering.views import coverage, curation, maps, numbers, privacy
from clustering.views import topics as views
from ingestion.api.views import export_of, pages_of

urlpatterns = [
    path("api/v1/topics", pages_of(topics.topics), name="api_topics"),
    path("api/v1/topics/export", export_of(topics.topics), name="api_topics_export"),
    path("api/v1/topics/<int:topic>", one_topic.topic, name="api_topic"),
    path("api/v1/texts", pages_of(texts.texts), name="api_texts"),
    path("api/v1/texts/export", export_of(texts.texts), name="api_texts_export"),
    path("api/v1/runs", pages_of(runs.runs), name="api_runs"),
    path("p/<slug:project>/", views.project_home, name="project"),
    path("p/<slug:project>/topics/", views.topics, name="topics"),
    path("p/<slug:project>/topics/progress/", views.topics_progress, name="topics_progress"),
    path("p/<slug:project>/topics/by-meaning/", views.search_by_meaning, name="search_by_meaning"),
    path("p/<slug:project>/topics/export/", views.export_topics, name="export_topics"),
    path("p/<slug:project>/topics/outliers/", views.outliers, name="outliers"),
    path("p/<slug:project>/topics/coverage/", coverage.choose, name="coverage"),
    path("p/<slug:project>/topics/numbers/", numbers.numbers_by_topic, name="numbers_by_topic"),
    path("p/<slug:project>/topics/<int:topic>/", views.topic, name="topic"),
    path(
        "p/<slug:project>/topics/<int:topic>/numbers/", numbers.topic_numbers, name="topic_numbers"
    ),
    path("p/<slug:project>/topics/<int:topic>/export/", views.export_texts, name="export_texts"),
    path(
        "p/<slug:project>/topics/<int:topic>/reset-name/",
        views.reset_topic_name,
        name="reset_topic_name",
    ),
    path("p/<slug:project>/topics/<int:topic>/merge/", curation.merge, name="merge_topic"),
    path("p/<slug:project>/topics/<int:topic>/split/", curation.split, name="split_topic"),
    path("p/<slug:project>/topics/<int:topic>/pin/", curation.pin, name="pin_topic"),
    path("p/<slug:project>/topics/<int:topic>/hide/", curation.hide, name="hide_topic"),
    path("p/<slug:project>/topics/<int:topic>/act/", curation.act, name="act_on_topic"),
    path("p/<slug:project>/map/", maps.topic_map, name="map"),
    path("p/<slug:project>/map/points/", maps.points, name="map_points"),
    path("p/<slug:project>/map/texts/", maps.texts, name="map_texts"),
    path("p/<slug:project>/map/chosen/", maps.chosen_texts, name="map_chosen"),
    path("p/<slug:project>/texts/<int:text>/move/", curation.move, name="move_text"),
    path("p/<slug:project>/themes/<int:theme>/rename/", curation.rename_theme, name="rename_theme"),
    path("p/<slug:project>/decisions/", curation.decisions, name="decisions"),
    path("p/<slug:project>/decisions/<int:decision>/undo/", curation.undo, name="undo_decision"),
    path("p/<slug:project>/settings/privacy/", privacy.privacy, name="privacy"),
    path("p/<slug:project>/settings/privacy/kept/", privacy.keep, name="keep_events"),
    path("p/<slug:project>/settings/privacy/masked/", privacy.mask, name="mask_events"),
    path("p/<slug:project>/settings/privacy/sample/", privacy.sample, name="mask_sample"),
    path("p/<slug:project>/settings/privacy/export/", privacy.export, name="export_project"),
    path("p/<slug:project>/settings/privacy/forgotten/", privacy.forget, name="forget_user"),
    path("p/<slug:project>/runs/", views.runs, name="runs"),
    path("p/<slug:project>/runs/new/", views.run_now, name="run_now"),
]
