"""Texts that the embedding model began to read and never came back from, noted in Redis.

A text that makes it crash or hang takes its process along, and nobody is left to tell. So what the
model is about to read is noted, and the note deleted once it is back: what is still noted when
somebody else may claim these texts had a reader that died. Any of them may be to blame, so they
are read behind all others and ever fewer at once. Losing the notes loses nothing but tries.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import groupby
from uuid import uuid4

from redis import RedisError

from billing.redis_client import redis

AT_ONCE = (256, 32, 4, 1, 1, 1)
"""Texts that are read at once after one, two, three … readers died of them."""

LASTING = 24 * 3600
"""Seconds for which a note is heeded."""


@dataclass(frozen=True)
class Portion:
    """Ids of texts for the model to read at once, and how many readers died of them so far."""

    text_ids: list[int]
    deaths: int = 0

    @property
    def is_hopeless(self) -> bool:
        return self.deaths > len(AT_ONCE)


def cautious(field_id: int, portions: Sequence[list[int]]) -> list[Portion]:
    """Cut from the portions what readers died of, and put it behind them in smaller ones."""
    deaths = _deaths(field_id)
    if not deaths:
        return [Portion(ids) for ids in portions]
    found = [Portion(rest) for ids in portions if (rest := [pk for pk in ids if pk not in deaths])]
    suspects = sorted(
        (pk for ids in portions for pk in ids if pk in deaths), key=lambda pk: (deaths[pk], pk)
    )
    for count, group in groupby(suspects, key=deaths.__getitem__):
        ids, size = list(group), AT_ONCE[min(count, len(AT_ONCE)) - 1]
        found += [Portion(ids[at : at + size], count) for at in range(0, len(ids), size)]
    return found


@contextmanager
def noted(field_id: int, portion: Portion) -> Iterator[None]:
    """Note the texts of a portion while the model reads them. Without Redis nothing is noted."""
    name = uuid4().hex
    note = json.dumps([time.time(), portion.deaths + 1, portion.text_ids])
    with suppress(RedisError), redis().pipeline() as pipe:
        pipe.hset(_key(field_id), name, note)
        pipe.expire(_key(field_id), LASTING)
        pipe.execute()
    try:
        yield
    finally:
        with suppress(RedisError):
            redis().hdel(_key(field_id), name)


def _deaths(field_id: int) -> Counter[int]:
    """How many readers died of each text. Notes that are too old are deleted."""
    deaths: Counter[int] = Counter()
    with suppress(RedisError):
        for name, note in redis().hgetall(_key(field_id)).items():
            moment, count, text_ids = json.loads(note)
            if time.time() - moment > LASTING:
                redis().hdel(_key(field_id), name)
                continue
            deaths |= Counter(dict.fromkeys(text_ids, count))
    return deaths


def _key(field_id: int) -> str:
    return f"turret:reading:{field_id}"
