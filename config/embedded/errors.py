"""What can go wrong with the embedded servers, in words for whoever runs Turret."""


class EmbeddedError(Exception):
    """A server cannot be started, reached or stopped; the message says why and what to do."""
