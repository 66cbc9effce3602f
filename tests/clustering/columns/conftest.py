"""A dimension whose blocks hold a few occurrences each."""

from __future__ import annotations

import pytest

from clustering.columns import blocks, filtering, reading


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of four, as of a process that has just started."""
    monkeypatch.setattr(blocks, "ROWS", 4)
    for remembered in (reading._kept, filtering._cached):
        remembered.clear()
