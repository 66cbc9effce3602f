"""Turret's URLs: `/track` for machines, `/o/…` and `/p/…` for people, `/admin/` for staff."""

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from accounts.views import session
from config import views
from config.health.ready import ready
from config.metrics import metrics
from ingestion.api.views import unknown

urlpatterns = [
    path("", views.home, name="home"),
    path("o/<slug:organization>/sample/", views.sample, name="sample"),
    path("healthz", views.alive, name="alive"),
    path("readyz", ready, name="ready"),
    path("metrics", metrics, name="metrics"),
    path("", include("ingestion.urls")),
    path("", include("accounts.urls")),
    path("", include("billing.urls")),
    path("", include("clustering.urls")),
    path("", include("journeys.urls")),
    re_path("^api/v1/", unknown),
    path("admin/login/", session.admin_log_in),
    path("admin/password_change/", RedirectView.as_view(pattern_name="password_change")),
    path("admin/rq/", include("django_rq.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "config.views.bad_request"
