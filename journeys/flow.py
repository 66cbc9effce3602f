"""Where to draw the strongest transitions: two columns of topics, a ribbon for each transition.

Pure geometry, in the units of an SVG's view box. Bars and ribbons are in proportion to how often
a transition was made; a topic has at least a line's height of room, so that labels never meet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from journeys.reports import State, Transition

SHOWN = 20
"""Transitions drawn: twenty labels a side are the most that fit a window without scrolling."""

_LINE = 20.0
_BARS = 280.0
_BAR_WIDTH = 10.0
_COLOURS = 6
_CHARACTER = 6.4
"""Average width of a character at 12 units."""


@dataclass(frozen=True)
class Layout:
    """How wide a drawing is. Labels stand outside the bars in `gutter`, or inside where it is 0."""

    name: str
    width: float
    gutter: float

    @property
    def label_characters(self) -> int:
        room = self.gutter - 60 if self.gutter else self.width / 2 - 34
        return int(room / _CHARACTER)


WIDE = Layout("wide", 960.0, 300.0)
NARROW = Layout("narrow", 360.0, 0.0)


@dataclass(frozen=True)
class Node:
    """A topic in the column it is left `from` or come `to`: its bar, and where its label stands."""

    end: str
    state: State
    times: int
    label: str
    colour: int
    x: float
    y: float
    height: float
    label_x: float
    label_y: float
    anchor: str


@dataclass(frozen=True)
class Ribbon:
    """A transition: `path` is the outline of its band, in the colour of its source."""

    transition: Transition
    colour: int
    path: str


@dataclass(frozen=True)
class Flow:
    """A drawing of `width` by `height`."""

    layout: Layout
    height: float
    bar_width: float
    nodes: tuple[Node, ...]
    ribbons: tuple[Ribbon, ...]


def flow(transitions: Sequence[Transition], layout: Layout) -> Flow:
    """Draw transitions, which come the most frequent first."""
    scale = _BARS / max(sum(each.times.count for each in transitions), 1)
    sources = _totals(transitions, lambda each: each.source)
    targets = _totals(transitions, lambda each: each.target)
    left = sorted(sources, key=lambda state: -sources[state])
    colour = {state: place % _COLOURS + 1 for place, state in enumerate(left)}
    left_y, left_end = _stack(left, sources, scale)
    right = sorted(targets, key=lambda state: _pull(state, transitions, left_y))
    right_y, right_end = _stack(right, targets, scale)
    nodes = [
        _node(state, sources[state], left_y[state], scale, colour[state], layout, "from")
        for state in left
    ] + [
        _node(state, targets[state], right_y[state], scale, colour.get(state, 0), layout, "to")
        for state in right
    ]
    ribbons = _ribbons(transitions, left_y, right_y, scale, colour, layout)
    return Flow(layout, max(left_end, right_end), _BAR_WIDTH, tuple(nodes), ribbons)


def _totals(
    transitions: Sequence[Transition], end: Callable[[Transition], State]
) -> dict[State, int]:
    totals: dict[State, int] = {}
    for each in transitions:
        totals[end(each)] = totals.get(end(each), 0) + each.times.count
    return totals


def _stack(
    states: Sequence[State], totals: dict[State, int], scale: float
) -> tuple[dict[State, float], float]:
    """The top of each bar, in the middle of a slot that holds at least a line; and the bottom."""
    tops, y = {}, 0.0
    for state in states:
        height = totals[state] * scale
        slot = max(_LINE, height + _LINE / 3)
        tops[state] = y + (slot - height) / 2
        y += slot
    return tops, y


def _pull(
    target: State, transitions: Sequence[Transition], left_y: dict[State, float]
) -> tuple[float, str]:
    """How high a target wants to stand: the mean of its sources, so that fewer ribbons cross."""
    found = [(left_y[e.source], e.times.count) for e in transitions if e.target == target]
    weight = sum(count for _, count in found)
    return sum(y * count for y, count in found) / weight, target.code


def _node(
    state: State, times: int, y: float, scale: float, colour: int, layout: Layout, end: str
) -> Node:
    outside, is_left = bool(layout.gutter), end == "from"
    x = layout.gutter if is_left else layout.width - layout.gutter - _BAR_WIDTH
    away = -6.0 if is_left == outside else _BAR_WIDTH + 6.0
    height = times * scale
    return Node(
        end=end,
        state=state,
        times=times,
        label=_cut(state.name, layout.label_characters),
        colour=colour,
        x=x,
        y=_round(y),
        height=_round(max(height, 1.0)),
        label_x=x + away,
        label_y=_round(y + height / 2),
        anchor="end" if is_left == outside else "start",
    )


def _ribbons(
    transitions: Sequence[Transition],
    left_y: dict[State, float],
    right_y: dict[State, float],
    scale: float,
    colour: dict[State, int],
    layout: Layout,
) -> tuple[Ribbon, ...]:
    """Bands from bar to bar; at each bar they lie in the order of their other ends."""
    start, end = dict(left_y), dict(right_y)
    leave = {}
    for each in sorted(transitions, key=lambda e: right_y[e.target]):
        leave[each] = start[each.source]
        start[each.source] += each.times.count * scale
    found = []
    for each in sorted(transitions, key=lambda e: left_y[e.source]):
        band = each.times.count * scale
        path = _band(leave[each], end[each.target], max(band, 1.0), layout)
        end[each.target] += band
        found.append(Ribbon(each, colour[each.source], path))
    return tuple(found)


def _band(y0: float, y1: float, height: float, layout: Layout) -> str:
    x0 = layout.gutter + _BAR_WIDTH
    x1 = layout.width - layout.gutter - _BAR_WIDTH
    middle = (x0 + x1) / 2
    a, b, c, d = (_round(y) for y in (y0, y1, y1 + height, y0 + height))
    return (
        f"M{x0:g},{a:g} C{middle:g},{a:g} {middle:g},{b:g} {x1:g},{b:g} "
        f"V{c:g} C{middle:g},{c:g} {middle:g},{d:g} {x0:g},{d:g} Z"
    )


def _cut(text: str, characters: int) -> str:
    return text if len(text) <= characters else text[: characters - 1].rstrip() + "…"


def _round(value: float) -> float:
    return round(value, 1)
