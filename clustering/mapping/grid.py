"""Places on a map as whole numbers, which are short to send."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SIDE = 32_767
"""The longer side of a map."""


def on_grid(positions: NDArray[np.float32]) -> NDArray[np.int64]:
    """(n, 2) places from 0 to `SIDE`, as wide for their height as before, centred."""
    if not len(positions):
        return np.empty((0, 2), np.int64)
    low, high = positions.min(axis=0), positions.max(axis=0)
    scale = SIDE / max(float((high - low).max()), 1e-9)
    centred = (positions - (low + high) / 2) * scale + SIDE / 2
    places: NDArray[np.int64] = np.rint(centred).astype(np.int64)
    return places
