"""URLs of plans and usage."""

from django.urls import path

from billing import views

urlpatterns = [
    path("o/<organization>/usage/", views.usage, name="usage"),
]
