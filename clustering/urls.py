"""URLs of topics and clustering runs."""

from django.urls import path

from clustering import views

urlpatterns = [
    path("p/<project>/", views.project_home, name="project"),
    path("p/<project>/topics/", views.topics, name="topics"),
    path("p/<project>/topics/progress/", views.topics_progress, name="topics_progress"),
    path("p/<project>/topics/outliers/", views.outliers, name="outliers"),
    path("p/<project>/topics/<int:topic>/", views.topic, name="topic"),
    path(
        "p/<project>/topics/<int:topic>/reset-name/",
        views.reset_topic_name,
        name="reset_topic_name",
    ),
    path("p/<project>/runs/", views.runs, name="runs"),
    path("p/<project>/runs/new/", views.run_now, name="run_now"),
]
