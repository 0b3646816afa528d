"""What of the school stays on a device and opens without a network: one page, and the files it needs.

Apps register in `ready()`. See docs/offline.md.
"""

import hashlib
import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, to_locale

WORKER = "web/js/worker.js"
_SHELL = (
    *(f"web/css/{name}.css" for name in ("tokens", "base", "components", "clip", "forms", "shell", "player")),
    *(
        f"web/js/{name}.js"
        for name in (
            *("app", "controls", "counted", "habits", "here", "lockscreen", "mini", "place", "silence", "slash"),
            *("sleep", "sound", "transcript", "wave", "words"),
        )
    ),
    "web/vendor/turbo-8.0.23/turbo.es2017-esm.js",
    "web/icons.svg",
    "web/favicon.svg",
)
_files: list[str] = list(_SHELL)
_pages: list[str] = []


def keep(*, page: str, files: Iterable[str]) -> None:
    """`page`: the name of an address that is the same for everyone, shown where there is no network; static `files` of it."""
    _pages.append(page)
    _files.extend(files)


def page() -> str:
    """Its address."""
    return reverse(_pages[0])


@lru_cache
def _words(language: str) -> str:
    """What the scripts say in it, in short: another as soon as one of the catalogues is."""
    folder = f"locale/{to_locale(language)}/LC_MESSAGES/djangojs.mo"
    found = (Path(app.path) / folder for app in apps.get_app_configs())
    return hashlib.sha256(b"".join(path.read_bytes() for path in found if path.exists())).hexdigest()


def shell() -> dict[str, Any]:
    """For web/worker.js: `page`, `files`, and a `version` that is another whenever these are. In the language of the request."""
    catalogue = f"{reverse('jsi18n')}?l={get_language()}"
    facts = {
        "page": page(),
        "files": [*map(static, _files), catalogue],
        "lasts": not settings.DEBUG,  # then a file's name changes with its content; the catalogue's does not
    }
    version = hashlib.sha256(json.dumps([facts, _words(get_language())]).encode()).hexdigest()[:12]
    return {**facts, "version": version}
