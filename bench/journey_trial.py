"""A trial on real dialogues: the transitions that Turret finds, against those that were meant.

    python -m bench.journey_trial send  DIALOGUES.jsonl --url URL --key KEY
    manage.py export_topics --project SLUG --field prompt \
        | python -m bench.journey_trial score DIALOGUES.jsonl

DIALOGUES has `{"session_id", "turn", "text", "intents", "acts"}` a line. `send` posts every turn in
order to `/track/batch`, as if the dialogues had been spread over the last two weeks.

A turn that states exactly one intent is labelled, and the labelled turns of a session are its true
journey. A topic stands for the intent that most of its labelled turns state. The transitions found
are those between these intents, of the labelled turns alone and of every turn. Most turns answer a
question or say thanks, whatever the intent: `of_turns_with_intent` passes over topics of which
less than a tenth is labelled. `without_service` takes what two services offer
(`Hotels_1:SearchHotel`, `Hotels_4:SearchHotel`) for one intent, as few wordings tell them apart.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import requests
from numpy.typing import NDArray

from bench.trial import PLATFORMS, arguments_of, read, sessions
from journeys import transitions as pairs
from journeys.folding import Integers, fold

RESULT = Path(__file__).parent / "results" / "journey_trial.json"
BATCH = 500
DAYS = 14
USERS = 997
COMMONEST = 10
LEAST_LABELLED = 0.1
"""Of the turns of a topic that is about stating an intent."""

Turn = dict[str, Any]
Names = Sequence[str | None]
"""The intent of each turn, None where it has none."""


def events(dialogues: list[list[Turn]], now: datetime) -> list[dict[str, Any]]:
    """The bodies for `/track`: a dialogue has one user and platform, and a turn every 30 s."""
    apart = timedelta(days=DAYS) / (len(dialogues) + 1)
    return [
        {
            "name": "user_prompt",
            "session_id": turn["session_id"],
            "user_id": f"user_{number % USERS}",
            "metadata": {"prompt": turn["text"], "platform": PLATFORMS[number % len(PLATFORMS)]},
            "timestamp": (start + place * timedelta(seconds=30)).isoformat(),
        }
        for number, turns in enumerate(dialogues)
        for start in [now - timedelta(days=DAYS, hours=1) + number * apart]
        for place, turn in enumerate(turns)
    ]


def send(dialogues: list[list[Turn]], url: str, key: str) -> dict[str, Any]:
    bodies = events(dialogues, datetime.now(UTC))
    http = requests.Session()
    http.headers["X-API-Key"] = key
    started = time.perf_counter()
    for begin in range(0, len(bodies), BATCH):
        batch = bodies[begin : begin + BATCH]
        http.post(f"{url}/track/batch", json=batch, timeout=60).raise_for_status()
    seconds = time.perf_counter() - started
    return {"events": len(bodies), "seconds": round(seconds, 1)}


def stated(turns: Iterable[Turn]) -> list[str | None]:
    """The intent that each turn states."""
    return [
        turn["intents"][0]
        if "INFORM_INTENT" in turn["acts"] and len(turn["intents"]) == 1
        else None
        for turn in turns
    ]


def transitions(turns: Sequence[Turn], names: Names, intents: Sequence[str]) -> Integers:
    """How often each intent leads to another, (intents, intents), by Turret's own rules."""
    sessions_of = [turn["session_id"] for turn in turns]
    session_code = {name: code for code, name in enumerate(dict.fromkeys(sessions_of))}
    intent_code: dict[str | None, int] = {intent: code for code, intent in enumerate(intents)}
    folded = fold(
        np.array([session_code[name] for name in sessions_of]),
        np.array([intent_code.get(name, -1) for name in names]),
        np.zeros(len(session_code), dtype=np.bool_),
        len(intents),
        outliers=False,
    )
    made = pairs.transitions(folded)
    matrix = np.zeros((len(intents), len(intents)), dtype=np.int64)
    matrix[made.source, made.target] = made.times
    return matrix


def compared(turns: Sequence[Turn], found: Names, true: Names) -> dict[str, Any]:
    """How near the found transitions come to the true ones."""
    intents = sorted({name for name in true if name})
    one, other = (transitions(turns, names, intents) for names in (found, true))
    away = ~np.eye(len(intents), dtype=np.bool_)
    commonest = [_commonest(matrix, intents) for matrix in (one, other)]
    return {
        "intents": len(intents),
        "found": int(one.sum()),
        "true": int(other.sum()),
        "correlation": _correlation(_rows(one), _rows(other)),
        "correlation_without_diagonal": _correlation(_rows(one)[away], _rows(other)[away]),
        f"shared_of_{COMMONEST}_commonest": len(set(commonest[0]) & set(commonest[1])),
        "commonest_found": commonest[0],
        "commonest_true": commonest[1],
    }


def _rows(matrix: Integers) -> NDArray[np.float64]:
    """Each row as shares of its sum."""
    return np.asarray(matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1))


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    return round(float(np.corrcoef(one.ravel(), other.ravel())[0, 1]), 3)


def _commonest(matrix: Integers, intents: Sequence[str]) -> list[str]:
    places = np.argsort(-matrix, axis=None, kind="stable")[:COMMONEST].tolist()
    pairs = [divmod(place, len(intents)) for place in places]
    return [f"{intents[source]} → {intents[target]}" for source, target in pairs]


def score(turns: list[Turn], exported: Iterable[str]) -> dict[str, Any]:
    topic_of = {row["text"]: row["topic_id"] for row in map(json.loads, exported)}
    topics = [topic_of[turn["text"].strip()] for turn in turns]
    true = stated(turns)
    size = Counter(topics)
    labelled = Counter(topic for topic, intent in zip(topics, true, strict=True) if intent)
    intent_of = _majority(topics, true)
    every = [intent_of.get(topic) for topic in topics]
    with_intent = [
        intent if labelled[topic] >= LEAST_LABELLED * size[topic] else None
        for topic, intent in zip(topics, every, strict=True)
    ]
    found = [name if intent else None for name, intent in zip(every, true, strict=True)]
    right = sum(one == other for one, other in zip(found, true, strict=True) if other)
    return {
        "turns": len(turns),
        "sessions": len({turn["session_id"] for turn in turns}),
        "topics": len(size.keys() - {None}),
        "topics_with_a_labelled_turn": len(intent_of),
        "labelled_turns": labelled.total(),
        "labelled_turns_without_topic": labelled[None],
        "labelled_turns_found_right": right,
        "of_labelled_turns": compared(turns, found, true),
        "without_service": compared(turns, _plain(found), _plain(true)),
        "of_turns_with_intent": compared(turns, with_intent, true),
        "of_every_turn": compared(turns, every, true),
    }


def _majority(topics: Sequence[int | None], intents: Names) -> dict[int, str]:
    """The intent that each topic stands for, if any of its turns is labelled."""
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for topic, intent in zip(topics, intents, strict=True):
        if intent and topic is not None:
            counts[topic][intent] += 1
    return {topic: counter.most_common(1)[0][0] for topic, counter in counts.items()}


def _plain(names: Names) -> Names:
    return [name and name.partition(":")[2] for name in names]


def main() -> None:
    arguments = arguments_of(__doc__)
    turns = read(arguments.data)
    if arguments.action == "send":
        result = send(sessions(turns), arguments.url, arguments.key)
    else:
        result = score(turns, sys.stdin)
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    print(json.dumps(result, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
