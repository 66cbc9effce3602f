"""``python -m config.web``: the web server, once the settings are known to be right.

Otherwise each of its worker processes would print a traceback for a wrong one, and be started
again.
"""

import os
import resource

from config import environment as env
from config.serve.programs import CONNECTIONS, Options, web


def main() -> None:
    """Become the web server."""
    try:
        options = Options.read()
        import config.settings  # noqa: F401
    except env.Misconfigured as error:
        env.stop(error)
    _allow_files(2 * CONNECTIONS)
    command = web(options.host, options.port, options.web_workers)
    os.execv(command[0], command)  # noqa: S606


def _allow_files(count: int) -> None:
    """Let each process have so many files open, connections among them, as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < count:
        allowed = count if hard == resource.RLIM_INFINITY else min(count, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


if __name__ == "__main__":
    main()
