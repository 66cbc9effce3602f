"""Lists of journeys that ask for more: a topic to follow, a segment to compare with."""

from __future__ import annotations

from dataclasses import dataclass

from clustering.api.dimension import known_to, prepared
from clustering.models import Topic
from ingestion.api.asked import Asked, Key, Parameter, invalid, is_id, row_of
from ingestion.api.listings import Computed
from ingestion.api.views import lists
from ingestion.segments import MAX_QUERY, Segment
from journeys import reports
from journeys.api.shown import JOURNEYS, MOST, Report, ids, report_of, shown_of
from journeys.comparison import FALSE_DISCOVERY, Compared
from journeys.comparison_views import AGAINST, compared
from journeys.pages import Shown
from journeys.reports import OUTLIER_STATE, FollowUp, State
from journeys.statistics import Share

TOPIC = Parameter("topic", {"type": "string"}, "Id of the topic, or `outlier`.")
OTHER = Parameter(
    AGAINST,
    {"type": "string", "maxLength": MAX_QUERY},
    "The other segment, as it stands in a URL: `where.platform%3Dios`. If absent, everybody else.",
)


@dataclass(frozen=True)
class FollowUps(Report):
    """What follows the first visit of `base` sessions to `source`; `again` return to it later."""

    source: State
    base: int
    again: Share


_KINDS = ("topic", "other", "ended", "open")


@lists("What follows a topic", FollowUp, FollowUps, *JOURNEYS, TOPIC)
@prepared
def journeys_follow_ups(asked: Asked) -> Computed[FollowUp]:
    """Comes `next` and `ever` after; first the topics, then how many ended or are open yet."""
    code = asked.query.get(TOPIC.name, "")
    if not (is_id(code) or code == OUTLIER_STATE.code):
        raise invalid(TOPIC.name, "topic is the id of a topic, or outlier.")
    shown = shown_of(asked)
    source = _state(shown, code)
    at = shown.code_of(code)
    found = reports.FollowUps(source, 0, Share(0, 0), ())
    if at is not None:
        found = reports.follow_ups(shown.journeys, shown.states, at, MOST)
    report = report_of(shown, found.rows, _follow_up_order)
    about = FollowUps(**vars(report.about), source=source, base=found.base, again=found.again)
    return Computed(report.rows, report.order, about)


def _state(shown: Shown, code: str) -> State:
    """The topic that is followed; 404 where the dimension has none of this id."""
    if code == OUTLIER_STATE.code:
        return OUTLIER_STATE
    topics = Topic.objects.filter(project=shown.field.project_id, field=shown.field)
    topic = row_of(topics.only("label"), code)
    return State(topic.pk, str(topic))


def _follow_up_order(row: FollowUp) -> Key:
    ever = row.ever.count if row.ever else 0
    topic_id = (row.state.topic_id or 0) if row.state else 0
    return (_KINDS.index(row.kind), -row.next.count, -ever, topic_id)


@dataclass(frozen=True)
class Comparison(Report):
    """The segment's sessions (`first`) and the others' (`second`); those in both (`shared`) are on
    neither side, or on that of the smaller segment. `too_small` comparisons were not tested.

    Of the findings, `false_discovery` may be chance.
    """

    against: str
    first: int
    second: int
    shared: int
    too_small: int
    false_discovery: float


@lists("Two segments compared", Compared, Comparison, *JOURNEYS, OTHER)
@prepared
def journeys_comparison(asked: Asked) -> Computed[Compared]:
    """How the sessions of a segment differ from those of another, told apart from chance; the
    findings first, and of those the largest difference."""
    against = Segment.parse(asked.query.get(AGAINST, ""))
    if not asked.segment:
        raise invalid("where", "Choose a segment, such as where.platform=ios, to compare it.")
    if against.is_cut or (asked.query.get(AGAINST) and not against):
        raise invalid(AGAINST, "against is a segment as it stands in a URL: where.platform%3Dios.")
    shown = shown_of(asked)
    known_to(shown.field, against, AGAINST)
    apart, found = compared(shown, against)
    rows = (*found.findings, *found.others) if found else ()
    report = report_of(shown, rows, _difference_order)
    about = Comparison(
        **vars(report.about),
        against=against.query,
        first=int(apart.first.sum()),
        second=int(apart.second.sum()),
        shared=apart.shared,
        too_small=found.too_small if found else 0,
        false_discovery=FALSE_DISCOVERY,
    )
    return Computed(report.rows, report.order, about)


def _difference_order(row: Compared) -> Key:
    target = row.target.topic_id or 0 if row.target else -1
    return (not row.is_finding, -abs(row.contrast.difference), *ids(row.state), target)
