"""`docs/api.md` says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from billing.plans import PLANS
from billing.quota import Reason
from ingestion import limits
from ingestion.errors import STATUS

DOCS = (Path(__file__).parents[2] / "docs" / "api.md").read_text()


def rows(heading: str) -> dict[str, str]:
    """The rows of the table below a heading: first cell to the others."""
    section = DOCS.split(f"# {heading}\n", 1)[1].split("\n#", 1)[0]
    cells = re.findall(r"^\| (.+?) \| (.+?) \|", section, re.MULTILINE)
    return {first.strip("`"): rest for first, rest in cells}


def test_every_code_has_its_status() -> None:
    table = set(re.findall(r"^\| (\d{3}) \| `([A-Z_]+)` \|", DOCS, re.MULTILINE))
    assert {(str(status), code.value) for code, status in STATUS.items()} <= table
    assert {code for _, code in table} == {code.value for code in STATUS}


@pytest.mark.parametrize(
    ("row", "limit"),
    [
        ("body", limits.MAX_BODY),
        ("body of a batch, inflated", limits.MAX_BATCH_BODY),
        ("a string in the metadata", limits.MAX_TEXT),
        ("name`, `session_id`, `user_id`, `event_id`, each metadata key", limits.KEY_LENGTH),
        ("nesting of the metadata", limits.MAX_DEPTH),
        ("fields of a project", limits.MAX_FIELDS),
    ],
)
def test_every_limit_is_the_one_enforced(row: str, limit: int) -> None:
    assert rows("Limits")[row].split()[0].rstrip(";") == f"{limit:,}"


def test_a_batch_is_as_long_as_is_told() -> None:
    assert f"{limits.MAX_BATCH:,} events" in rows("Limits")["body of a batch, inflated"]
    assert f"{limits.MAX_VALUES:,} values" in rows("Limits")["body of a batch, inflated"]
    assert f"up to {limits.MAX_BATCH:,} events in up to {limits.MAX_BATCH_BODY:,} bytes" in DOCS


def test_every_reason_is_told() -> None:
    assert all(f"`{reason.value}`" in DOCS for reason in Reason)


def test_every_plan_has_its_events() -> None:
    table = rows("Quota")
    for plan in PLANS.values():
        said = table[plan.code]
        assert said == f"{plan.events:,}" if plan.events else said in {"by agreement", "no limit"}
