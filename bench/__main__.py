"""``python -m bench [NAME ...]``: run benchmarks, all by default; results go to ``bench/results/``.

`make bench` calls this with servers of its own. Absolute numbers drift with the machine: what
counts are the ratios, whose two sides are measured in the same run.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import django

BENCHES = ("embedding", "explain", "ingest", "journeys", "labels", "pipeline", "topics")
RESULTS = Path(__file__).parent / "results"


def main(names: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    if unknown := set(names) - set(BENCHES):
        print(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
        return 2
    RESULTS.mkdir(exist_ok=True)
    for name in names or BENCHES:
        result = {**_machine(), **import_module(f"bench.{name}").run()}
        (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=2) + "\n")
        print(name, json.dumps(result, indent=2))
    return 0


def _machine() -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
