"""The demo's conversations: deterministic, valid for `/track`, and with what is planted in them."""

import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise

import pytest

from config.demo import planted
from config.demo.generator import Event, conversations
from config.demo.phrases import FEEDBACK, INTENTS, SLOTS
from config.demo.phrases_asides import HOSTILE
from config.demo.phrases_feedback import FEEDBACK_RATINGS, FEEDBACK_SHARES
from config.demo.plan import END, MAX_TURNS, NEXT, STARTS, STARTS_ABROAD
from config.demo.population import PERIOD_DAYS
from config.demo.wording import expand, mistype, parse, slots

NOW = datetime(2026, 3, 12, 14, 5, tzinfo=UTC)


@cache
def told(count: int = 3000, seed: int = 7) -> tuple[Event, ...]:
    return tuple(conversations(count, seed=seed, now=NOW))


def prompts(events: Iterable[Event]) -> list[Event]:
    return [event for event in events if event.name == "user_prompt"]


def by_session(events: Iterable[Event]) -> dict[str, list[Event]]:
    sessions: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        sessions[event.session_id].append(event)
    return sessions


def text(event: Event) -> str:
    return str(event.metadata["prompt" if event.name == "user_prompt" else "feedback"])


# the plan and the phrases fit together


def test_there_are_intents_enough_with_patterns_enough() -> None:
    assert len(INTENTS) >= 48
    short = {name for name, i in INTENTS.items() if len(i.wordings["en"].patterns) < 12}
    assert short == set()


def test_plan_names_every_intent_and_no_other() -> None:
    assert set(NEXT) == set(INTENTS)
    assert set(STARTS) <= set(INTENTS)
    assert {after for row in NEXT.values() for after in row} <= {*INTENTS, END}


@pytest.mark.parametrize("intent", sorted(NEXT))
def test_rows_of_the_plan_are_percentages(intent: str) -> None:
    assert sum(NEXT[intent].values()) == 100


@pytest.mark.parametrize("language", ["de", "es", "fr"])
def test_other_languages_have_somewhere_to_start(language: str) -> None:
    worded = {name for name, intent in INTENTS.items() if language in intent.wordings}
    assert len(worded & set(STARTS_ABROAD)) >= 5
    assert worded <= set(STARTS_ABROAD)


def test_planted_differences_name_intents_that_exist() -> None:
    named = {intent for one in planted.PLANTED for intent in one.intents}
    named |= {intent for step in planted.PLANTED_STEPS for intent in (step.before, step.after)}
    named |= {trend.intent for trend in planted.TRENDS}
    assert named <= set(INTENTS)


def test_every_slot_in_a_pattern_has_words() -> None:
    wordings = [wording for intent in INTENTS.values() for wording in intent.wordings.values()]
    patterns = [p for wording in [*wordings, *FEEDBACK.values()] for p in wording.patterns]
    named = set().union(*(slots(parse(pattern)) for pattern in patterns))
    by_segment = {"device", "plan_name"}
    assert named - by_segment <= set(SLOTS)


def test_feedback_has_shares_and_ratings() -> None:
    assert len(FEEDBACK) >= 8
    assert set(FEEDBACK) == set(FEEDBACK_SHARES) == set(FEEDBACK_RATINGS)


# determinism


def test_same_seed_tells_the_same() -> None:
    assert list(conversations(300, seed=5, now=NOW)) == list(conversations(300, seed=5, now=NOW))


def test_another_seed_tells_something_else() -> None:
    one, other = told(300, 1), told(300, 2)
    assert not {event.session_id for event in one} & {event.session_id for event in other}
    assert [text(event) for event in one] != [text(event) for event in other]


def test_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        next(conversations(1, seed=1, now=NOW.replace(tzinfo=None)))


def test_no_conversations_is_no_events() -> None:
    assert list(conversations(0, seed=1, now=NOW)) == []


# the events are what /track takes


