"""How shares, intervals and spans of time are shown."""

from __future__ import annotations

from datetime import timedelta
from unicodedata import category

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.template.defaultfilters import truncatechars

from journeys.statistics import Share

register = template.Library()


@register.filter
def rate(share: Share) -> str:
    """A share as a percentage that is never rounded to nothing or to everything."""
    if not share.base:
        return "–"
    if 0 < share.rate < 0.001:
        return "< 0.1 %"
    if 0.995 <= share.rate < 1:
        return "> 99 %"
    return f"{_percentage(share.rate)} %"


@register.filter
def interval(share: Share) -> str:
    """Its 95 % interval: `38–45 %`."""
    low, high = share.interval
    return f"{_percentage(low)}–{_percentage(high)} %" if share.base else "–"


@register.filter
def base(share: Share) -> str:
    """What it rests on: `412 of 2,098`."""
    return f"{intcomma(share.count)} of {intcomma(share.base)}"


@register.filter
def times(lift: float | None) -> str:
    """A lift: `× 1.8`."""
    if lift is None:
        return "–"
    if 0 < lift < 0.095:
        return "< × 0.1"
    return f"× {lift:.1f}" if 0 < lift < 9.95 else f"× {lift:.0f}"


@register.filter
def steps(median: float) -> str:
    """A median of whole numbers: `3` or `3.5`."""
    return f"{median:g}"


@register.filter
def span(duration: timedelta) -> str:
    """A length of time in its largest unit: `40 s`, `5 min`, `3 h`, `2 days`."""
    seconds = int(duration.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    if seconds < 2 * 86400:
        return f"{round(seconds / 3600)} h"
    return f"{round(seconds / 86400)} days"


def _percentage(part: float) -> str:
    """One digit after the point below ten, where it tells something."""
    value = part * 100
    return f"{value:.1f}" if 0 < value < 9.95 else f"{value:.0f}"


@register.filter
def seconds(length: float) -> str:
    """A length of time in its largest unit, as `span` has it."""
    return span(timedelta(seconds=length))


@register.filter
def points(difference: float) -> str:
    """A difference of shares in percentage points: `+4.2`, `−0.3`, or `0.0` for next to none."""
    return f"{difference * 100:+z.1f}".replace("+0.0", "0.0").replace("-", "−")


@register.filter
def points_between(ends: tuple[float, float]) -> str:
    """The interval of a difference: `+2.1 to +6.3`."""
    return " to ".join(points(end) for end in ends)


@register.filter
def plain_line(text: object, length: int = 80) -> str:
    """A name for an e-mail: one line, without marks that turn or hide what follows, and cut."""
    line = " ".join(str(text)[: 4 * length].split())
    return truncatechars("".join(mark for mark in line if category(mark)[0] != "C"), length)


@register.filter
def percent(part: float) -> str:
    """`5 %`."""
    return f"{part * 100:g} %"
