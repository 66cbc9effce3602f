"""Static files by names that say what is in them, also where one of our modules imports another."""

from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]

_IMPORT = (r"""(?P<matched>from "(?P<url>\./[^"]+)")""", 'from "%(url)s"')


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Django's own patterns for imports stop at modules of others that are not whole; ours are."""

    patterns = (*CompressedManifestStaticFilesStorage.patterns, ("turret/*.js", (_IMPORT,)))
