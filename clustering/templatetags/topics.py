"""How topics, texts and their figures are shown."""

from __future__ import annotations

from typing import Any

from django import template
from django.core.paginator import Page
from django.template.context import Context
from django.template.defaultfilters import truncatechars

from clustering.reports.progress import STAGES, step_of
from clustering.reports.segmented import carried
from ingestion.segments import Condition, Segment

_SHOWN = 140

register = template.Library()


@register.filter
def share(part: float) -> str:
    """A share from 0 to 1: `27 %`, `2.9 %`, `< 0.1 %`."""
    if 0 < part < 0.001:
        return "< 0.1 %"
    return f"{100 * part:.0f} %" if part >= 0.0995 or not part else f"{100 * part:.1f} %"


@register.filter
def change(growth: float) -> str:
    """Growth against an earlier stretch: `+12 %`, `−40 %`, `× 8`; `±0 %` for next to none.

    `−100 %` says that nothing is left, as `< −99 %` does not.
    """
    if growth >= 2:
        return f"× {growth + 1:.0f}"
    if -1 < growth < -0.995:
        return "< −99 %"
    return f"{growth:+z.0%}".replace("+0%", "±0%").replace("-", "−").replace("%", " %")


@register.filter
def direction(growth: float | None) -> str:
    """The CSS class of a growth that is worth a colour."""
    if growth is None or abs(growth) < 0.1:
        return ""
    return "up" if growth > 0 else "down"


@register.filter
def one_line(text: str, length: int = _SHOWN) -> str:
    """A user's text on one line, cut where it is long."""
    return truncatechars(" ".join(text[: 4 * length].split()), length)


@register.filter
def cosine(similarity: float | None) -> str:
    """A similarity as two digits after the point."""
    return "–" if similarity is None else f"{similarity:z.2f}"


@register.filter
def stage(name: str) -> str:
    """What a run is doing: `finding topics, step 2 of 6`."""
    step = step_of(name)
    return f"{STAGES[name]}, step {step} of {len(STAGES)}" if step else "starting"


@register.filter
def step(name: str) -> int:
    """How many of its stages a run has begun."""
    return step_of(name)


@register.filter
def figure(value: float) -> str:
    """A number of any size with the digits that tell something: `0.042`, `12.5`, `48,210`."""
    return f"{value:,.0f}" if 999.5 <= abs(value) < 1e15 else f"{value:.3g}"


@register.simple_tag(takes_context=True)
def narrowed(context: Context, key: str, value: str) -> str:
    """The query of the same page for one value of a field, whatever else its segment says."""
    others = [each for each in context["segment"] if each.key != key]
    segment = Segment.holding([*others, Condition(key, value)])
    return carried(segment, context["period"]) or "?"


@register.filter
def in_order(timings: dict[str, float]) -> list[tuple[str, float]]:
    """The seconds of a run's stages, in the order in which it went through them."""
    return [(stage, timings[stage]) for stage in STAGES if stage in timings]


@register.filter
def total(timings: dict[str, float]) -> str:
    """The seconds of a run's stages as one figure."""
    total = sum(timings.values())
    if total < 1:
        return f"{total:.2f} s"
    return f"{total:.1f} s" if total < 60 else f"{total / 60:.1f} min"


@register.filter
def numbers(page: Page[Any]) -> list[int | None]:
    """The pages to link to: the nearest and both ends; None where some are left out."""
    around = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return [number if isinstance(number, int) else None for number in around]
