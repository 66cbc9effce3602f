"""An installation that serves several faults in turn, each of which it must outlive whole."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.installation import Installation, installed


@pytest.fixture(scope="package")
def turret(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installed(tmp_path_factory.mktemp("turret"), WEB_WORKERS="2", WORKERS="2") as made:
        yield made
