"""The drawing of transitions: in proportion, within its box, and readable."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from journeys.flow import NARROW, SHOWN, WIDE, Flow, Layout, Node, flow
from journeys.reports import State, Transition
from journeys.statistics import Share

LINE = 14.0
"""Height of a line of text at 12 units."""


def transition(source: int, target: int, times: int) -> Transition:
    states = [
        State(code, f"Topic number {code}, with a rather long name") for code in (source, target)
    ]
    return Transition(states[0], states[1], Share(times, 10**7), Share(times, 10**7))


pairs = st.tuples(st.integers(1, 60), st.integers(1, 60)).filter(lambda pair: pair[0] != pair[1])
drawable = st.dictionaries(pairs, st.integers(1, 10**6), min_size=1, max_size=SHOWN).map(
    lambda found: [
        transition(*pair, times) for pair, times in sorted(found.items(), key=lambda item: -item[1])
    ]
)
layouts = st.sampled_from([WIDE, NARROW])


def columns(drawing: Flow) -> list[list[Node]]:
    xs = sorted({node.x for node in drawing.nodes})
    return [sorted((n for n in drawing.nodes if n.x == x), key=lambda n: n.y) for x in xs]


@given(drawable, layouts)
def test_labels_never_meet_and_all_is_within_the_drawing(
    transitions: list[Transition], layout: Layout
) -> None:
    drawing = flow(transitions, layout)
    assert len(columns(drawing)) == 2
    for column in columns(drawing):
        for above, below in pairwise(column):
            assert below.label_y - above.label_y >= LINE
            assert above.y + above.height <= below.y + 0.2
        assert column[0].label_y >= LINE / 2
        assert column[-1].label_y <= drawing.height - LINE / 2
        assert column[-1].y + column[-1].height <= drawing.height + 1


@given(drawable, layouts)
def test_every_transition_is_a_ribbon_between_its_bars(
    transitions: list[Transition], layout: Layout
) -> None:
    drawing = flow(transitions, layout)
    assert {ribbon.transition for ribbon in drawing.ribbons} == set(transitions)
    left, right = columns(drawing)
    for nodes, end in ((left, "source"), (right, "target")):
        for node in nodes:
            ends = [each.times.count for each in transitions if getattr(each, end) == node.state]
            assert node.times == sum(ends)


def test_bars_are_in_proportion() -> None:
    drawing = flow([transition(1, 2, 3000), transition(3, 4, 1000)], WIDE)
    heights = {node.state.topic_id: node.height for node in drawing.nodes}
    assert heights[1] == heights[2] == 3 * heights[3] == 3 * heights[4]


def test_a_long_name_is_cut_to_the_room_there_is() -> None:
    for layout in (WIDE, NARROW):
        (label, *_) = {node.label for node in flow([transition(1, 2, 1)], layout).nodes}
        assert len(label) <= layout.label_characters
    assert flow([transition(1, 2, 1)], NARROW).nodes[0].label.endswith("…")


def test_nothing_is_drawn_of_nothing() -> None:
    drawing = flow([], WIDE)
    assert (drawing.nodes, drawing.ribbons) == ((), ())
