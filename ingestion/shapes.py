"""What a single metadata value looks like. Pure; no Django."""

from __future__ import annotations

import math
import re
from enum import StrEnum

from ingestion.metadata import Scalar


class Shape(StrEnum):
    """The shape of a value; the names are shown to people, in the plural."""

    BOOLEAN = "yes-or-no values"
    NUMBER = "numbers"
    UUID = "UUIDs"
    HASH = "hashes"
    TIME = "times"
    URL = "URLs"
    EMAIL = "e-mail addresses"
    ADDRESS = "network addresses"
    PHONE = "phone numbers"
    POSITION = "coordinates"
    FILE = "file names"
    JSON = "JSON"
    CODE = "codes of digits"
    VERSION = "versions"
    LOCALE = "language codes"
    IDENTIFIER = "identifiers"
    WORD = "single words"
    PHRASE = "phrases"


OPAQUE = frozenset({Shape.UUID, Shape.HASH, Shape.TIME})
"""What no person types as a message, whatever the key is called."""

MACHINE = OPAQUE | {
    Shape.URL,
    Shape.EMAIL,
    Shape.ADDRESS,
    Shape.PHONE,
    Shape.POSITION,
    Shape.FILE,
    Shape.JSON,
    Shape.CODE,
    Shape.VERSION,
    Shape.LOCALE,
    Shape.IDENTIFIER,
}
"""What programs write."""

_BOOLEANS = frozenset({"true", "false", "yes", "no", "on", "off"})
_NOTHING = frozenset({"null", "none", "nil", "nan", "undefined", "n/a", "na", "-", "--", "?"})
_CURRENCY = r"[$£€¥₹₩₽₺]|USD|EUR|GBP|JPY|CHF|INR|CNY|CAD|AUD|BRL|SEK|PLN"
_UNIT = r"%|ms|[kmgt]i?b|kg|km|px"
_NUMBER = re.compile(
    rf"[+-]?(({_CURRENCY})\s?)?[+-]?"
    r"((0|[1-9]\d*)(\.\d*)?|\.\d+|[1-9]\d{0,2}(,\d{3})+(\.\d+)?"
    r"|(0|[1-9]\d{0,2}(\.?\d{3})*),\d+)"
    rf"([eE][+-]?\d+)?(\s?({_CURRENCY}|{_UNIT}))?",
    re.ASCII | re.IGNORECASE,
)
"""With a currency or a unit, and with the separators of English or of continental Europe."""

_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_WEEKDAY = r"(mon|tue|wed|thu|fri|sat|sun)[a-z]*"
_FILE_TYPES = (
    "pdf|docx?|xlsx?|pptx?|odt|csv|tsv|txt|md|rtf|json|xml|ya?ml|html?|log|sql|parquet|ipynb|py|js|ts"
    "|png|jpe?g|gif|webp|svg|heic|bmp|mp3|m4a|wav|mp4|mov|webm|zip|tar|gz|7z|exe|dmg|apk"
)
_PATTERNS = (
    (Shape.UUID, r"\{?[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\}?"),
    (Shape.HASH, r"(sha\d+:)?[0-9a-f]{16,}"),
    (Shape.TIME, r"\d{4}-\d\d?-\d\d?([T ]\d\d?:\d\d.*)?"),
    (Shape.TIME, r"\d\d?[/.]\d\d?[/.]\d{2,4}|\d\d?:\d\d(:\d\d)?"),
    (
        Shape.TIME,
        rf"({_WEEKDAY},? )?(\d\d? {_MONTH}|{_MONTH} \d\d?,?) \d{{4}}( \d\d?:\d\d.*)?",
    ),
    (Shape.JSON, r"\{\s*\"[^\"]*\"\s*:.*|\[\s*(\{\s*)?\".*|\[[\[\]\s\d.,-]*|\{\s*\}"),
    (Shape.URL, r"data:[\w/+.-]*[;,]\S*|[a-z][a-z0-9+.-]*://\S+|www\.\S+|/[\w./%~?&=#:-]*"),
    (Shape.EMAIL, r"[^\s@]+@[^\s@]+\.[a-z]{2,}"),
    (Shape.ADDRESS, r"(\d{1,3}\.){3}\d{1,3}(:\d+)?|([0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}"),
    (Shape.CODE, r"0\d+"),
    (Shape.PHONE, r"(?=(\D*\d){7,15}\D*$)(\+\d|\(\d|\d+ )[\d ()./-]*"),
    (Shape.POSITION, r"-?\d{1,3}\.\d+\s*[,;]\s*-?\d{1,3}\.\d+"),
    (Shape.FILE, rf"[^\n]{{1,150}}\.({_FILE_TYPES})"),
    (Shape.VERSION, r"v?\d+(\.\d+){1,3}([-+.][\w.+-]*)?|v\d+"),
    (Shape.LOCALE, r"[a-z]{2}([-_][a-z]{2,4}){1,2}"),
    (Shape.IDENTIFIER, r"(?=\S*[\d_])[\w.:/+=-]+|[a-z]+([-.:][a-z]+)+|[\w-]{20,}"),
)
_SHAPES = [
    (shape, re.compile(text, re.IGNORECASE | re.ASCII | re.DOTALL)) for shape, text in _PATTERNS
]
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
# Scripts written without spaces: kana, CJK, Thai, Lao, Khmer, Burmese.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
)
_LETTERS_A_WORD = 2


def shape_of(value: Scalar) -> Shape:
    """Return the shape of a value that is not blank."""
    if isinstance(value, bool):
        return Shape.BOOLEAN
    if isinstance(value, int | float):
        return Shape.NUMBER
    text = value.strip()
    if text.lower() in _BOOLEANS:
        return Shape.BOOLEAN
    if _NUMBER.fullmatch(text):
        return Shape.NUMBER
    for shape, pattern in _SHAPES:
        if pattern.fullmatch(text):
            return shape
    return Shape.PHRASE if words_in(text) > 1 else Shape.WORD


def says_nothing(value: Scalar) -> bool:
    """Whether a value stands for none, as programs and people write it."""
    return isinstance(value, str) and value.strip().lower() in _NOTHING


def words_in(value: Scalar) -> int:
    """Return the number of words; in scripts without spaces, two characters count as one."""
    if not isinstance(value, str):
        return 1
    unspaced = len(_UNSPACED.findall(value))
    if not unspaced:
        return len(_WORD.findall(value))
    return math.ceil(unspaced / _LETTERS_A_WORD) + len(_WORD.findall(_UNSPACED.sub(" ", value)))
