"""What every report must equal: the definitions, told naively, one session at a time."""

from __future__ import annotations

from collections import Counter
from itertools import groupby, pairwise

Session = list[int]
"""The topic codes of a session's occurrences in order; -1 is an outlier, -2 not embedded yet."""

Journey = list[tuple[int, int]]
"""Steps of a session: what each is, and how many occurrences it holds."""


def journey(session: Session, topics: int, outliers: bool) -> Journey:
    told = [topic for topic in session if topic >= (-1 if outliers else 0)]
    states = [topics if topic == -1 else topic for topic in told]
    return [(state, len(list(run))) for state, run in groupby(states)]


class Reference:
    """Counts over sessions of which some are still open."""

    def __init__(self, sessions: list[tuple[Session, bool]], topics: int, outliers: bool) -> None:
        journeys = [(journey(topic, topics, outliers), is_open) for topic, is_open in sessions]
        kept = [(steps, is_open) for steps, is_open in journeys if steps]
        self.topics = topics
        self.steps = [steps for steps, _ in kept]
        self.paths = [[state for state, _ in steps] for steps in self.steps]
        self.is_open = [is_open for _, is_open in kept]
        self.origin = [place for place, (steps, _) in enumerate(journeys) if steps]

    def starts(self) -> Counter[int]:
        return Counter(path[0] for path in self.paths)

    def ends(self) -> Counter[int]:
        return Counter(
            path[-1] for path, is_open in zip(self.paths, self.is_open, strict=True) if not is_open
        )

    def visits(self, ended_only: bool = False) -> Counter[int]:
        return Counter(
            state
            for path, is_open in zip(self.paths, self.is_open, strict=True)
            for state in set(path)
            if not (ended_only and is_open)
        )

    def distinct_topics(self) -> list[int]:
        return [len({state for state in path if state < self.topics}) for path in self.paths]

    def transitions(self) -> dict[tuple[int, int], tuple[int, int]]:
        return self._patterns([list(pairwise(path)) for path in self.paths])

    def back_and_forth(self) -> dict[tuple[int, int], tuple[int, int]]:
        return self._patterns(
            [
                [(a, b) for a, b, c in zip(path, path[1:], path[2:], strict=False) if a == c]
                for path in self.paths
            ]
        )

    @staticmethod
    def _patterns(found: list[list[tuple[int, int]]]) -> dict[tuple[int, int], tuple[int, int]]:
        """Each pattern with how often it occurs and in how many sessions."""
        times = Counter(pair for pairs in found for pair in pairs)
        sessions = Counter(pair for pairs in found for pair in set(pairs))
        return {pair: (times[pair], sessions[pair]) for pair in times}

    def visits_to_both(self, a: int, b: int) -> int:
        return sum(a in path and b in path for path in self.paths)

    def repeats(self) -> tuple[Counter[int], Counter[int]]:
        """By state: sessions that repeat it, and times."""
        sessions: Counter[int] = Counter()
        times: Counter[int] = Counter()
        for steps in self.steps:
            sessions.update({state for state, count in steps if count > 1})
            for state, count in steps:
                times[state] += count - 1
        return sessions, +times

    def follow_ups(self, source: int) -> tuple[int, Counter[int | str], Counter[int]]:
        """Sessions that visit `source`, what follows the first visit, and what ever comes after."""
        following: Counter[int | str] = Counter()
        ever: Counter[int] = Counter()
        for path, is_open in zip(self.paths, self.is_open, strict=True):
            if source in path:
                after = path[path.index(source) + 1 :]
                following[after[0] if after else "open" if is_open else "ended"] += 1
                ever.update(set(after))
        return following.total(), following, ever

    def base_rate(self, outcome: int | str) -> float | None:
        """Of all first visits that `outcome` could follow, the share that it does."""
        chances = hits = 0
        for source in {state for path in self.paths for state in path}:
            base, following, _ = self.follow_ups(source)
            if source != outcome:
                chances += base
                hits += following[outcome]
        return hits / chances if chances else None

    def whole_journeys(self) -> Counter[tuple[int, ...]]:
        return Counter(
            tuple(path)
            for path, is_open in zip(self.paths, self.is_open, strict=True)
            if not is_open
        )

    def branches(self, path: list[int], backwards: bool) -> dict[int | str, list[int]]:
        """By what comes next after the path, from the first visit to its anchor: the sessions."""
        found: dict[int | str, list[int]] = {}
        for origin, walked, is_open in zip(self.origin, self.paths, self.is_open, strict=True):
            if path[0] not in walked:
                continue
            at = walked.index(path[0])
            way = walked[at::-1] if backwards else walked[at:]
            if way[: len(path)] == path:
                end = "began" if backwards else "open" if is_open else "ended"
                outcome = way[len(path)] if len(way) > len(path) else end
                found.setdefault(outcome, []).append(origin)
        return found


Visit = tuple[int, int, int]
"""A session's user (-1 is unknown), start and end."""


def returns(sessions: list[Visit], is_open: list[bool]) -> list[tuple[int, int, int]]:
    """From which session to which a user came back, and the time between."""
    found = []
    for user in {user for user, _, _ in sessions if user != -1}:
        own = [place for place, (other, _, _) in enumerate(sessions) if other == user]
        own.sort(key=lambda place: sessions[place][1:])
        for before, after in pairwise(own):
            gap = sessions[after][1] - sessions[before][2]
            if gap >= 0 and not is_open[before]:
                found.append((before, after, gap))
    return sorted(found)
