"""The example on the landing page: what Turret found in the sample data, drawn as in its pages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from journeys.flow import NARROW, Flow, Layout, flow
from journeys.reports import State, Transition
from journeys.statistics import Share

MESSAGES = 2_538
"""Of one week."""

TRANSITIONS = (
    ("Cannot sign in", "Reset password", 84),
    ("Reset password", "Locked account", 72),
    ("API error rate up", "Is there an outage today", 61),
    ("Cancel subscription", "Refund policy", 40),
    ("Discount code", "Upgrade", 39),
    ("Locked account", "Where do I reach support", 33),
    ("Reset password", "Cannot sign in", 32),
    ("Cancel subscription", "Full workspace backup", 27),
)


@dataclass(frozen=True)
class Topic:
    """A topic, one of its messages, and how many it has this week and had the week before."""

    name: str
    example: str
    messages: int
    before: int
    movement: str = ""

    @property
    def share(self) -> float:
        return self.messages / MESSAGES

    @property
    def change(self) -> float:
        return self.messages / self.before - 1


TOPICS = (
    Topic("Discount code", "can i get a discount", 62, 53),
    Topic("Reset password", "how can i reset my password?", 57, 43),
    Topic("Cannot sign in", "I am unable to log in today", 51, 32),
    Topic("Cancel subscription", "how can i cancel my subscription?", 46, 55),
    Topic("Exported PNG looks low quality", "my exported JPG looks blurry", 24, 53, "shrinking"),
)


@cache
def flows() -> tuple[Flow, ...]:
    """For half of a wide window, and for a narrow one."""
    names = sorted({name for source, target, _ in TRANSITIONS for name in (source, target)})
    states = {name: State(number, name) for number, name in enumerate(names)}
    total = sum(times for _, _, times in TRANSITIONS)
    made = [
        Transition(states[source], states[target], Share(times, total), Share(times, total))
        for source, target, times in TRANSITIONS
    ]
    return tuple(flow(made, layout) for layout in (Layout("wide", 540.0, 0.0), NARROW))
