"""URLs of plans and usage."""

from django.urls import path

from billing import views

urlpatterns = [
    path("o/<slug:organization>/usage/", views.usage, name="usage"),
]
