"""The style sheet's colours can be read, and no page needs what the CSP forbids."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

CSS = (Path(settings.BASE_DIR) / "static/turret/turret.css").read_text()
TEMPLATES = sorted(
    path
    for path in (Path(settings.BASE_DIR) / "templates").rglob("*.html")
    if path.parent.name != "email"  # no style sheet reaches an e-mail, and no CSP
)
GROUNDS = ("ground", "surface", "sunken")
TEXT_PAIRS = [
    *((text, ground) for text in ("ink", "ink-muted", "accent", "danger") for ground in GROUNDS),
    *((tone, f"{tone}-soft") for tone in ("danger", "warning", "success", "info", "violet")),
    ("accent", "accent-soft"),
    ("ink", "accent-soft"),
    ("on-accent", "accent"),
    ("on-accent", "accent-hover"),
    ("on-danger", "danger"),
    ("success", "surface"),
]
SHAPE_PAIRS = [
    ("line-strong", "surface"),
    *((f"series-{number}", "surface") for number in range(1, 7)),
]


def tokens() -> list[tuple[str, dict[str, str]]]:
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
        for block in re.findall(r":root \{(.*?)\n\s*\}", CSS, re.DOTALL)
    )
    return [("light", light), ("dark", dark)]


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("scheme", "colours"), tokens(), ids=lambda value: str(value)[:5])
@pytest.mark.parametrize(("pairs", "least"), [(TEXT_PAIRS, 4.5), (SHAPE_PAIRS, 3.0)])
def test_contrast_is_enough(
    scheme: str, colours: dict[str, str], pairs: list[tuple[str, str]], least: float
) -> None:
    ratios = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in pairs}

    assert {pair: ratio for pair, ratio in ratios.items() if ratio < least} == {}


def test_both_schemes_define_the_same_colours() -> None:
    light, dark = (set(colours) for _, colours in tokens())
    assert light == dark
    assert len(light) > 25


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_an_inline_style_or_script(template: Path) -> None:
    html = template.read_text()

    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|hx-on|javascript:", html)
    assert not re.search(r"<script(?![^>]*\ssrc=)", html)
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", html)
