"""URLs of journeys and sessions."""

from django.urls import path

from journeys import comparison_views, overview_views, path_views, quality_views, views

urlpatterns = [
    path("p/<project>/overview/", overview_views.home, name="overview"),
    path("p/<project>/journeys/", views.journeys, name="journeys"),
    path("p/<project>/journeys/paths/", path_views.paths, name="paths"),
    path("p/<project>/journeys/paths/sessions/", path_views.path_sessions, name="path_sessions"),
    path("p/<project>/journeys/coming-back/", path_views.coming_back, name="coming_back"),
    path("p/<project>/journeys/compare/", comparison_views.comparison, name="comparison"),
    path(
        "p/<project>/topics/<int:topic>/around/",
        views.topic_around,
        name="topic_around",
    ),
    path("p/<project>/quality/", quality_views.quality, name="quality"),
    path("p/<project>/quality/days/", quality_views.quality_days, name="quality_days"),
    path("p/<project>/sessions/", views.session_list, name="sessions"),
    path("p/<project>/session/", views.session, name="session"),
]
