"""Commands on a database without tables: an embedded one gets them, another is its operator's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from config import embedded

PROJECT = Path(__file__).resolve().parents[2]


def create_tenant(folder: Path, name: str, database: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "manage.py", "create_tenant", "--organization", name]
    command += ["--email", f"{name}@example.com", "--password", "correct horse battery"]
    return subprocess.Popen(
        command,
        cwd=PROJECT,
        env=_environment(folder, database),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _environment(folder: Path, database: str = "") -> dict[str, str]:
    stores = {"TURRET_DATA_DIR": str(folder), "DATABASE_URL": database, "REDIS_URL": ""}
    return {**os.environ, **stores}


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


@pytest.fixture(scope="module")
def inkwell(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data folder, and the slug of the one project in it."""
    folder = tmp_path_factory.mktemp("inkwell")
    made = create_tenant(folder, "inkwell").communicate(timeout=120)[0]
    return folder, json.loads(made)["project"]


def test_an_argument_that_is_no_text_is_told_in_one_line(inkwell: tuple[Path, str]) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "receipts", "--project", b"caf\xe9"],
        cwd=PROJECT,
        env=_environment(inkwell[0]),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "turret: an argument is not in UTF-8\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has it")
def test_a_full_disk_is_told_in_one_line(inkwell: tuple[Path, str]) -> None:
    folder, project = inkwell
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "manage.py", "export_project", "--project", project],
            cwd=PROJECT,
            env=_environment(folder),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
        )
    assert done.returncode == 1
    assert done.stderr == "turret: cannot write: No space left on device\n"
