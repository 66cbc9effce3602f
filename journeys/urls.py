"""URLs of journeys and sessions."""

from django.urls import path

from ingestion.api.views import export_of, pages_of
from journeys import (
    checklist_views,
    comparison_views,
    export_views,
    overview_views,
    path_views,
    quality_views,
    views,
)
from journeys.api import addresses, reports

urlpatterns = [
    path("api/v1/journeys", reports.journeys, name="api_journeys"),
    *(
        path(addresses.path_of(each) + suffix, view(each), name=f"api_{each.name}{suffix}")
        for each in addresses.LISTS
        for suffix, view in (("", pages_of), ("/export", export_of))
    ),
    path("p/<slug:project>/overview/", overview_views.home, name="overview"),
    path("p/<slug:project>/checklist/", checklist_views.checklist, name="checklist"),
    path("p/<slug:project>/checklist/show/", checklist_views.show_checklist, name="show_checklist"),
    path("p/<slug:project>/journeys/", views.journeys, name="journeys"),
    path("p/<slug:project>/journeys/paths/", path_views.paths, name="paths"),
    path(
        "p/<slug:project>/journeys/paths/sessions/", path_views.path_sessions, name="path_sessions"
    ),
    path("p/<slug:project>/journeys/coming-back/", path_views.coming_back, name="coming_back"),
    path("p/<slug:project>/journeys/compare/", comparison_views.comparison, name="comparison"),
    path(
        "p/<slug:project>/journeys/export/<slug:table>/",
        export_views.export_journeys,
        name="export_journeys",
    ),
    path(
        "p/<slug:project>/topics/<int:topic>/around/",
        views.topic_around,
        name="topic_around",
    ),
    path("p/<slug:project>/quality/", quality_views.quality, name="quality"),
    path("p/<slug:project>/quality/days/", quality_views.quality_days, name="quality_days"),
    path("p/<slug:project>/sessions/", views.session_list, name="sessions"),
    path("p/<slug:project>/session/", views.session, name="session"),
]
