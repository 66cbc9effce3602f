"""The least that stores an event with Django REST framework: one INSERT, one Redis INCR.

What `/track` is compared with. It checks no key, no quota and no field. Served by the same server
with the same number of processes and threads, on the same stores.
"""

from __future__ import annotations

import json
from typing import Any, cast

import redis
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.settings import DATABASES, REDIS_URL

TABLE = """
CREATE TABLE IF NOT EXISTS bench_minimal (
  id bigserial PRIMARY KEY, name text, session_id text, user_id text, metadata jsonb,
  received_at timestamptz DEFAULT now()
)
"""
_INSERT = """
INSERT INTO bench_minimal (name, session_id, user_id, metadata) VALUES (%s, %s, %s, %s)
"""

if not settings.configured:
    settings.configure(
        SECRET_KEY="bench",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        DATABASES={"default": {**DATABASES["default"], "CONN_MAX_AGE": None, "OPTIONS": {}}},
        REST_FRAMEWORK={
            "DEFAULT_AUTHENTICATION_CLASSES": [],
            "DEFAULT_PERMISSION_CLASSES": [],
            "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
            "UNAUTHENTICATED_USER": None,
        },
    )

_counter = redis.Redis.from_url(REDIS_URL)


class MinimalView(APIView):
    def post(self, request: Request) -> Response:
        event = cast("dict[str, Any]", request.data)
        row = [event["name"], event["session_id"], event["user_id"], json.dumps(event["metadata"])]
        with connection.cursor() as cursor:
            cursor.execute(_INSERT, row)
        _counter.incr("bench:minimal")
        return Response({"session_id": event["session_id"], "user_id": event["user_id"]})


urlpatterns = [path("track", MinimalView.as_view())]
application = get_wsgi_application()
