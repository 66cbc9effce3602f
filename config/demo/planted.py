"""The differences planted in the demo: what Turret should find in it.

The generator applies exactly these; everything else is drawn without a look at the segment. What a
planted intent mostly leads to becomes more frequent with it (a crash, then lost work), and where a
step is likelier the others from the same intent are rarer. Nothing is planted for the plan "pro".
Differences between languages other than the one planted here are a by-product too: who writes in
German, Spanish or French has words for a handful of intents only, and so has more of each.

`tests/config/test_demo_comparison.py` compares the segments by these intents and finds, for iOS,
twice the payments that fail and the step from there to cancelling, and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Planted:
    """Users whose `field` is `value` turn to `intents` with `weight` times the weight.

    `ratio` is what comes of it: the share of their messages about `intents`, over the
    share among everybody else's. It exceeds the weight where the intents follow one another.
    """

    field: str
    value: str
    intents: tuple[str, ...]
    weight: float
    ratio: float


@dataclass(frozen=True)
class PlantedStep:
    """Users whose `field` is `value` go from `before` to `after` with `weight` times the weight.

    `ratio` is what comes of it: the share of `after` among what follows `before`.
    """

    field: str
    value: str
    before: str
    after: str
    weight: float
    ratio: float


@dataclass(frozen=True)
class Trend:
    """The weight of `intent` over time: `before`, then a line from `first` to `last`.

    The line begins `days_ago` days before now, and ends now.
    """

    intent: str
    days_ago: float
    before: float
    first: float
    last: float

    def weight(self, days_ago: float) -> float:
        """The weight of the intent so many days before now."""
        if days_ago > self.days_ago:
            return self.before
        return self.last + (self.first - self.last) * max(days_ago, 0.0) / self.days_ago


PLANTED = (
    Planted("platform", "ios", ("payment_failed",), weight=2.4, ratio=2.2),
    Planted("platform", "android", ("crash",), weight=3.0, ratio=3.8),
    Planted(
        "platform",
        "web",
        ("offline_mode", "push_notifications", "voice_dictation"),
        weight=0.3,
        ratio=0.26,
    ),
    Planted("language", "de", ("gdpr", "ai_training", "delete_account"), weight=1.6, ratio=4.7),
    Planted("plan", "enterprise", ("sso_setup",), weight=4.0, ratio=6.5),
    Planted(
        "plan",
        "enterprise",
        ("integration_failing", "connect_tool", "webhooks"),
        weight=2.5,
        ratio=3.3,
    ),
    Planted(
        "plan", "enterprise", ("discount", "free_trial", "upgrade_plan"), weight=0.2, ratio=0.16
    ),
    Planted("plan", "free", ("discount", "education_discount"), weight=1.8, ratio=2.2),
    Planted("plan", "team", ("invite_teammate", "permissions"), weight=2.2, ratio=2.6),
)

PLANTED_STEPS = (
    PlantedStep("platform", "ios", "payment_failed", "cancel_subscription", weight=6.0, ratio=2.6),
    PlantedStep("platform", "android", "login_failed", "two_factor", weight=6.0, ratio=4.2),
)

TRENDS = (
    Trend("image_credits", days_ago=10.0, before=0.0, first=0.3, last=3.4),
    Trend("classic_editor", days_ago=13.0, before=1.0, first=0.35, last=0.1),
)


def factors(segment: Mapping[str, str], days_ago: float) -> dict[str, float]:
    """What planted differences and trends make of intents' weights; 1.0 where absent.

    `segment` is a user's platform, language and plan.
    """
    weights: dict[str, float] = {}
    for planted in PLANTED:
        if segment[planted.field] == planted.value:
            for intent in planted.intents:
                weights[intent] = weights.get(intent, 1.0) * planted.weight
    for trend in TRENDS:
        weights[trend.intent] = weights.get(trend.intent, 1.0) * trend.weight(days_ago)
    return weights


def row_after(
    row: Mapping[str, float], before: str, segment: Mapping[str, str]
) -> Mapping[str, float]:
    """The plan's row of intent `before` with the steps planted for this segment."""
    weights = dict(row)
    for step in PLANTED_STEPS:
        if step.before == before and segment[step.field] == step.value:
            weights[step.after] *= step.weight
    return weights