def test_payload_is_the_body_that_track_takes() -> None:
    for event in told():
        body = json.loads(json.dumps(event.payload()))
        assert set(body) == {"name", "metadata", "session_id", "user_id", "timestamp"}
        assert body["name"] in {"user_prompt", "feedback"}
        assert body["session_id"].startswith("conv_")
        assert body["user_id"].startswith("user_")
        assert all(isinstance(value, str | int) for value in body["metadata"].values())
        assert datetime.fromisoformat(body["timestamp"]).tzinfo is not None


def test_payload_never_tells_the_intent() -> None:
    event = next(event for event in told() if event.intent == "sso_setup")
    assert "sso_setup" not in json.dumps(event.payload())


def test_fields_of_a_prompt_and_of_feedback() -> None:
    shared = {"platform", "language", "plan", "app_version", "request_id"}
    own = {"user_prompt": {"prompt", "response_ms", "tokens"}, "feedback": {"feedback", "rating"}}
    for event in told():
        assert set(event.metadata) == shared | own[event.name]


def test_request_ids_never_repeat() -> None:
    ids = [event.metadata["request_id"] for event in told()]
    assert len(set(ids)) == len(ids)


def test_enums_have_few_values_and_numbers_are_positive() -> None:
    values: dict[str, set[str | int]] = defaultdict(set)
    for event in told():
        for key, value in event.metadata.items():
            values[key].add(value)
    assert values["platform"] == {"ios", "android", "web"}
    assert values["language"] == {"en", "de", "es", "fr"}
    assert values["plan"] == {"free", "pro", "team", "enterprise"}
    assert values["rating"] == {1, 2, 3, 4, 5}
    assert len(values["app_version"]) <= 6
    assert min(map(int, values["response_ms"])) > 0
    assert min(map(int, values["tokens"])) > 0


def test_text_is_never_empty_nor_long() -> None:
    lengths = [len(text(event).strip()) for event in told()]
    assert min(lengths) >= 1
    assert 1000 < max(lengths) <= 2000


def test_no_notation_is_left_in_a_text() -> None:
    left = [text(e) for e in told() if text(e) not in HOSTILE and re.search(r"[\[\]{}|]", text(e))]
    assert left == []


# the shape of the whole


def test_every_conversation_has_one_to_nine_prompts() -> None:
    sessions = by_session(prompts(told()))
    lengths = [len(events) for events in sessions.values()]
    assert len(sessions) == 3000
    assert (min(lengths), max(lengths)) == (1, MAX_TURNS)
    assert 3.0 < sum(lengths) / len(lengths) < 4.0


def test_every_intent_is_met() -> None:
    assert {event.intent for event in prompts(told())} == {*INTENTS, None}


def test_wording_is_varied_and_yet_repeats() -> None:
    texts = [text(event) for event in prompts(told())]
    assert 0.55 < len(set(texts)) / len(texts) < 0.9
    assert max(Counter(texts).values()) >= 8


def test_no_intent_is_dominated_by_three_texts() -> None:
    texts: dict[str | None, Counter[str]] = defaultdict(Counter)
    for event in prompts(told()):
        texts[event.intent][text(event).lower()] += 1
    share = {
        intent: sum(n for _, n in counts.most_common(3)) / counts.total()
        for intent, counts in texts.items()
    }
    assert max(share.values()) < 0.3


def test_small_talk_and_hostile_text_are_a_few_percent() -> None:
    events = prompts(told())
    aside = sum(event.intent is None for event in events) / len(events)
    hostile = {text(event) for event in events} & set(HOSTILE)
    assert 0.04 < aside < 0.08
    assert len(hostile) > len(HOSTILE) / 2


def words_of(language: str) -> set[str]:
    wordings = [i.wordings[language] for i in INTENTS.values() if language in i.wordings]
    return set(re.findall(r"\w+", " ".join(p for w in wordings for p in w.patterns).lower()))


