"""``make run``'s process: comes up, survives a crash of its web server, leaves nothing behind."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.installation import Installation, eventually, processes
from config import environment
from config.serve import static_files


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shared, for collecting static files anew takes longer than all the rest."""
    return tmp_path_factory.mktemp("serve")


@pytest.fixture
def serving(folder: Path) -> Iterator[Installation]:
    run = Installation(folder)
    yield run
    if run.process.poll() is None:
        run.process.terminate()
        run.process.wait(60)


def test_it_survives_a_crash_of_the_web_server_and_ends_whole_on_sigterm(
    serving: Installation,
) -> None:
    assert eventually(serving.answers), serving.output()
    os.kill(serving.pid("granian"), signal.SIGKILL)
    assert serving.said("web exited (SIGKILL); restarted"), serving.output()
    assert eventually(serving.answers), serving.output()
    running = serving.ours()
    for words in ("granian", "rqworker events", "rqworker topics", "rqcron", "bin/postgres"):
        assert any(words in args for args in running.values()), words
    serving.process.terminate()
    assert serving.process.wait(30) == 0, serving.output()
    assert not serving.ours()
    assert not running.keys() & processes().keys()
    assert serving.output().splitlines()[-1] == "turret   | stopped"


def test_control_c_ends_it_whole(serving: Installation) -> None:
    assert eventually(serving.answers), serving.output()
    running = serving.ours()
    os.killpg(serving.process.pid, signal.SIGINT)
    assert serving.process.wait(30) == 0, serving.output()
    assert not running.keys() & processes().keys()


def test_control_c_while_it_prepares_ends_it_too(serving: Installation) -> None:
    assert eventually(lambda: any("migrate" in args for args in serving.ours().values()))
    os.killpg(serving.process.pid, signal.SIGINT)
    assert serving.process.wait(30) == 0, serving.output()
    assert not serving.ours()


def test_static_files_are_collected_anew_only_when_their_sources_changed(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "static").mkdir()
    for name in (*static_files.SETTINGS, "static/app.css"):
        (tmp_path / name).write_text("before")
    data = tmp_path / "var"
    for name in ("run", "static"):
        (data / name).mkdir(parents=True)
    before = static_files.signature(tmp_path)
    assert not static_files.collected(data, before)
    static_files.remember(data, before)
    assert not static_files.collected(data, before)  # the files themselves are not there
    (data / "static" / "staticfiles.json").touch()
    assert static_files.collected(data, static_files.signature(tmp_path))
    (tmp_path / "static" / "app.css").write_text("after!")
    assert not static_files.collected(data, static_files.signature(tmp_path))


def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        run = Installation(tmp_path, PORT=str(port))
        assert run.process.wait(30) == 1
    assert run.output().count("\n") == 1
    assert f"port {port} (Address already in use)" in run.output()
    assert not run.folder.exists()


def test_an_address_of_another_machine_is_one_clear_line(tmp_path: Path) -> None:
    run = Installation(tmp_path, HOST="203.0.113.9")
    assert run.process.wait(30) == 1
    assert run.output().count("\n") == 1
    assert "HOST has to be an address of this machine" in run.output()


@pytest.mark.parametrize(("name", "value"), [("PORT", "http"), ("WEB_WORKERS", "0")])
def test_a_setting_that_cannot_be_is_one_clear_line(tmp_path: Path, name: str, value: str) -> None:
    run = Installation(tmp_path, **{name: value})
    assert run.process.wait(30) == environment.EXIT_STATUS
    assert run.output().startswith(f"turret: {name}={value}: it must be a number from 1 to ")
    assert run.output().count("\n") == 1


def test_a_data_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    run = Installation(tmp_path, TURRET_DATA_DIR=str(tmp_path / "file" / "var"))
    assert run.process.wait(30) == 1
    assert "set TURRET_DATA_DIR to a folder of your own" in run.output()
    assert run.output().count("\n") == 1
