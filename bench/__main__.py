"""``python -m bench [NAME ...]``: run benchmarks, all by default; results go to ``bench/results/``.

`make bench` calls this with servers of its own. Absolute numbers drift with the machine: what
counts are the ratios, whose two sides are measured in the same run.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django

RESULTS = Path(__file__).parent / "results"


def main(names: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from bench import embedding, ingest, labels, pipeline, topics

    benches: dict[str, Callable[[], dict[str, Any]]] = {
        "embedding": embedding.run,
        "ingest": ingest.run,
        "labels": labels.run,
        "pipeline": pipeline.run,
        "topics": topics.run,
    }
    if unknown := set(names) - benches.keys():
        print(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(benches)}")
        return 2
    RESULTS.mkdir(exist_ok=True)
    for name in names or benches:
        result = {**_machine(), **benches[name]()}
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
