"""What every page rests on, against the rows, as a log is written, changed and deleted at random.

Messages come late and out of order, are extracted after others were sealed into blocks, are
deleted, by themselves or with all of their user; texts wait, move between topics, are merged.
`test_transitions` and its neighbours compare the reports of such sessions with their definitions;
here it is the sessions, their users, segments and periods.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, date
from random import Random
from statistics import mean, median

import numpy as np
import pytest

from accounts.models import SESSION_GAP
from clustering.columns import blocks, reading
from clustering.columns.reading import Loaded
from clustering.models import Dimension, Occurrence
from clustering.reports import numbers, slices
from clustering.reports.period import Period
from clustering.reports.selectors import period_of
from ingestion.models import Event, Field, FieldType
from ingestion.segments import Segment
from journeys import contrasts, quality_selectors, selectors, sessions
from journeys.comparison_views import compared
from journeys.pages import Shown
from journeys.path_views import returned
from journeys.reports import OUTLIER_STATE, State
from journeys.statistics import Share
from tests.journeys import reference
from tests.journeys.conftest import NOW, OUTLIER, Speaker
from tests.journeys.random_world import (
    TOPICS,
    WAITING,
    Told,
    World,
    holds,
    name_of,
    step_of,
)
from tests.journeys.reference import Reference

pytestmark = pytest.mark.django_db

IOS, WEB = Segment({"platform": ("ios",)}), Segment({"platform": ("web",)})
SEGMENTS = (Segment(), IOS, Segment({"platform": ("ios", "web")}, ("voice",)))


@pytest.fixture
def world(
    request: pytest.FixtureRequest, speaker: Speaker, monkeypatch: pytest.MonkeyPatch
) -> World:
    monkeypatch.setattr(blocks, "ROWS", 8)
    monkeypatch.setattr(sessions, "PAGE_SIZE", 2)
    monkeypatch.setattr(contrasts, "MINIMUM_SUPPORT", 1)
    for key, kind in (("platform", FieldType.ENUM), ("seconds", FieldType.NUMBER)):
        Field.objects.create(project=speaker.project, key=key, detected_type=kind, events=9)
    Dimension.objects.create(project=speaker.project, field=speaker.field, active=True)
    return World(speaker, Random(request.param))


@pytest.mark.parametrize("world", range(3), indirect=True)
def test_what_pages_rest_on_equals_the_rows(world: World) -> None:
    for _ in range(6):
        for _ in range(14):
            world.act()
        for days in ("7", "30"):
            when = period_of(world.speaker.field, days)
            told = Told(world, when)
            for segment in SEGMENTS:
                of = slices.load(world.speaker.field, segment)
                sessions_are_those(of, told)
                numbers_are_those(of, told)
            quality_is_that(slices.load(world.speaker.field), told)
            lists_are_those(slices.load(world.speaker.field).loaded, told)
            for outliers in (False, True):
                shown = Shown(slices.load(world.speaker.field, IOS), when, outliers)
                returns_are_those(shown, told)
                for against in (Segment(), WEB):
                    comparison_is_that(shown, against, told)


def sessions_are_those(of: slices.Slice, told: Told) -> None:
    log = selectors.load_log(of, told.when.start, NOW)
    ids = selectors.session_ids(of, log, np.arange(len(log.sizes)))
    expected = told.begun(of.segment)
    assert sorted(ids) == sorted(expected)
    users = selectors.user_codes(of, log).tolist()
    first_user = [expected[session_id][0].event.user_id for session_id in ids]
    assert [code < 0 for code in users] == [not user for user in first_user]
    assert len(set(zip(users, first_user, strict=True))) == len(set(users)) == len(set(first_user))
    recent = set(
        Event.objects.filter(
            project=told.world.project, timestamp__gt=NOW - SESSION_GAP
        ).values_list("session_id", flat=True)
    )
    names = [*(state.name for state in log.topics), WAITING, OUTLIER]
    for place, session_id in enumerate(ids):
        said = log.topic[log.first[place] : log.last[place] + 1].tolist()
        assert [names[code] for code in said] == [step_of(row) for row in expected[session_id]]
        assert log.is_open[place] == (session_id in recent)


def numbers_are_those(of: slices.Slice, told: Told) -> None:
    values: defaultdict[str, list[object]] = defaultdict(list)
    trends = Counter[str]()
    for row in told.rows:
        if holds(of.segment, row):
            trends[name_of(row)] += 1
            values[name_of(row)].append(row.event.metadata.get("seconds"))
    by_id = {topic.pk: name for name, topic in told.world.speaker.topics.items()}
    by_id |= {slices.OUTLIERS: OUTLIER, slices.WAITING_TEXTS: WAITING}
    counted = slices.trends(of, told.when)
    assert Counter({by_id[pk]: trend.occurrences for pk, trend in counted.items()}) == trends
    field = Field.objects.get(project=told.world.project, key="seconds")
    table = numbers.by_topic(of, told.when, field)
    rows = {str(row.topic) if row.topic else OUTLIER: row.figures for row in table.rows}
    whole = [value for each in values.values() for value in each]
    for name, found in [*values.items(), (None, whole)]:
        plain = [value for value in found if isinstance(value, int | float)]
        figures = rows.get(name) if name else table.all
        if figures is None:
            assert name == WAITING or not any(value is not None for value in found)
            continue
        assert (figures.count, figures.unread) == (len(plain), found.count("12 ms"))
        if plain:
            assert (figures.sum, figures.mean, figures.median) == pytest.approx(
                (sum(plain), mean(plain), median(plain))
            )
            assert figures.p95 == pytest.approx(float(np.percentile(plain, 95)))
        assert sum(figures.histogram) == len(plain)


def quality_is_that(of: slices.Slice, told: Told) -> None:
    seen = quality_selectors.seen(of, told.when)
    by_session: defaultdict[str, list[Occurrence]] = defaultdict(list)
    for row in told.rows:
        by_session[row.session_id].append(row)
    users = [Counter(row.event.user_id for row in rows) for rows in by_session.values()]
    pairs = zip(seen.sizes.tolist(), seen.users.tolist(), strict=True)
    several = [sum(sent > 1 for sent in each.values()) for each in users]
    expected = zip(map(len, by_session.values()), several, strict=True)
    assert sorted(pairs) == sorted(expected)
    long = [each for each in users if each.total() > 1]
    alone = sum(sent == 1 for each in long for sent in each.values())
    assert seen.alone == Share(alone, sum(each.total() for each in long))
    first = [rows[0].event.user_id for rows in by_session.values()]
    assert seen.commonest_user == commonest([user for user in first if user])
    assert seen.commonest_text == commonest([row.text_id for row in told.rows])
    claimed = [row.text.topic_id for row in told.rows if row.text.topic_id]
    assert seen.commonest_topic == commonest(claimed)
    events = Event.objects.filter(project=told.world.project, timestamp__gte=told.when.start)
    assert seen.textless == Share(events.count() - len(told.rows), events.count())
    days = quality_selectors.events_by_day(of, told.when)
    counts = {(day.day, name): count for day in days.rows for name, count in day.named.items()}
    moments = Counter((day_of(row, told.when), row.event.name) for row in told.rows)
    assert +Counter(counts) == moments
    assert days.all == events.count()


def day_of(row: Occurrence, when: Period) -> date:
    """Tomorrow's are counted today."""
    return min(row.timestamp, when.end).astimezone(UTC).date()