def test_a_few_conversations_are_in_another_language() -> None:
    abroad = set().union(*map(words_of, ("de", "es", "fr"))) - words_of("en")
    sessions = by_session(prompts(told())).values()
    foreign = [
        session
        for session in sessions
        if abroad & set(re.findall(r"\w+", " ".join(map(text, session)).lower()))
        and session[0].metadata["language"] != "en"
    ]
    assert 0.02 < len(foreign) / len(sessions) < 0.07


def test_some_users_come_back_on_other_days() -> None:
    days: dict[str, set[object]] = defaultdict(set)
    for event in told():
        days[event.user_id].add(event.timestamp.date())
    returning = sum(len(seen) > 1 for seen in days.values())
    assert 0.15 < returning / len(days) < 0.5


def test_a_user_keeps_platform_language_and_plan() -> None:
    segments: dict[str, set[tuple[object, ...]]] = defaultdict(set)
    for event in told():
        keys = ("platform", "language", "plan")
        segments[event.user_id].add(tuple(event.metadata[key] for key in keys))
    assert {len(seen) for seen in segments.values()} == {1}


def test_feedback_ends_some_conversations() -> None:
    sessions = by_session(told()).values()
    with_feedback = [s for s in sessions if any(event.name == "feedback" for event in s)]
    assert 0.09 < len(with_feedback) / len(sessions) < 0.16
    assert {[event.name for event in s].index("feedback") for s in with_feedback} == {
        len(s) - 1 for s in with_feedback
    }
    assert {s[-1].intent for s in with_feedback} == set(FEEDBACK)


# time


def test_time_goes_on_within_a_conversation_and_ends_by_now() -> None:
    for session in by_session(told()).values():
        gaps = [after.timestamp - before.timestamp for before, after in pairwise(session)]
        assert all(timedelta(seconds=3) < gap <= timedelta(minutes=20) for gap in gaps)
        assert session[-1].timestamp <= NOW


def test_conversations_cover_the_period_in_order() -> None:
    starts = [session[0].timestamp for session in by_session(told()).values()]
    assert starts[0] < NOW - timedelta(days=PERIOD_DAYS - 1)
    assert starts[0] >= NOW - timedelta(days=PERIOD_DAYS)
    assert starts[-1] > NOW - timedelta(days=1)
    late = [before - after for before, after in pairwise(starts) if after < before]
    assert all(gap < timedelta(hours=3) for gap in late)


def test_conversations_that_begin_just_now_have_ended() -> None:
    midnight = datetime(2026, 3, 12, 0, 0, 1, tzinfo=UTC)
    assert max(e.timestamp for e in conversations(2000, seed=3, now=midnight)) <= midnight


def test_weekdays_and_working_hours_are_busier() -> None:
    times = [event.timestamp for event in told()]
    weekend = sum(time.weekday() >= 5 for time in times) / len(times)
    night = sum(time.hour < 6 for time in times) / len(times)
    assert weekend < 2 / 7 * 0.7
    assert night < 6 / 24 * 0.4


# what is planted


@cache
def many() -> list[list[Event]]:
    """The sessions of enough conversations that chance hides no planted difference."""
    return list(by_session(prompts(told(12_000, 11))).values())


def counted(field: str, value: str, intents: Collection[str]) -> float:
    """Share of messages about the intents where the field is the value, over elsewhere."""
    hits: Counter[bool] = Counter()
    totals: Counter[bool] = Counter()
    for session in many():
        here = session[0].metadata[field] == value
        totals[here] += len(session)
        hits[here] += sum(event.intent in intents for event in session)
    return (hits[True] / totals[True]) / (hits[False] / totals[False])


@pytest.mark.parametrize("one", planted.PLANTED, ids=lambda one: f"{one.value}-{one.intents[0]}")
def test_planted_difference_shows(one: planted.Planted) -> None:
    assert counted(one.field, one.value, one.intents) == pytest.approx(one.ratio, rel=0.35)


