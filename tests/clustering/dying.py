"""``python -m tests.clustering.dying PROJECT-ID POISON``: a worker that dies of a text.

It gets SIGKILL whenever the model meets the text, whatever else it reads at once.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

import django

AT_ONCE = (1,)
"""Fewer tries than workers make, so that a test takes less."""


def main(project_id: str, poison: str) -> None:
    django.setup()
    from accounts.models import Project
    from clustering import pipeline
    from clustering.texts import embedding, tries

    compute = embedding.Embedder.__call__

    def dying(self: embedding.Embedder, texts: Sequence[str]) -> Any:
        if poison in texts:
            os.kill(os.getpid(), signal.SIGKILL)
        return compute(self, texts)

    embedding.Embedder.__call__ = dying  # type: ignore[method-assign]
    tries.AT_ONCE = AT_ONCE  # type: ignore[assignment]
    pipeline.process(Project.objects.unscoped().get(pk=project_id))


if __name__ == "__main__":
    main(*sys.argv[1:])
