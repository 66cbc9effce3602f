"""What the Dockerfile, compose.yaml and the systemd units say, read out of them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parents[2]
UNITS = PROJECT / "docs" / "deploy" / "systemd"
PROGRAMS = ("web", "worker", "topics", "cron")


def compose(settings: Mapping[str, str]) -> dict[str, Any]:
    """compose.yaml with `${NAME:-default}` and `${NAME:?reason}` filled in, as Compose does."""

    def fill(found: re.Match[str]) -> str:
        name, operator, word = found.groups()
        if operator == ":?":
            return settings[name]
        return settings.get(name) or word

    text = (PROJECT / "compose.yaml").read_text()
    filled: dict[str, Any] = yaml.safe_load(re.sub(r"\$\{(\w+)(:[-?])([^}]*)\}", fill, text))
    return filled


def unit(program: str) -> ConfigParser:
    found = ConfigParser(interpolation=None, strict=False)
    found.optionxform = str  # type: ignore[assignment,method-assign]
    instance = "@" if program == "worker" else ""
    found.read_string((UNITS / f"turret-{program}{instance}.service").read_text())
    return found


def unit_command(program: str) -> list[str]:
    """What a unit runs, as its folder would have it called."""
    service = unit(program)["Service"]
    command = shlex.split(service["ExecStart"])
    return [command[0].removeprefix(f"{service['WorkingDirectory']}/"), *command[1:]]


def dockerfile() -> list[tuple[str, str]]:
    """Its instructions: name and argument."""
    text = (PROJECT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines)]


def instruction(name: str, containing: str = "") -> str:
    """The one instruction of a name that holds some words."""
    [found] = [rest for each, rest in dockerfile() if each == name and containing in rest]
    return found


def image_environment() -> dict[str, str]:
    return dict(part.split("=", 1) for part in shlex.split(instruction("ENV")))


def image_sources() -> list[str]:
    """What .dockerignore lets through; it excludes everything and names exceptions."""
    lines = (PROJECT / ".dockerignore").read_text().splitlines()
    return [line[1:] for line in lines if line.startswith("!")]
