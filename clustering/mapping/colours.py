"""Which colour of the palette each group has."""

from __future__ import annotations

from collections.abc import Sequence

COLOURS = 8
"""In static/turret/map.css, told apart by people who see few colours. 0 is the neutral one."""


def colours(group_ids: Sequence[int]) -> dict[int, int]:
    """A colour from 1 for each of the first groups, given the largest first; 0 for the others.

    A group asks for the colour that its id says, so that it mostly keeps it when sizes change.
    """
    given: dict[int, int] = {}
    free = list(range(1, COLOURS + 1))
    for group_id in group_ids:
        wanted = group_id % COLOURS + 1
        colour = next((each for each in free if each >= wanted), free[0]) if free else 0
        if colour:
            free.remove(colour)
        given[group_id] = colour
    return given
