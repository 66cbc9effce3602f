"""Sample data for an organization: a project of its own, to look at and to play with."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Organization, Project
from billing.plans import PLANS, Terms
from config.demo.generator import conversations
from ingestion import services as ingestion
from ingestion.payload import parse_event

NAME = "Inkwell sample"
CONVERSATIONS = 1_000
"""Enough for topics and journeys with numbers to trust, few enough to be read in seconds."""

SEED = 7


@transaction.atomic
def sample_of(organization: Organization) -> Project:
    """The sample of an organization, which is made when first asked for."""
    Organization.objects.select_for_update().get(pk=organization.pk)  # two clicks make one
    found = Project.objects.filter(organization=organization, is_metered=False).first()
    if found:
        return found
    project, now = accounts.create_sample(organization, NAME), timezone.now()
    unlimited = Terms(organization.pk, PLANS["unlimited"], now)
    sent = conversations(CONVERSATIONS, seed=SEED, now=now)
    events = [parse_event(event.payload(), now) for event in sent]
    ingestion.accept(project.pk, unlimited, events, now)
    return project
