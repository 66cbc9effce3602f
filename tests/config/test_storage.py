"""Static files by names that say what is in them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from django.conf import settings

from config.storage import StaticFiles


def test_our_modules_import_each_other_by_the_names_that_browsers_may_keep(tmp_path: Path) -> None:
    shutil.copytree(settings.BASE_DIR / "static", tmp_path, dirs_exist_ok=True)
    names = [
        str(path.relative_to(tmp_path)) for path in tmp_path.glob("turret/**/*.*") if path.is_file()
    ]
    storage = StaticFiles(location=tmp_path, base_url="/static/")
    done = list(storage.post_process({name: (storage, name) for name in names}))

    assert [outcome for _, _, outcome in done if isinstance(outcome, Exception)] == []
    module = tmp_path / storage.stored_name("turret/map/main.js")
    imported = re.findall(r'from "\./(.+?)"', module.read_text())
    assert len(imported) > 5
    assert all(re.fullmatch(r"[a-z]+\.[0-9a-f]{12}\.js", name) for name in imported)
    assert all((module.parent / name).exists() for name in imported)
