"""A page that thousands open in the same minute is made once in a few seconds for all who have not signed in.

Only the CMS's own pages, only for browsers that bring nothing but a language and a theme, and never an answer that sets a
cookie, holds a nonce or says `private`. `STRANGERS_SECONDS` is how old such a page may be.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.middleware.cache import FetchFromCacheMiddleware, UpdateCacheMiddleware
from django.utils.cache import patch_vary_headers

OF_EVERYONE = {settings.LANGUAGE_COOKIE_NAME, "theme"}  # cookies
PAGES = "wagtail_serve"


def is_stranger(request: HttpRequest) -> bool:
    return not request.COOKIES.keys() - OF_EVERYONE


class Keep(UpdateCacheMiddleware):
    """Outside of all that says in `Vary` what an answer depends on."""

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        if not _is_the_same_for_all(request, response):
            return response
        self.cache_timeout = settings.STRANGERS_SECONDS
        patch_vary_headers(response, ["Cookie"])  # the theme's, which nothing else names
        return super().process_response(request, response)


def _is_the_same_for_all(request: HttpRequest, response: Any) -> bool:
    match = request.resolver_match
    is_page = match is not None and match.view_name == PAGES
    return is_page and not response.cookies and not bool(getattr(request, "csp_nonce", False))


class Give(FetchFromCacheMiddleware):
    """Inside of what knows the language."""

    def process_request(self, request: HttpRequest) -> Any:
        is_given = settings.STRANGERS_SECONDS and is_stranger(request)
        return super().process_request(request) if is_given else None
