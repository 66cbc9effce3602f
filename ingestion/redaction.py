"""Mask what identifies a person, or opens a door, in a text. Pure; no Django.

For texts that leave the machine and, where a project wants it, before its events are stored. What
is found becomes a word in brackets that says what stood there: a reader still understands "I never
got the mail to [email]".

It is a net, not a proof: a name, a street or a number in words passes. Where a number might be
several things its form decides, or the word before it; a version, a date, a price or an order
number stays. Every pattern is bounded or begins where nothing like it stood before, so the time
grows with the length of the text, whatever the text is.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from itertools import accumulate
from typing import Any

_PASSES = 3
"""A mask may part what stood together, and show what the first pass took for one thing."""

_EMAIL = re.compile(
    r"[\w.%+'-]{1,64}@(?:[\w-]{1,63}\.){1,8}(?:xn--[\w-]{1,59}|[^\W\d_]{2,24})(?!\w)"
)

_KNOWN_SECRET = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]*+(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?"
    r"|\beyJ[\w-]{8,}+(?:\.[\w-]{4,}+){1,2}"
    r"|\b(?:sk|pk|rk|tur|ghp|gho|ghu|ghs|ghr|github_pat|glpat|hf|npm|pypi|xox[abeprs])[-_]"
    r"[\w-]{16,}+"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\bAIza[\w-]{30,}+"
    r"|\bSG\.[\w-]{16,}+\.[\w-]{16,}+"
    r"|\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"
)
_NAMED_SECRET = re.compile(
    r"\b(api[ _-]?key|access[ _-]?key|token|secret|password|passwd|pwd|bearer)"
    r"(\s{0,3}[:=]\s{0,3}[\"']?|\s)(?=[^\s\"']{0,200}[0-9])([^\s\"',;<>\[\]]{6,})",
    re.IGNORECASE,
)
_RANDOM = re.compile(r"(?<![A-Za-z0-9_+/=-])[A-Za-z0-9_+/=-]{20,}+")
_LETTER_BY_DIGIT = re.compile(r"(?<=[0-9])(?=[A-Za-z])|(?<=[A-Za-z])(?=[0-9])")
_MIXED = 4
"""Places where a letter stands by a digit, from which a long word is one that nobody chose."""

_IPV4 = re.compile(r"(?<![\w.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?!\w|\.[0-9])")
_IPV6 = re.compile(r"(?<![\w:.])[0-9a-fA-F:]{6,39}(?![\w:])")
_VERSION = re.compile(r"(?:version|ver|release|build|v)[ .:]{0,2}$", re.IGNORECASE)

_SSN = re.compile(r"(?<![\w-])(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}(?![\w-])")
_NAMED_SSN = re.compile(
    r"(?<![^\W\d_])(ssn|social security(?: number| no\.?)?)([ :#]{1,3}(?:is )?)"
    r"[0-9]{3}[ -]?[0-9]{2}[ -]?[0-9]{4}(?![0-9])",
    re.IGNORECASE,
)

_DIGIT_GROUPS = re.compile(r"(?<![0-9])[0-9]++(?:[ -][0-9]++)*+")
_GROUP = re.compile("[0-9]+")
_CARD = range(13, 20)
"""Digits of a card's number."""
_CARD_BEGINS = re.compile("[3-6]|2[2-7]")
_CARD_GROUP = 6
"""Most digits that stand together in a card's number, where it is parted at all."""

_NUMBER = re.compile(r"(?:\+\(?|(?<![\w.,/#$€£-])\(?)[0-9][0-9 ().\-/\u2010-\u2013]{5,}+")
_CUED = re.compile(
    r"\b(?:phone|tel|call|mobile|mobil|cell|whats ?app|sms|text me|fax|handy|telefon|móvil|"
    r"teléfono|téléphone|my number|reach me|ring me)[^\n0-9\[\]]{0,16}$",
    re.IGNORECASE,
)
_NORTH_AMERICAN = re.compile(
    r"(?<![\w.,/#$€£-])(?:\+?1[ .-]?)?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .-])"
    r"[2-9][0-9]{2}[ .-][0-9]{4}(?![\w]|[./-][0-9])"
)
_NATIONAL = re.compile(r"\(?0[1-9][0-9]{0,4}\)?(?:[ /-][0-9]{2,8}){1,4}")
_DATE = re.compile(
    r"(?<![0-9])(?:[0-9]{4}([./-])[0-9]{1,2}\1[0-9]{1,2}"
    r"|[0-9]{1,2}([./-])[0-9]{1,2}\2(?:[0-9]{4}|[0-9]{2}))(?![0-9])"
)
_ABROAD = range(8, 16)
"""Digits of a number with its country's."""
_LOCAL = range(7, 13)


def redact(text: str) -> str:
    """Return a text with e-mail, card, phone, IP and US social security numbers and secrets masked.

    Never raises. Masking what is masked changes nothing. A mask is at most one character longer
    than what it stands for.
    """
    for _ in range(_PASSES):
        before = text
        for mask in _MASKS:
            text = mask(text)
        if text == before:
            break
    return text


