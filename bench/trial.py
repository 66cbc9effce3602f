"""A trial on real input: send a labelled data set through `/track`, then score the topics found.

    python -m bench.trial send  DATA.jsonl --url URL --key KEY
    manage.py export_topics --project SLUG --field prompt | python -m bench.trial score DATA.jsonl

DATA is `{"text", "label"}` a line, each sent as a session of its own, or dialogue turns
`{"session_id", "turn", "text", "intents", "acts"}`. Of those, the turns that state exactly one
intent are the labelled ones; all are sent.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import Any

import requests

PLATFORMS = ("web", "ios", "android")
CLIENTS = 4


class Turret:
    """The client that the docs show: it keeps the ids that Turret returned."""

    def __init__(self, url: str, key: str) -> None:
        self.url, self.http = url, requests.Session()
        self.http.headers["X-API-Key"] = key

    def track(self, metadata: dict[str, Any], session_id: str | None, user_id: str | None) -> Any:
        body = {
            "name": "user_prompt",
            "session_id": session_id,
            "user_id": user_id,
            "metadata": metadata,
        }
        answer = self.http.post(f"{self.url}/track", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()


def read(path: Path) -> list[dict[str, Any]]:
    with path.open() as lines:
        return [json.loads(line) for line in lines]


def sessions(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Rows by session, in the order of the file; a row without a session is one by itself."""
    if "session_id" not in rows[0]:
        return [[row] for row in rows]
    return [list(turns) for _, turns in groupby(rows, key=lambda row: row["session_id"])]


def labels(rows: Iterable[dict[str, Any]]) -> dict[str, str]:
    """The commonest label of each labelled text."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if "label" in row:
            counts[row["text"].strip()][row["label"]] += 1
        elif "INFORM_INTENT" in row["acts"] and len(row["intents"]) == 1:
            counts[row["text"].strip()][row["intents"][0]] += 1
    return {text: counter.most_common(1)[0][0] for text, counter in counts.items()}


def send(rows: list[dict[str, Any]], url: str, key: str) -> None:
    """POST every row, sessions in parallel, the turns of one in order."""

    def send_session(numbered: tuple[int, list[dict[str, Any]]]) -> int:
        number, turns = numbered
        client = clients[number % CLIENTS]
        session_id, user_id = turns[0].get("session_id"), f"user_{number % 997}"
        for turn in turns:
            metadata = {"prompt": turn["text"], "platform": PLATFORMS[number % 3]}
            ids = client.track(metadata, session_id, user_id)
            session_id, user_id = ids["session_id"], ids["user_id"]
        return len(turns)

    clients = [Turret(url, key) for _ in range(CLIENTS)]
    started = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        sent = sum(pool.map(send_session, enumerate(sessions(rows))))
    seconds = time.perf_counter() - started
    print(json.dumps({"events": sent, "seconds": round(seconds, 1), "rate": round(sent / seconds)}))


def score(rows: list[dict[str, Any]], exported: Iterator[str]) -> None:
    """Compare exported topics with the labels, outliers counted under their nearest topic."""
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    label_of = labels(rows)
    texts = [json.loads(line) for line in exported]
    known = [text for text in texts if text["text"] in label_of]
    truth = [label_of[text["text"]] for text in known]
    nearest = [text["nearest_topic_id"] or 0 for text in known]
    print(
        json.dumps(
            {
                "texts": len(texts),
                "labelled": len(known),
                "labels": len(set(truth)),
                "topics": len({text["topic_id"] for text in texts} - {None}),
                "outlier_share": round(sum(t["topic_id"] is None for t in texts) / len(texts), 3),
                "nmi": round(float(normalized_mutual_info_score(truth, nearest)), 3),
                "ari": round(float(adjusted_rand_score(truth, nearest)), 3),
            }
        )
    )


def arguments_of(description: str | None) -> argparse.Namespace:
    """What to do with which data, and where: the same for every trial."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("action", choices=["send", "score"])
    parser.add_argument("data", type=Path)
    parser.add_argument("--url", default="http://localhost:8000")
    parser.add_argument("--key", default="")
    return parser.parse_args()


def main() -> None:
    arguments = arguments_of(__doc__)
    rows = read(arguments.data)
    if arguments.action == "send":
        send(rows, arguments.url, arguments.key)
    else:
        score(rows, sys.stdin)


if __name__ == "__main__":
    main()
