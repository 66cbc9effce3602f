"""Commands on a database without tables: an embedded one gets them, another is its operator's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg

from config import embedded

PROJECT = Path(__file__).resolve().parents[2]


def create_tenant(folder: Path, name: str, database: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "manage.py", "create_tenant", "--organization", name]
    command += ["--email", f"{name}@example.com", "--password", "correct horse battery"]
    stores = {"TURRET_DATA_DIR": str(folder), "DATABASE_URL": database, "REDIS_URL": ""}
    return subprocess.Popen(
        command,
        cwd=PROJECT,
        env={**os.environ, **stores},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_first_commands_on_a_new_data_folder_make_its_tables(tmp_path: Path) -> None:
    commands = {name: create_tenant(tmp_path, name) for name in ("inkwell", "rival")}
    for name, command in commands.items():
        said, complained = command.communicate(timeout=120)
        assert command.returncode == 0, complained
        assert json.loads(said)["organization"] == name


def test_a_database_elsewhere_is_left_to_its_operator(tmp_path: Path) -> None:
    with embedded.servers(tmp_path / "elsewhere", redis=False) as found:
        command = create_tenant(tmp_path, "inkwell", found.database_url)
        _, complained = command.communicate(timeout=120)
        assert command.returncode == 1
        assert complained.splitlines()[-1].endswith("does not exist: run manage.py migrate")
        with psycopg.connect(found.database_url) as connection:
            tables = connection.execute(
                "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
            )
            assert tables.fetchone() == (0,)
