"""The demo's conversations, as events ready for `/track`: deterministic for a seed."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from uuid import UUID

from . import planted
from .phrases import CHATTER, FEEDBACK, GREETINGS, INTENTS, THANKS
from .phrases_asides import HOSTILE
from .phrases_feedback import FEEDBACK_AFTER, FEEDBACK_RATINGS, FEEDBACK_SHARES
from .plan import END, MAX_TURNS, NEXT, STARTS, STARTS_ABROAD
from .population import (
    RETURNING,
    SAME_THEME,
    User,
    draw_app_version,
    draw_starts,
    draw_user,
    pick,
)
from .speech import Speaker

Value = str | int

GREETING_SHARE = 0.04
THANKS_SHARE = 0.12
CHATTER_SHARE = 0.013
HOSTILE_SHARE = 0.004
FEEDBACK_SHARE = 0.145
"""Of conversations in English, the only language with feedback wordings."""

RESPONSE_MS = {"writing": 2600, "design": 4200, "credits": 900, "integrations": 1100}
"""Median milliseconds to an answer, by theme; 750 elsewhere."""
TOKENS = {"writing": 420, "design": 160, "bugs": 150, "integrations": 210}
"""Median tokens of an answer, by theme; 90 elsewhere."""


@dataclass(frozen=True)
class Event:
    """One call to `/track`, and the intent behind it, which is not sent.

    `intent` is None where the message belongs to none: small talk, hostile text.
    """

    name: str
    session_id: str
    user_id: str
    metadata: Mapping[str, Value]
    timestamp: datetime
    intent: str | None

    def payload(self) -> dict[str, object]:
        """The JSON body for `/track`."""
        return {
            "name": self.name,
            "session_id": self.session_id,
            "user_id": self.user_id,
            "metadata": dict(self.metadata),
            "timestamp": self.timestamp.isoformat(timespec="milliseconds"),
        }


@dataclass(frozen=True)
class Turn:
    """One message of a user, and its intent."""

    text: str
    intent: str | None


def conversations(count: int, *, seed: int, now: datetime) -> Iterator[Event]:
    """The events of `count` conversations in the 30 days before `now`.

    Conversation by conversation in the order of their first events, so that a
    sender who is stopped leaves no conversation half told. Raises ValueError
    where `now` has no time zone.
    """
    if now.tzinfo is None:
        raise ValueError("now must carry a time zone")
    rng = random.Random(seed)
    users: list[User] = []
    for start in draw_starts(count, rng, now):
        if users and rng.random() < RETURNING:
            user = rng.choice(users)
        else:
            user = draw_user(rng)
            users.append(user)
        yield from _conversation(user, start, now, rng)


def _conversation(
    user: User, start: datetime, now: datetime, rng: random.Random
) -> Iterator[Event]:
    days_ago = (now - start) / timedelta(days=1)
    intents = _walk(user, days_ago, rng)
    user.theme = INTENTS[intents[0]].theme
    turns = _turns(intents, Speaker(user, rng), rng)
    with_feedback = user.writes == "en" and rng.random() < FEEDBACK_SHARE
    offsets = _offsets(len(turns) + with_feedback, rng)
    # a conversation that began just now has ended by now all the same
    start = min(start, now - timedelta(seconds=offsets[-1]))
    session_id = f"conv_{rng.getrandbits(64):016x}"
    version = draw_app_version(user.platform, days_ago, rng)

    def event(name: str, said: dict[str, Value], offset: float, intent: str | None) -> Event:
        request_id = str(UUID(int=rng.getrandbits(128), version=4))
        common = {**user.segment, "app_version": version, "request_id": request_id}
        when = start + timedelta(seconds=offset)
        return Event(name, session_id, user.user_id, {**said, **common}, when, intent)

    for turn, offset in zip(turns, offsets, strict=False):
        said: dict[str, Value] = {"prompt": turn.text, **_costs(turn, rng)}
        yield event("user_prompt", said, offset, turn.intent)
    if with_feedback:
        intent, said = _feedback(user, rng)
        yield event("feedback", said, offsets[-1], intent)


def _walk(user: User, days_ago: float, rng: random.Random) -> list[str]:
    """Intents from a start to `END`, weighted by segment, time and last visit."""
    factors = planted.factors(user.segment, days_ago)

    def step(row: Mapping[str, float]) -> str:
        """One weighted choice among what this user has words for."""
        weights = {
            intent: weight * factors.get(intent, 1.0)
            for intent, weight in row.items()
            if intent == END or user.writes in INTENTS[intent].wordings
        }
        return pick(rng, weights)

    starts = {
        intent: weight * (SAME_THEME if INTENTS[intent].theme == user.theme else 1.0)
        for intent, weight in (STARTS if user.writes == "en" else STARTS_ABROAD).items()
    }
    intents = [step(starts)]
    while len(intents) < MAX_TURNS:
        row = planted.row_after(NEXT[intents[-1]], intents[-1], user.segment)
        following = step(row)
        if following == END:
            break
        intents.append(following)
    return intents


def _turns(intents: list[str], speaker: Speaker, rng: random.Random) -> list[Turn]:
    """The intents put into words, with small talk and hostile text in between."""
    language = speaker.user.writes
    turns: list[Turn] = []
    if language == "en" and rng.random() < GREETING_SHARE:
        turns.append(Turn(speaker.say(GREETINGS), None))
    for at, intent in enumerate(intents):
        if language == "en" and rng.random() < CHATTER_SHARE:
            turns.append(Turn(speaker.say(CHATTER), None))
        if rng.random() < HOSTILE_SHARE:
            turns.append(Turn(rng.choice(HOSTILE), None))
        turns.append(Turn(speaker.message(intent, first=at == 0), intent))
    if rng.random() < THANKS_SHARE:
        turns.append(Turn(speaker.say(THANKS[language]), None))
    return turns[:MAX_TURNS]


def _offsets(count: int, rng: random.Random) -> list[float]:
    """Seconds from the first event to each: median gap 50 s, at most 20 minutes."""
    gaps = (min(rng.lognormvariate(3.9, 0.9), 1196.0) + 4.0 for _ in range(count - 1))
    return [0.0, *accumulate(gaps)]


def _costs(turn: Turn, rng: random.Random) -> dict[str, Value]:
    """What the assistant's answer took: lognormal, more for writing and design."""
    theme = INTENTS[turn.intent].theme if turn.intent else ""
    prompt_tokens = len(turn.text) // 4
    return {
        "response_ms": round(RESPONSE_MS.get(theme, 750) * rng.lognormvariate(0, 0.45)),
        "tokens": round(TOKENS.get(theme, 90) * rng.lognormvariate(0, 0.5)) + prompt_tokens,
    }


def _feedback(user: User, rng: random.Random) -> tuple[str, dict[str, Value]]:
    """An intent of the feedback box, and what is said and rated there."""
    likely = FEEDBACK_AFTER.get(user.theme or "", ())
    weights = {
        intent: share * (4.0 if intent in likely else 1.0)
        for intent, share in FEEDBACK_SHARES.items()
    }
    intent = pick(rng, weights)
    text = Speaker(user, rng).say(FEEDBACK[intent])
    return intent, {"feedback": text, "rating": rng.choice(FEEDBACK_RATINGS[intent])}