def test_what_is_not_planted_does_not_differ() -> None:
    assert counted("platform", "ios", {"pricing", "plan_features"}) == pytest.approx(1, rel=0.2)
    assert counted("plan", "team", {"blog_post", "shorten"}) == pytest.approx(1, rel=0.2)


@pytest.mark.parametrize("step", planted.PLANTED_STEPS, ids=lambda step: step.after)
def test_planted_step_shows(step: planted.PlantedStep) -> None:
    following: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    for session in many():
        intents = [event.intent for event in session if event.intent]
        here = session[0].metadata[step.field] == step.value
        following[here].update(b for a, b in pairwise(intents) if a == step.before)
    share = {here: row[step.after] / row.total() for here, row in following.items()}
    assert share[True] / share[False] == pytest.approx(step.ratio, rel=0.35)


def share_by_age(intent: str, first: float, last: float) -> float:
    """Share of messages about the intent, from `first` to `last` days before now."""
    events = [
        event
        for session in many()
        for event in session
        if first >= (NOW - event.timestamp) / timedelta(days=1) > last
    ]
    return sum(event.intent == intent for event in events) / len(events)


def test_one_topic_emerges_in_the_last_ten_days_and_grows() -> None:
    assert share_by_age("image_credits", 30, 10) == 0
    assert 0 < share_by_age("image_credits", 10, 6) < share_by_age("image_credits", 3, 0) / 2


def test_one_topic_shrinks_after_a_date() -> None:
    assert share_by_age("classic_editor", 13, 0) < share_by_age("classic_editor", 30, 13) / 2


def test_trend_runs_from_its_first_to_its_last_weight() -> None:
    trend = planted.Trend("dark_mode", days_ago=10, before=1, first=2, last=4)
    assert [trend.weight(days) for days in (11, 10, 5, 0, -1)] == [1, 2, 3, 4, 4]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("pricing", "discount"),
        ("discount", "upgrade_plan"),
        ("pricing", "plan_features"),
        ("plan_features", "pricing"),
        ("login_failed", "reset_password"),
        ("account_locked", "contact_support"),
        ("blog_post", "shorten"),
        ("shorten", "translate"),
        ("integration_failing", "api_errors"),
        ("api_errors", "status_page"),
    ],
)
def test_journeys_have_their_structure(before: str, after: str) -> None:
    following: Counter[str] = Counter()
    for session in many():
        intents = [event.intent for event in session if event.intent]
        following.update(b for a, b in pairwise(intents) if a == before != b)
    assert after in [intent for intent, _ in following.most_common(2)]


# the notation of the phrases


@pytest.mark.parametrize("pattern", ["[a|b", "a]", "{slot", "slot}", "a|b", "[a {b|c]"])
def test_unmatched_notation_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="phrase pattern"):
        parse(pattern)


def test_a_pattern_has_every_wording_it_spells_out() -> None:
    rng = random.Random(1)
    pattern = "[How|Where] do I [add [one|two] |]{thing}[s|]?"
    wordings = {expand(pattern, rng, {"thing": "key"}.__getitem__) for _ in range(400)}
    assert len(wordings) == 12
    assert {"How do I keys?", "Where do I add two key?"} < wordings


def test_space_before_marks_goes_but_in_french() -> None:
    assert expand("how [much |] ?", random.Random(1), str) in {"how much?", "how?"}
    assert expand("combien ?", random.Random(1), str, language="fr") == "combien ?"


def test_a_typo_changes_little() -> None:
    rng = random.Random(1)
    for _ in range(200):
        slipped = mistype("how do I reset my password", rng)
        assert abs(len(slipped) - 26) <= 1
        assert slipped.startswith("how do I ")


def test_short_words_have_no_typos() -> None:
    assert mistype("ok thx :)", random.Random(1)) == "ok thx :)"
