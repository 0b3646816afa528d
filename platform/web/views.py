import json

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
    JsonResponse,
)
from django.templatetags.static import static
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST

from web import offline
from web.templatetags.web import THEMES, bcp47, school_of

YEAR = 60 * 60 * 24 * 365
ICONS = (("icon-192", 192, "any"), ("icon-512", 512, "any"), ("icon-maskable-512", 512, "maskable"))
PAPER = "#f8f7f3"
MOST_UNDER_AN_ICON = 12  # characters: longer names are cut off on a phone's home screen
CLOSED_TO_CRAWLERS = ("/accounts/", "/admin/", "/django-admin/", "/lessons/", "/live/", "/me/", "/pay/")


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Keep light or dark in a cookie, so that the first byte of every page is already right; anything else forgets."""
    there = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(there, {request.get_host()}, require_https=request.is_secure())
    response = HttpResponseRedirect(there if safe else "/")  # `redirect` takes a word for the name of a page
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        response.set_cookie(
            "theme", chosen, max_age=YEAR, samesite="Lax", httponly=True, secure=settings.SESSION_COOKIE_SECURE
        )
    else:
        response.delete_cookie("theme")
    return response


@require_GET
@cache_control(max_age=3600)
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in CLOSED_TO_CRAWLERS)]
    lines += ["", f"Sitemap: {settings.SITE_URL}/sitemap.xml"]
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")


@require_GET
def favicon(request: HttpRequest) -> HttpResponse:
    return HttpResponsePermanentRedirect(static("web/favicon.svg"))


@require_GET
@cache_control(max_age=3600)
def manifest(request: HttpRequest) -> HttpResponse:
    """What makes the school an app on a phone (W3C Web Application Manifest, https://www.w3.org/TR/appmanifest/)."""
    school = school_of(request)
    facts = {
        "id": "/",
        "name": school,
        "short_name": school[:MOST_UNDER_AN_ICON],
        "lang": bcp47(get_language() or settings.LANGUAGE_CODE),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": PAPER,
        "theme_color": PAPER,
        "categories": ["education"],
        "icons": [
            {"src": static(f"web/icons/{name}.png"), "type": "image/png", "sizes": f"{size}x{size}", "purpose": purpose}
            for name, size, purpose in ICONS
        ],
        "shortcuts": [
            {"name": word, "url": url} for word, url in ((_("课程"), "/courses/"), (_("下载的课"), offline.page()))
        ],
    }
    return JsonResponse(facts, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})


@require_GET
@cache_control(no_cache=True)
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker of all addresses, which is why it stands at the root: what it keeps, and the script that does so."""
    script = f"self.shell = {json.dumps(offline.shell())};\nimportScripts({json.dumps(static(offline.WORKER))});\n"
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")
