"""Messages in subjects that a person would tell apart, and a way to send them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Project
from billing.selectors import terms_of
from ingestion.models import Field
from ingestion.payload import parse_event
from ingestion.services import accept

ACCESS = [
    "How do I reset my password?",
    "I forgot my login credentials",
    "Can't remember my account password",
    "I can't log in",
    "Password reset not working",
    "Account locked out",
]
PRICE = [
    "What pricing plans do you offer?",
    "How much does it cost?",
    "What are your pricing plans?",
]
DISCOUNT = ["Can I get a discount?", "Do you have a promo code?", "Any coupons available?"]
INTEGRATION = ["Integration failing", "The integration stopped working"]
SINGLE = [
    "Can you add dark mode?",
    "Would love to see templates",
    "Need better export options",
    "API not responding",
    "Getting 500 errors",
    "Write a blog post about AI",
    "Create marketing copy",
    "Generate product descriptions",
]
ALL = [*ACCESS, *PRICE, *DISCOUNT, *INTEGRATION, *SINGLE]

PARCEL = [
    "Where is my parcel?",
    "My parcel has not arrived",
    "When will the parcel be delivered?",
    "The parcel is late",
    "Track my parcel please",
    "Has my parcel been shipped yet?",
]
REFUND = [
    "I want a refund",
    "Please refund my money",
    "How do I get my money back?",
    "When will I receive my refund?",
    "Refund my last payment",
]


def send(
    project: Project, texts: Iterable[str], *, key: str = "prompt", days_ago: float = 0, **more: Any
) -> None:
    """Have events with these texts accepted, three to a session."""
    now = timezone.now()
    events = [
        parse_event(
            {
                "name": "user_prompt",
                "session_id": f"session {place // 3}",
                "metadata": {key: text, **more},
                "timestamp": (now - timedelta(days=days_ago)).isoformat(),
            },
            now,
        )
        for place, text in enumerate(texts)
    ]
    granted = accept(project.pk, terms_of(project.organization), events, now).granted
    assert granted == len(events)


def field_of(project: Project, key: str = "prompt") -> Field:
    return Field.objects.select_related("project").get(project=project, key=key)
