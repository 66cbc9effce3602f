"""Secrets that Turret makes for itself and keeps under its data directory."""

import os
import secrets
from pathlib import Path


def secret_key(data_dir: Path) -> str:
    """Return the signing key of this installation, made on first use.

    Safe when several processes start at once: the file appears under its name only when it
    is whole, and the first one to link it wins.
    """
    path = data_dir / "secret_key"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        draft = data_dir / f".secret_key.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(64))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()
