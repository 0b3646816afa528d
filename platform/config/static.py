from typing import Any, ClassVar

from whitenoise.storage import CompressedManifestStaticFilesStorage

_WHERE = r"""(?P<url>[./][^'"]*)"""
_NAMED = (
    (rf"""(?m)(?P<matched>^(?P<what>(?:import|export)\s[^'";]*?\sfrom\s*)["']{_WHERE}["'];)""", '%(what)s"%(url)s";'),
    (rf"""(?P<matched>await import\(["']{_WHERE}["']\))""", 'await import("%(url)s")'),
)


class HashedFiles(CompressedManifestStaticFilesStorage):
    """Scripts name each other by hash, too: a module that two pages ask for is one module, and is kept for good.

    Django has such patterns (https://docs.djangoproject.com/en/5.2/ref/contrib/staticfiles/), but they take the types in
    comments for imports as well, and those go round in circles.
    """

    patterns: ClassVar[Any] = (*CompressedManifestStaticFilesStorage.patterns, ("*.js", _NAMED))
