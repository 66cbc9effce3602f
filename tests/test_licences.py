"""The licences of what is installed with Turret: permissive, or named in docs/dependencies.md."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PERMISSIVE = re.compile(
    r"\b(MIT|BSD|0BSD|Apache|ISC|ISCL|PSF|Unlicense|Zlib|CC0|BSL|CNRI|Python Software)",
    re.IGNORECASE,
)
RESTRICTED = re.compile(
    r"\b(A?GPL|LGPL|GNU|MPL|Mozilla|EPL|SSPL|BUSL|Commercial|Proprietary)", re.I
)
LOCKED = sorted(
    set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
)


def licence_of(name: str) -> str:
    """As its expression says, or else its classifiers and the beginning of its text."""
    about = metadata(name)
    classified = [
        each.rpartition("::")[2].strip()
        for each in about.get_all("Classifier") or []
        if each.startswith("License ::")
    ]
    expression, text = (about.get_all(key) or [""] for key in ("License-Expression", "License"))
    return expression[0] or " ".join([*classified, text[0][:100]])


@pytest.mark.parametrize("name", LOCKED)
def test_a_licence_that_asks_for_something_is_named_in_the_docs(name: str) -> None:
    try:
        licence = licence_of(name)
    except PackageNotFoundError:
        return  # locked for another platform or Python
    table = (ROOT / "docs/dependencies.md").read_text().partition("## Licences")[2]
    is_named = f"| {name} |" in table
    assert PERMISSIVE.search(licence) or is_named, licence
    assert bool(RESTRICTED.search(licence)) == is_named, licence
