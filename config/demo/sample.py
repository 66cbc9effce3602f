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

MOST = 5
"""Samples of an organization, among them those that were deleted and can be brought back. They cost
it nothing, so no plan limits them."""


class TooManySamples(Exception):
    """The organization has deleted as many as it may have for now."""


@transaction.atomic
def sample_of(organization: Organization) -> Project:
    """The sample of an organization, which is made when first asked for. Raises TooManySamples."""
    Organization.objects.select_for_update().get(pk=organization.pk)  # two clicks make one
    found = Project.objects.filter(organization=organization, is_metered=False).first()
    if found:
        return found
    kept = Project.with_deleted.filter(organization=organization, is_metered=False)
    if kept.count() >= MOST:
        raise TooManySamples
    project, now = accounts.create_sample(organization, NAME), timezone.now()
    unlimited = Terms(organization.pk, PLANS["unlimited"], now)
    sent = conversations(CONVERSATIONS, seed=SEED, now=now)
    events = [parse_event(event.payload(), now) for event in sent]
    ingestion.accept(project.pk, unlimited, events, now)
    return project
