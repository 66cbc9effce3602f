"""Who the demo's users are, when they write, and what their app and answers are like."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from .wording import Habits, habits

PLATFORMS = {"web": 0.55, "ios": 0.27, "android": 0.18}
PLANS = {"free": 0.46, "pro": 0.27, "team": 0.17, "enterprise": 0.10}
LANGUAGES = {"en": 0.845, "de": 0.07, "es": 0.045, "fr": 0.04}
"""The language a user set in Inkwell; a share of `OWN_LANGUAGE` also write in it."""
OWN_LANGUAGE = 0.25
"""Low, because the default embedding model reads English: it tells other languages from English
before it tells their subjects apart."""

RETURNING = 0.42
"""Share of conversations that a user starts who has been here before."""
SAME_THEME = 3.0
"""How much likelier a returning user starts within the theme of the last visit."""

PERIOD_DAYS = 30
GROWTH = 1.35
"""Conversations per hour at the end of the period, over those at its beginning."""
HOURS = (2, 1, 1, 1, 1, 2, 4, 7, 11, 13, 13, 11, 10, 12, 14, 14, 13, 11, 9, 8, 7, 6, 4, 3)
"""Weight of each hour of the day, UTC: users in Europe and the Americas."""
WEEKDAYS = (10, 11, 11, 10, 8.5, 4, 4.5)
"""Weight of each day of the week, from Monday."""

RELEASES = (("4.10.3", 90.0), ("4.11.0", 25.0), ("4.11.2", 17.0), ("4.12.0", 11.0), ("4.12.1", 4.5))
"""App versions and how many days before now each came out, oldest first."""
LAGGING = {"web": 0.02, "ios": 0.25, "android": 0.40}
"""Share of conversations on the version before the newest."""


@dataclass
class User:
    """A user of Inkwell; `theme` is what the last conversation was about."""

    user_id: str
    platform: str
    language: str
    writes: str
    plan: str
    habits: Habits
    theme: str | None = None

    @property
    def segment(self) -> dict[str, str]:
        """The fields by which planted differences tell users apart."""
        return {"platform": self.platform, "language": self.language, "plan": self.plan}


def pick(rng: random.Random, weights: Mapping[str, float]) -> str:
    """A key, by weight."""
    return rng.choices(list(weights), list(weights.values()))[0]


def draw_user(rng: random.Random) -> User:
    """Somebody new."""
    language = pick(rng, LANGUAGES)
    return User(
        user_id=f"user_{rng.getrandbits(40):010x}",
        platform=pick(rng, PLATFORMS),
        language=language,
        writes=language if rng.random() < OWN_LANGUAGE else "en",
        plan=pick(rng, PLANS),
        habits=habits(rng),
    )


def draw_starts(count: int, rng: random.Random, now: datetime) -> list[datetime]:
    """When conversations start, in order: by the rhythm of day and week, growing a little."""
    hours = PERIOD_DAYS * 24
    first = now - timedelta(hours=hours)
    times = [first + timedelta(hours=hour) for hour in range(hours)]
    weights = [
        HOURS[time.hour] * WEEKDAYS[time.weekday()] * (1 + (GROWTH - 1) * at / hours)
        for at, time in enumerate(times)
    ]
    chosen = rng.choices(times, cum_weights=list(accumulate(weights)), k=count)
    return sorted(time + timedelta(seconds=rng.uniform(0, 3600)) for time in chosen)


def draw_app_version(platform: str, days_ago: float, rng: random.Random) -> str:
    """The newest app version that was out then, or the one before."""
    out = [version for version, age in RELEASES if age >= days_ago]
    lags = len(out) > 1 and rng.random() < LAGGING[platform]
    return out[-2 if lags else -1]
