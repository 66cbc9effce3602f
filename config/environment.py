"""Settings as the environment gives them, checked; what is wrong with one is said in one line.

Any of them may lie in a file: `SECRET_KEY_FILE` names the one that holds `SECRET_KEY`. Blanks
around a value are dropped, and an empty one counts as unset.
"""

import os
import re
import sys
from collections.abc import Callable, Collection, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import NoReturn, TypeVar

T = TypeVar("T")

EXIT_STATUS = 78
"""Of a program that a setting keeps from starting: EX_CONFIG of sysexits.h."""

TRUE, FALSE = ("true", "1", "yes", "on"), ("false", "0", "no", "off")

_LONGEST_SHOWN = 60


class Misconfigured(Exception):
    """A setting that cannot be; the message names it and says what it may be."""


def stop(error: Misconfigured) -> NoReturn:
    """End the program."""
    print(f"turret: {error}", file=sys.stderr)
    sys.exit(EXIT_STATUS)


def text(name: str, default: str = "") -> str:
    """The value of a variable, or of the file that another one names. Raises Misconfigured."""
    value = os.environ.get(name, "").strip()
    path = os.environ.get(f"{name}_FILE", "").strip()
    if not path:
        return value or default
    if value:
        raise Misconfigured(f"{name} and {name}_FILE are both set: set one of them")
    try:
        value = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise Misconfigured(f"{name}_FILE={shown(path)}: cannot be read ({reason})") from error
    if not value:
        raise Misconfigured(f"{name}_FILE={shown(path)}: the file is empty")
    return value


def checked(
    name: str,
    parse: Callable[[str], T],
    expected: str,
    default: str = "",
    show: Callable[[str], str] | None = None,
) -> T:
    """What `parse` makes of a value. Where it raises ValueError, Misconfigured says why.

    The message shows the value by `show`, for those that hold secrets.
    """
    value = text(name, default)
    try:
        return parse(value)
    except ValueError as error:
        raise Misconfigured(f"{name}={(show or shown)(value)}: it must be {expected}") from error


def number(name: str, default: int, least: int, most: int) -> int:
    def parse(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,18}", value) or not least <= int(value) <= most:
            raise ValueError
        return int(value)

    return checked(name, parse, f"a number from {least} to {most}", str(default))


def boolean(name: str, default: bool) -> bool:
    def parse(value: str) -> bool:
        if value.lower() not in (*TRUE, *FALSE):
            raise ValueError
        return value.lower() in TRUE

    return checked(name, parse, "true or false", str(default))


def address(name: str, default: str) -> IPv4Address | IPv6Address:
    """An IP address to listen on."""
    return checked(name, ip_address, "like 127.0.0.1 or 0.0.0.0", default)


def choice(name: str, default: str, among: Collection[str]) -> str:
    """One of `among`, whatever the case that it is written in."""
    folded = {each.lower(): each for each in among}

    def parse(value: str) -> str:
        if value.lower() not in folded:
            raise ValueError
        return folded[value.lower()]

    return checked(name, parse, f"one of {', '.join(among)}", default)


def several(name: str, parse: Callable[[str], T], expected: str) -> list[T]:
    """Values between commas, each as `parse` reads it."""

    def parse_all(value: str) -> list[T]:
        return [parse(part.strip()) for part in value.split(",") if part.strip()]

    return checked(name, parse_all, expected)


def numbers(name: str, default: Mapping[str, int], among: Collection[str]) -> dict[str, int]:
    """`name=number` between commas, its names from `among`; one left out has its default."""

    def parse(part: str) -> tuple[str, int]:
        key, _, value = (each.strip() for each in part.partition("="))
        if key not in among or not re.fullmatch(r"[0-9]{1,9}", value):
            raise ValueError
        return key, int(value)

    expected = f"like {','.join(f'{key}={value}' for key, value in default.items())}"
    return {**default, **dict(several(name, parse, expected))}


def secret(name: str, least: int = 1) -> str:
    """A secret of some length, or an empty string. Raises Misconfigured, which does not show it."""

    def parse(value: str) -> str:
        if value and not re.fullmatch(rf"[!-~]{{{least},}}", value):
            raise ValueError
        return value

    expected = f"at least {least} letters, digits and signs without blanks"
    return checked(name, parse, expected, show=hidden)


def shown(value: str) -> str:
    """A value as a message may carry it: one line, not too long."""
    line = "".join(letter if letter.isprintable() else "?" for letter in value)
    return line if len(line) <= _LONGEST_SHOWN else f"{line[:_LONGEST_SHOWN]}…"


def hidden(value: str) -> str:
    """What a message says instead of a secret."""
    return f"({len(value)} characters, not shown)"


def shown_url(value: str) -> str:
    """A URL without its user, password and query; nothing of what is no URL."""
    scheme, mark, rest = value.partition("://")
    if not mark or not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme):
        return hidden(value)
    place = rest.rpartition("@")[2].partition("?")[0]
    return shown(f"{scheme}://{'…@' if '@' in rest else ''}{place}")
