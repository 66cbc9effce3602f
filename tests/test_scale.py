"""What docs/scale.md and docs/capacity.md say holds, and docs/citus.sql spreads every table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from django.db import connection

from accounts import services
from clustering.models import Occurrence, Text, Topic
from clustering.privacy.deletion import delete_events
from clustering.texts import extraction
from ingestion.deletion import events_of_user
from ingestion.models import Event, Field
from tests.clustering.messages import send

DOCS = Path(__file__).parent.parent / "docs"

STAYS_ON_THE_COORDINATOR = {
    "axes_accessattempt",
    "axes_accessattemptexpiration",
    "axes_accessfailurelog",
    "axes_accesslog",
    "django_migrations",
}

# The two functions, refusing what Citus refuses: its manual under "Creating and modifying
# distributed objects".
_CITUS = """
CREATE TABLE citus_tables (name regclass PRIMARY KEY, place serial, is_distributed boolean);

CREATE FUNCTION create_reference_table(table_name regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM pg_constraint LEFT JOIN citus_tables ON name = confrelid
    WHERE contype = 'f' AND conrelid = table_name AND confrelid <> conrelid
      AND is_distributed IS NOT false
  ) THEN
    RAISE 'a foreign key of % leads to no reference table', table_name;
  END IF;
  INSERT INTO citus_tables (name, is_distributed) VALUES (table_name, false);
END $$;

CREATE FUNCTION create_distributed_table(
  table_name regclass, distribution_column text, colocate_with text
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  key smallint;
BEGIN
  SELECT attnum INTO STRICT key FROM pg_attribute
  WHERE attrelid = table_name AND attname = distribution_column AND attnotnull;
  IF EXISTS (
    SELECT FROM pg_index WHERE indrelid = table_name AND indisunique AND indkey[0] <> key
  ) THEN
    RAISE 'something unique in % does not begin with %', table_name, distribution_column;
  END IF;
  IF EXISTS (
    SELECT FROM pg_constraint LEFT JOIN citus_tables ON name = confrelid
    WHERE contype = 'f' AND conrelid = table_name AND is_distributed IS NOT false
  ) THEN
    RAISE 'a foreign key of % leads to no reference table', table_name;
  END IF;
  IF EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND confrelid = table_name) THEN
    RAISE 'a foreign key leads to %', table_name;
  END IF;
  INSERT INTO citus_tables (name, is_distributed) VALUES (table_name, true);
