"""Static files by names that tell their content, also where one of our modules imports another."""

from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]

_IMPORT = (r"""(?P<matched>from "(?P<url>\./[^"]+)")""", 'from "%(url)s"')


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Looks for imports in our modules alone; Django's own patterns fail on those of others."""

    patterns = (*CompressedManifestStaticFilesStorage.patterns, ("turret/*.js", (_IMPORT,)))
