"""``python -m config.web``: the web server, once the settings are known to be right.

Its worker processes would each tell of a wrong one by a traceback, and be started again.
"""

import os

from config import environment as env
from config.serve.programs import Options, web


def main() -> None:
    """Become the web server."""
    try:
        options = Options.read()
        import config.settings  # noqa: F401
    except env.Misconfigured as error:
        env.stop(error)
    command = web(options.host, options.port, options.web_workers)
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main()
