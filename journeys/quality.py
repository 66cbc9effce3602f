"""What events look like when a client sends them wrongly, and what to do about it. No Django."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from journeys.folding import Integers
from journeys.statistics import Share

FEWEST_SESSIONS = 50
"""Sessions, or messages, below which nothing is said of what most of them are like."""

SINGLE = 0.8
"""Share of sessions of one message from which session ids look as if each were used once."""

MANY_USERS = 5
"""Users of one session id from which it looks like a constant."""

LONG_SESSION = 1_000
"""Messages of a session that no person sends."""

ONE_TEXT = 0.2
"""Share of messages that one text has, from which it looks like a template."""

ONE_TOPIC = 0.5
"""Share of messages that one topic has, from which texts look as if they shared a frame."""

ALONE = 0.5
"""Share of messages with a user of their own from which users look as if they were not sent."""

TEXTLESS = 0.5
"""Share of events without a text from which one may be missing."""

ONE_USER = 0.5
"""Share of sessions that one user has from which its id looks as if it stood for many people."""

AHEAD = 0.01
"""Share of events from the future from which a clock is wrong."""


class Standing(Enum):
    """How a check came out."""

    FINE = "fine"
    WARNING = "warning"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: what was seen, and what to do in the client if it is wrong."""

    title: str
    standing: Standing
    seen: str
    advice: str


@dataclass(frozen=True)
class Seen:
    """What is known of a dimension's messages in a period."""

    sizes: Integers
    """(sessions,) messages of each session."""
    users: Integers
    """(sessions,) different users that sent several messages of each session."""
    alone: Share
    """Messages whose user sent no other one of their session, of those in sessions of several. An
    event that is sent without a user gets one of its own."""
    commonest_user: Share
    """Of the sessions that name a user."""
    commonest_text: Share
    commonest_topic: Share
    topics: float
    """Effective number of topics: how many, if all were equally common, would be as diverse."""
    ahead: Share
    """Events whose timestamp is later than their arrival."""
    textless: Share
    """Events that carry none of the text fields."""
    textless_name: str
    """What most of those are called."""


def effective_number(counts: Integers) -> float:
    """e to the power of the entropy of shares (Hill, Ecology 54, 1973); 0 of nothing."""
    shares = counts[counts > 0] / max(int(counts.sum()), 1)
    return float(np.exp(-(shares * np.log(shares)).sum())) if len(shares) else 0.0


def checks(seen: Seen) -> Sequence[Check]:
    """Look at everything; warnings come first, in the order of what they spoil."""
    found = [
        _single_messages(seen),
        _shared_sessions(seen),
        _endless_sessions(seen),
        _users(seen),
        _one_user(seen),
        _texts(seen),
        _one_text(seen),
        _diversity(seen),
        _clock(seen),
    ]
    return sorted(found, key=lambda check: check.standing != Standing.WARNING)


def _single_messages(seen: Seen) -> Check:
    share = Share(int((seen.sizes == 1).sum()), len(seen.sizes))
    return Check(
        "Sessions hold conversations",
        _judged(share.rate >= SINGLE, share.base),
        f"{_of(share)} sessions have one message.",
        "If people do send several messages in a row, send the same session_id with each of them:"
        " the id of the conversation or chat, not of the request. Journeys need two messages.",
    )


def _shared_sessions(seen: Seen) -> Check:
    share = Share(int((seen.users >= MANY_USERS).sum()), len(seen.users))
    return Check(
        "A session belongs to one user",
        _judged(share.count > 0, share.base, least=1),
        f"{_of(share)} sessions have several messages each of {MANY_USERS} users or more.",
        "A session_id that is a constant, or the id of a server, joins conversations that have"
        " nothing to do with each other. Make one for each conversation.",
    )


def _endless_sessions(seen: Seen) -> Check:
    share = Share(int((seen.sizes > LONG_SESSION).sum()), len(seen.sizes))
    longest = int(seen.sizes.max(initial=0))
    return Check(
        "Sessions come to an end",
        _judged(share.count > 0, share.base, least=1),
        f"{_of(share)} sessions have more than {LONG_SESSION:,} messages; the longest has"
        f" {longest:,}.",
        "Such a session is a script, a test, or an id that is never renewed. Begin a new"
        " session_id when a person comes back after a pause.",
    )


def _users(seen: Seen) -> Check:
    return Check(
        "Messages name their user",
        _judged(seen.alone.rate >= ALONE, seen.alone.base),
        f"In sessions of several messages, {_of(seen.alone)} have a user_id that no other of them"
        " has.",
        "An event without user_id gets a new one, as if somebody else had sent it. Send your own"
        " id of the user with each, or a pseudonym that stays the same. Without it, nobody can say"
        " what people come back about.",
    )


def _one_user(seen: Seen) -> Check:
    share = seen.commonest_user
    return Check(
        "Users are told apart",
        _judged(share.rate >= ONE_USER, share.base),
        f"The user with most sessions has {_of(share)}.",
        "A user_id that is the same for many people, such as “anonymous” or the id of a server,"
        " makes one person of them: segments cannot be compared, and nobody seems to come back."
        " Send your own id of each user, or none where you do not know who it is.",
    )


def _texts(seen: Seen) -> Check:
    share = seen.textless
    name = f" The commonest of them are named “{seen.textless_name}”." if share.count else ""
    return Check(
        "Events carry text",
        _judged(share.rate >= TEXTLESS, share.base),
        f"{_of(share)} events carry no text that could have a topic.{name}",
        "Events without text are kept and counted, and are no part of topics or journeys. If they"
        " should have one, look at the name of their metadata key and at the field’s type.",
    )


def _one_text(seen: Seen) -> Check:
    return Check(
        "Texts are people’s own",
        _judged(seen.commonest_text.rate >= ONE_TEXT, seen.commonest_text.base),
        f"The commonest text has {_of(seen.commonest_text)} messages.",
        "A button’s caption, a greeting or a template that is sent as if the user had written it"
        " hides what people say. Send the user’s words alone, or such events under another name.",
    )


def _diversity(seen: Seen) -> Check:
    share = seen.commonest_topic
    diversity = f"The largest topic has {_of(share)} messages; together they are as diverse as"
    diversity += f" {seen.topics:.0f} equally common topics."
    return Check(
        "Topics are diverse",
        _judged(share.rate >= ONE_TOPIC, share.base),
        diversity if share.base else "No message has a topic.",
        "Where a system prompt or a fixed frame is sent with each text, all texts look alike."
        " Send the user’s part only.",
    )


def _clock(seen: Seen) -> Check:
    return Check(
        "Clocks are right",
        _judged(seen.ahead.rate >= AHEAD, seen.ahead.base),
        f"{_of(seen.ahead)} events say that they were sent more than five minutes after they"
        " arrived.",
        "Send timestamp in UTC with its offset, such as 2026-01-31T12:00:00Z, from a server’s"
        " clock; or leave it out, and the time of arrival counts.",
    )


def _judged(is_wrong: bool, base: int, *, least: int = FEWEST_SESSIONS) -> Standing:
    if base < least:
        return Standing.UNKNOWN
    return Standing.WARNING if is_wrong else Standing.FINE


def _of(share: Share) -> str:
    percentage = f" ({share.rate * 100:.0f} %)" if share.base and share.rate >= 0.005 else ""
    return f"{share.count:,} of {share.base:,}{percentage}"
