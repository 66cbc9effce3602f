"""Fixed-width rows by binary COPY."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from django.db import connection

from clustering.texts import rows

pytestmark = pytest.mark.django_db

COLUMNS: dict[str, rows.Column] = {"id": int, "score": float, "vector": 3}
QUERY = "SELECT id, score, vector FROM sample ORDER BY id"


@pytest.fixture
def cursor() -> Iterator[Any]:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE sample (id bigint, score float8, vector vector)")
        yield cursor


def sample(count: int) -> dict[str, Any]:
    random = np.random.default_rng(count)
    return {
        "id": np.arange(count, dtype=np.int64) - count // 2,
        "score": random.normal(size=count),
        "vector": random.normal(size=(count, 3)).astype(np.float32),
    }


@pytest.mark.parametrize("count", [0, 1, 4_096, 10_001])
def test_what_is_written_is_read(cursor: Any, count: int) -> None:
    written = sample(count)
    rows.copy_in(cursor, "sample", written)
    read = rows.copy_out(cursor, QUERY, COLUMNS, count)
    for name, array in written.items():
        np.testing.assert_array_equal(read[name], array)


def test_postgresql_understands_what_is_written(cursor: Any) -> None:
    vector = np.array([[1.5, -2, 0.25]], dtype=np.float32)
    row = {"id": np.array([-7]), "score": np.array([0.1]), "vector": vector}
    rows.copy_in(cursor, "sample", row)
    cursor.execute("SELECT id, score, vector::text FROM sample")
    assert cursor.fetchall() == [(-7, 0.1, "[1.5,-2,0.25]")]


def test_rows_beyond_the_limit_are_left(cursor: Any) -> None:
    rows.copy_in(cursor, "sample", sample(9_000))
    read = rows.copy_out(cursor, QUERY, COLUMNS, 5_000)
    assert len(read["id"]) == 5_000


def test_fewer_rows_than_the_limit_are_all(cursor: Any) -> None:
    rows.copy_in(cursor, "sample", sample(10))
    assert len(rows.copy_out(cursor, QUERY, COLUMNS, 500)["vector"]) == 10


@pytest.mark.parametrize("odd", ["(1, NULL, '[1,2,3]')", "(1, 2, '[1,2,3,4]')"])
def test_a_row_of_another_width_is_refused(cursor: Any, odd: str) -> None:
    rows.copy_in(cursor, "sample", sample(3))
    cursor.execute(f"INSERT INTO sample VALUES {odd}")  # noqa: S608
    with pytest.raises(ValueError, match="a null or a vector of another length"):
        rows.copy_out(cursor, QUERY, COLUMNS, 4)
