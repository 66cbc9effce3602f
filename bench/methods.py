"""What `topics` compares: Turret, and those of its rivals that are installed.

`python -m bench.methods METHOD VECTORS.npy` finds topics once in a new process, which imports no
more than that takes.
"""

from __future__ import annotations

import sys

import numpy as np

from bench import rivals
from bench.rivals import Labels, Method, Seed, Vectors


def turret(vectors: Vectors, seed: Seed) -> Labels:
    from clustering.finding import find_clusters

    return find_clusters(vectors).labels  # which knows no seed


def compared() -> dict[str, Method]:
    return {"turret": turret, **rivals.installed()}


if __name__ == "__main__":
    compared()[sys.argv[1]](np.load(sys.argv[2]), None)
