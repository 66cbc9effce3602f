"""Turret's URLs: `/track` for machines, `/o/…` and `/p/…` for people, `/admin/` for staff."""

from django.contrib import admin
from django.urls import include, path

from config import views

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.alive, name="alive"),
    path("", include("ingestion.urls")),
    path("", include("accounts.urls")),
    path("", include("billing.urls")),
    path("", include("clustering.urls")),
    path("", include("journeys.urls")),
    path("admin/rq/", include("django_rq.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "config.views.bad_request"