def redact_values(value: Any) -> Any:
    """Return what was decoded from JSON with every string in it redacted. Keys stay."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: redact_values(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [redact_values(inner) for inner in value]
    return value


def _emails(text: str) -> str:
    return _EMAIL.sub("[email]", text) if "@" in text else text


def _secrets(text: str) -> str:
    text = _KNOWN_SECRET.sub("[secret]", text)
    text = _NAMED_SECRET.sub(r"\1\2[secret]", text)
    return _RANDOM.sub(_random, text)


def _random(match: re.Match[str]) -> str:
    found = match[0]
    mixed = sum(1 for _ in _LETTER_BY_DIGIT.finditer(found))
    return "[secret]" if mixed >= _MIXED else found


def _addresses(text: str) -> str:
    return _IPV6.sub(_ipv6, _IPV4.sub(_ipv4, text))


def _ipv4(match: re.Match[str]) -> str:
    before = match.string[max(0, match.start() - 12) : match.start()]
    found = match[0]
    return found if _VERSION.search(before) or not _is_address(found) else "[ip]"


def _ipv6(match: re.Match[str]) -> str:
    found = match[0]
    return "[ip]" if found.count(":") > 1 and _is_address(found) else found


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _social_security(text: str) -> str:
    return _NAMED_SSN.sub(r"\1\2[ssn]", _SSN.sub("[ssn]", text))


def _cards(text: str) -> str:
    return _DIGIT_GROUPS.sub(_card, text)


def _card(match: re.Match[str]) -> str:
    """Mask each card's number in groups of digits, which may hold an order number before it."""
    run = match[0]
    if len(run) < _CARD.start:
        return run
    groups = list(_GROUP.finditer(run))
    digits = "".join(group[0] for group in groups)
    starts = [0, *accumulate(len(group[0]) for group in groups)]
    sums = _luhn_sums(digits)
    kept: list[str] = []
    done = at = 0
    while at < len(groups):
        begins = _CARD_BEGINS.match(digits, starts[at])
        last = _end_of_card(starts, sums, at) if begins else None
        if last is None:
            at += 1
            continue
        kept += [run[done : groups[at].start()], "[card]"]
        done, at = groups[last].end(), last + 1
    return "".join([*kept, run[done:]])


def _end_of_card(starts: list[int], sums: _Sums, first: int) -> int | None:
    """The last group of the card's number that begins with the group `first`, if one does.

    Group n is of the digits from `starts[n]` up to `starts[n + 1]`.
    """
    begin, found = starts[first], None
    for last in range(first, len(starts) - 1):
        end = starts[last + 1]
        if end - begin >= _CARD.stop:
            break
        if last > first and end - starts[last] > _CARD_GROUP:
            break
        if end - begin in _CARD and _passes_luhn(sums, begin, end):
            found = last
        if last == first and end - begin > _CARD_GROUP:
            break
    return found


_Sums = tuple[list[int], list[int]]
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
"""What Luhn's check counts for a digit that is doubled."""


def _luhn_sums(digits: str) -> _Sums:
    """Of the first n digits, for each n: where those at even places are doubled, those at odd ones.

    With them any part of the digits is checked by one subtraction.
    """
    values = [int(digit) for digit in digits]
    even = [_DOUBLED[value] if place % 2 == 0 else value for place, value in enumerate(values)]
    odd = [_DOUBLED[value] if place % 2 else value for place, value in enumerate(values)]
    return [0, *accumulate(even)], [0, *accumulate(odd)]


def _passes_luhn(sums: _Sums, begin: int, end: int) -> bool:
    """Whether the digits from `begin` up to `end` do: the last but one is doubled."""
    totals = sums[end % 2]
    return (totals[end] - totals[begin]) % 10 == 0


def _north_american_phones(text: str) -> str:
    return _NORTH_AMERICAN.sub("[phone]", text)


def _phones(text: str) -> str:
    return _NUMBER.sub(_phone, text)


def _phone(match: re.Match[str]) -> str:
    run = match[0]
    number = run.rstrip(" ().-/\u2010\u2011\u2012\u2013")
    if number.count("(") > number.count(")") and run[len(number) :].startswith(")"):
        number += ")"
    follower = match.string[match.start() + len(number) : match.start() + len(number) + 1]
    if follower.isalnum() or not _is_phone(number, match.string[: match.start()][-40:]):
        return run
    return f"[phone]{run[len(number) :]}"


def _is_phone(number: str, before: str) -> bool:
    digits = sum(map(str.isdigit, number))
    plain = re.sub("[\u2010-\u2013]", "-", number)
    if plain.startswith(("+", "(+")):
        return digits in _ABROAD
    if _DATE.search(plain):
        return False
    if _NATIONAL.fullmatch(plain) and digits in range(9, 13):
        return True
    if re.match("00[1-9]", plain) and re.search("[ /-]", plain):
        return digits in range(10, 18)
    return digits in _LOCAL and bool(_CUED.search(before))


_MASKS: tuple[Callable[[str], str], ...] = (
    _emails,
    _secrets,
    _social_security,
    _addresses,
    _north_american_phones,
    _cards,
    _phones,
)
