"""Set-up: does what changed and no more, falls back, and starts over after an interruption."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from config import install
from config.install import InstallError

Steps = list[str]


@pytest.fixture
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Steps:
    """The titles of the steps that a set-up takes in a project of its own; none is really run."""
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["torch==2.13.0"]\n')
    (tmp_path / "requirements.lock").write_text("django==5.2 \\\n    --hash=sha256:00\nrq==3.0\n")
    (tmp_path / "requirements-dev.lock").write_text("ruff==0.17\n")
    venv = tmp_path / ".venv"
    monkeypatch.delenv("TORCH", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(install, "PROJECT", tmp_path)
    monkeypatch.setattr(install, "VENV", venv)
    monkeypatch.setattr(install, "PYTHON", venv / "bin" / "python")
    monkeypatch.setattr(install, "STAMP", venv / "turret.json")
    monkeypatch.setattr(install, "_warm_up", lambda: None)
    taken: Steps = []

    def step(
        title: str, command: Sequence[str], *, fresh: bool = False, quiet: bool = False
    ) -> None:
        taken.append(title)
        if fresh:
            (venv / "bin").mkdir(parents=True, exist_ok=True)
            (venv / "bin" / "python").touch()

    monkeypatch.setattr(install, "_step", step)
    return taken


def test_the_first_set_up_takes_every_step_and_the_second_none(steps: Steps) -> None:
    install.install(dev=False)
    assert steps == [
        "Python environment",
        "torch==2.13.0+cpu (large)",
        "installer",
        "2 packages",
    ]
    steps.clear()
    install.install(dev=False)
    assert steps == []


def test_only_what_changed_is_installed(steps: Steps, tmp_path: Path) -> None:
    install.install(dev=False)
    steps.clear()
    install.install(dev=True)
    assert steps == ["installer", "1 packages"]
    steps.clear()
    (tmp_path / "requirements.lock").write_text("django==5.3\nrq==3.0\nredis==8.0\n")
    install.install(dev=True)
    assert steps == ["installer", "3 packages"]


def test_torch_is_the_cpu_build_on_linux_and_the_only_build_elsewhere(
    steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert install._torch("") == "torch==2.13.0+cpu"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert install._torch("") == "torch==2.13.0"


def test_a_chosen_torch_stays_until_the_version_changes(
    steps: Steps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH", "torch==2.13.0")
    install.install(dev=False)
    monkeypatch.delenv("TORCH")
    steps.clear()
    install.install(dev=False)
    assert steps == []
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["torch==2.14.0"]\n')
    install.install(dev=False)
    assert steps == ["torch==2.14.0+cpu (large)"]


def failing(monkeypatch: pytest.MonkeyPatch, title: str) -> None:
    """Make the step of this title fail."""
    take = install._step

    def step(
        name: str, command: Sequence[str], *, fresh: bool = False, quiet: bool = False
    ) -> None:
        take(name, command, fresh=fresh, quiet=quiet)
        if name == title:
            raise InstallError(title)

    monkeypatch.setattr(install, "_step", step)


@pytest.mark.parametrize("broken", ["installer", "2 packages"])
def test_pip_installs_where_uv_cannot(
    steps: Steps, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    failing(monkeypatch, broken)
    install.install(dev=False)
    assert steps[-1] == "2 packages with pip"


def test_a_set_up_that_failed_starts_over(steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    install.install(dev=False)
    with monkeypatch.context() as patch:
        failing(patch, "1 packages")
        failing(patch, "1 packages with pip")
        with pytest.raises(InstallError):
            install.install(dev=True)
    steps.clear()
    install.install(dev=True)
    assert steps[0] == "Python environment"
    assert steps[-1] == "3 packages"


def test_a_failed_step_shows_the_end_of_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "LOG", tmp_path / "log")
    command = [sys.executable, "-c", "print('no matching distribution'); raise SystemExit(1)"]
    with pytest.raises(InstallError, match=f"no matching distribution\nThe whole log: {tmp_path}"):
        install._step("torch", command)