def lists_are_those(loaded: Loaded, told: Told) -> None:
    """Whole lists of the sessions of each topic, page by page."""
    topics = told.world.speaker.topics
    for state in (*(State(topic.pk, name) for name, topic in topics.items()), OUTLIER_STATE):
        name = state.name if state.topic_id else OUTLIER
        last = {
            session_id: max((row.timestamp, row.event_id) for row in rows if name_of(row) == name)
            for session_id, rows in told.sessions.items()
            if any(name_of(row) == name for row in rows)
        }
        listed: list[str] = []
        place = None
        while found := sessions.sessions_with(loaded, state, place):
            listed += [each.session_id for each in found[: sessions.PAGE_SIZE]]
            place = found[: sessions.PAGE_SIZE][-1].cursor
        assert listed == sorted(last, key=lambda each: last[each], reverse=True)


def returns_are_those(shown: Shown, told: Told) -> None:
    begun = told.begun(shown.of.segment)
    ids = selectors.session_ids(shown.of, shown.log, shown.journeys.origin)
    rows = [begun[session_id] for session_id in ids]
    users = ["", *sorted({each[0].event.user_id for each in rows} - {""})]
    visits = [
        (users.index(each[0].event.user_id) - 1, microseconds(each[0]), microseconds(each[-1]))
        for each in rows
    ]
    expected = reference.returns(visits, shown.journeys.is_open.tolist())
    _, found = returned(shown)
    assert sorted(found.gap.tolist()) == sorted(gap for _, _, gap in expected)


def microseconds(row: Occurrence) -> int:
    return reading.microseconds(row.timestamp)


def commonest(values: Sequence[object]) -> Share:
    return Share(max(Counter(values).values(), default=0), len(values))


def comparison_is_that(shown: Shown, against: Segment, told: Told) -> None:
    one, everybody = told.begun(IOS).keys(), told.begun(Segment()).keys()
    other = told.begun(against).keys() if against else everybody
    both = one & other
    first = one if both == one else one - both
    second = other if both == other and both != one else other - both
    apart, found = compared(shown, against)
    assert (apart.first.sum(), apart.second.sum()) == (len(first), len(second))
    if found is None:
        assert not (first and second)
        return
    codes = {OUTLIER: -1, WAITING: -2} | {name: code for code, name in enumerate(TOPICS)}
    sides = [
        Reference(
            [([codes[step_of(row)] for row in told.sessions[each]], False) for each in side],
            len(TOPICS),
            shown.outliers,
        )
        for side in (first, second)
    ]
    assert [found.first, found.second] == [len(side.paths) for side in sides]
    codes[OUTLIER_STATE.name] = len(TOPICS)
    for row in (*found.findings, *found.others):
        source = codes[row.state.name]
        for side, share in zip(sides, (row.contrast.first, row.contrast.second), strict=True):
            visits = side.visits()[source]
            if row.target is None:
                assert share == Share(visits, len(side.paths))
            else:
                made = side.transitions().get((source, codes[row.target.name]), (0, 0))
                assert share == Share(made[1], visits)