END $$;
"""


@pytest.fixture
def spread(db: None) -> None:
    """The schema as docs/citus.sql leaves it; with the test it is rolled back."""
    with connection.cursor() as cursor:
        cursor.execute(_CITUS)
        cursor.execute((DOCS / "citus.sql").read_text())


def test_every_table_has_a_place_on_a_cluster(spread: None) -> None:
    tables = "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
    tables += " WHERE relkind IN ('r', 'p') AND nspname = 'public' AND relname <> 'citus_tables'"
    placed = _names("SELECT name::text FROM citus_tables")

    assert not placed & STAYS_ON_THE_COORDINATOR
    assert _names(tables) == placed | STAYS_ON_THE_COORDINATOR


def test_every_table_of_a_project_is_distributed_but_the_small_ones_of_accounts(
    spread: None,
) -> None:
    with_project = _names(
        "SELECT attrelid::regclass::text FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
        " WHERE attname = 'project_id' AND relkind = 'r' AND relpersistence = 'p'"
    )
    accounts = {name for name in with_project if name.startswith(("accounts_", "billing_"))}

    assert accounts == {
        "accounts_apikey",
        "accounts_auditentry",
        "accounts_weeklyemail",
        "billing_llmusage",
    }
    distributed = _names("SELECT name::text FROM citus_tables WHERE is_distributed")
    assert distributed == with_project - accounts


def test_foreign_keys_among_distributed_tables_carry_the_project(spread: None) -> None:
    carrying = _names(
        "SELECT conname FROM pg_constraint JOIN citus_tables ON name = confrelid AND is_distributed"
        " JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]"
        " WHERE contype = 'f' AND attname = 'project_id' AND cardinality(conkey) = 2"
    )
    every = _names(
        "SELECT conname FROM pg_constraint JOIN citus_tables ON name = confrelid AND is_distributed"
        " WHERE contype = 'f'"
    )

    assert len(every) > 10
    assert carrying == every


def test_turret_runs_on_such_a_schema(spread: None) -> None:
    project = services.sign_up("owner@example.com", "correct horse battery", "Inkwell").project
    send(project, ["Where is my parcel?", "Where is my parcel?", "Refund me"])
    extraction.extract(project)
    assert Text.objects.filter(project=project).count() == 2
    field = Field.objects.get(project=project, key="prompt")
    topic = Topic.objects.create(project=project, field=field, threshold=0.5)
    Text.objects.filter(project=project).update(topic=topic)

    user = Event.objects.filter(project=project).earliest("pk").user_id
    delete_events(project, events_of_user(project, user, 10))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    assert not Occurrence.objects.filter(project=project, event__user_id=user).exists()


LARGE = [
    "ingestion_event",
    "ingestion_pendingevent",
    "clustering_text",
    "clustering_embedding",
    "clustering_occurrence",
]


@pytest.mark.django_db
def test_each_index_of_a_large_table_stands_in_the_docs_with_its_reader() -> None:
    listed = re.findall(r"^\| `(\w+)` \|.*\|.*\|$", _section("Indexes"), re.MULTILINE)
    indexes = _names(
        "SELECT regexp_replace(indexrelid::regclass::text, '_[0-9a-f]{8}$', '')"
        " FROM pg_index JOIN pg_class ON pg_class.oid = indrelid WHERE relname = ANY(%s)",
        LARGE,
    )

    assert sorted(listed) == sorted(indexes)


@pytest.mark.django_db
def test_no_deletion_of_a_text_or_an_event_makes_a_check_read_a_whole_table() -> None:
    unaided = _names(
        "SELECT conname FROM pg_constraint JOIN pg_class ON pg_class.oid = confrelid"
        " WHERE contype = 'f' AND relname = ANY(%s) AND NOT EXISTS ("
        "  SELECT FROM pg_index WHERE indrelid = conrelid AND indkey[0] = conkey[1])",
        LARGE,
    )

    assert unaided == set()


@pytest.mark.django_db
def test_autovacuum_looks_at_the_large_tables_when_the_docs_say() -> None:
    documented = {
        f"{table}: {name}={share}"
        for table, *shares in re.findall(
            r"^\| `(\w+)` \| ([\d.]+) \| ([\d.]+).* \| ([\d.]+) \|$",
            _section("Vacuum"),
            re.MULTILINE,
        )
        for name, share in zip(SHARES, shares, strict=True)
        if share != DEFAULTS[name]
    }

    assert documented == _names(
        "SELECT relname || ': ' || setting FROM pg_class, unnest(reloptions) AS setting"
        " WHERE relname = ANY(%s) AND setting LIKE 'autovacuum%%'",
        LARGE,
    )


SHARES = (
    "autovacuum_vacuum_scale_factor",
    "autovacuum_vacuum_insert_scale_factor",
    "autovacuum_analyze_scale_factor",
)
DEFAULTS = dict(zip(SHARES, ("0.2", "0.2", "0.1"), strict=True))


def test_metrics_to_watch_exist() -> None:
    named = set(re.findall(r"turret_[a-z_]+", (DOCS / "capacity.md").read_text()))
    operations = (DOCS / "operations.md").read_text()
    listed = set(re.findall(r"turret_[a-z_]+", operations))

    assert named
    assert {name.removesuffix("_bucket") for name in named} <= listed


def _section(title: str) -> str:
    text = (DOCS / "scale.md").read_text()
    return text.split(f"### {title}\n")[1].split("\n## ")[0].split("\n### ")[0]


def _names(query: str, tables: Sequence[str] | None = None) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(query, None if tables is None else [list(tables)])
        return {name for (name,) in cursor.fetchall()}
