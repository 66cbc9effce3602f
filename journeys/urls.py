"""URLs of journeys and sessions."""

from django.urls import path

from journeys import views

urlpatterns = [
    path("p/<project>/journeys/", views.journeys, name="journeys"),
    path(
        "p/<project>/topics/<int:topic>/around/",
        views.topic_around,
        name="topic_around",
    ),
    path("p/<project>/sessions/", views.session_list, name="sessions"),
    path("p/<project>/session/", views.session, name="session"),
]
