"""Greets whoever ran `make run`: the address, and on a first start the demo."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from itertools import islice
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from accounts.models import Project
from clustering.models import Topic
from config.demo import tenant
from config.demo.generator import conversations
from config.demo.sending import CONNECTIONS, send
from ingestion.models import Event

CONVERSATIONS = 3000
SEED = 7
PATIENCE_SECONDS = 120


class Command(BaseCommand):
    """Waits for the web server, then creates or finishes the demo and prints how to get in."""

    help = "Wait until the web server answers, send the demo's events, print how to log in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help="do not create the demo")

    def handle(self, *args: Any, no_demo: bool, **options: Any) -> None:
        self._wait_for_web()
        self.stdout.write(f"\nTurret is running at {settings.BASE_URL}")
        if not no_demo and tenant.is_first_start():
            tenant.create()
        credentials = tenant.Credentials.load()
        project = credentials and tenant.project_of(credentials)
        if not (credentials and project):
            self.stdout.write(f"  {_your_own()}\n")
            return
        self.stdout.write(f"  demo login  {credentials.email}  password {credentials.password}")
        self.stdout.write(f"  API key     {credentials.api_key}")
        self.stdout.write(f"  {_your_own()}\n")
        if not no_demo:
            self._send_what_is_missing(project, credentials.api_key)

    def _send_what_is_missing(self, project: Project, api_key: str) -> None:
        """Send the demo's events; after an interrupted start, from where that may have ended.

        Their event_id keeps those that were in flight then from being stored twice.
        """
        events = list(conversations(CONVERSATIONS, seed=SEED, now=project.created_at))
        sent = Event.objects.filter(project=project).count()
        if sent >= len(events):
            return
        first = max(0, sent - CONNECTIONS)
        payloads = (
            {**event.payload(), "event_id": f"demo_{number}"}
            for number, event in islice(enumerate(events), first, None)
        )
        accepted = send(settings.LOCAL_URL, api_key, payloads)
        shown = tqdm(
            accepted, "Sending the demo's events", len(events), initial=first, unit="", disable=None
        )
        for _ in shown:
            pass
        self._wait_for_topics(project)

    def _wait_for_web(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{settings.LOCAL_URL}/healthz", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise CommandError(f"Nobody answers at {settings.LOCAL_URL} after {PATIENCE_SECONDS} s.")

    def _wait_for_topics(self, project: Project) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        topics = Topic.objects.filter(project=project, field__key="prompt", retired_at=None)
        named = topics.exclude(label="")
        while time.monotonic() < deadline:
            if count := named.count():
                url = f"{settings.BASE_URL}/p/{project.slug}/topics/"
                self.stdout.write(f"{count} topics have names: {url}")
                return
            time.sleep(1)


def _your_own() -> str:
    """How whoever runs it gets an account."""
    if settings.SIGN_UP:
        return f"your own    sign up at {settings.BASE_URL}/signup"
    return "your own    manage.py create_tenant makes an account; docs/operations.md has it"
