"""What every template may say."""

import json
from typing import Any

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from wagtail.models import Site

from web.leftovers import modules
from web.marks import mark

register = template.Library()

THEMES = ("light", "dark")
CLOTHS = ("tea", "poem", "child")
TAGS_OF_LANGUAGES = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant"}
ROLES_OF_SEALS = {"host": "host", "guest": "guest"}


@register.simple_tag
def as_written() -> SafeString:
    """For what teachers wrote, on a page whose own words are in another language: a voice reads each in its own (WCAG 3.1.2)."""
    written = settings.LANGUAGE_CODE
    if get_language() == written:
        return SafeString("")
    return format_html(' lang="{}"', TAGS_OF_LANGUAGES.get(written, written))


@register.filter
def money(minor: int | None, currency: str = "CNY") -> str:
    """Minor units as people write them: 19900 → ¥199, 990 → ¥9.90."""
    if minor is None:
        return ""
    sign = {"CNY": "¥", "USD": "$", "EUR": "€", "HKD": "HK$", "TWD": "NT$"}.get(currency, currency + " ")
    whole, cents = divmod(abs(minor), 100)
    return f"{'-' if minor < 0 else ''}{sign}{whole:,}" + (f".{cents:02d}" if cents else "")


@register.filter
def clock(ms: int | None) -> str:
    """Milliseconds as a running time: 0:23, 42:18, 1:05:07."""
    seconds = int(ms or 0) // 1000
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


@register.filter
def thousands(count: int | None) -> str:
    """A count as people read it: 10000 → 10,000."""
    return f"{count or 0:,}"


@register.filter
def seconds(ms: int | None) -> str:
    """Milliseconds as seconds with one decimal: 2400 → 2.4; under a tenth, with two."""
    value = (ms or 0) / 1000
    return f"{value:.2f}" if value < 0.1 else f"{value:.1f}"


@register.filter
def bcp47(language: str) -> str:
    """The name of a language as HTML writes it: zh-hans → zh-Hans."""
    return TAGS_OF_LANGUAGES.get(language, language)


@register.filter
def canonical(request: HttpRequest) -> str:
    """The one address of this page, whatever host and query it was asked with."""
    return f"{settings.SITE_URL}{request.path}"


@register.simple_tag
def icon(name: str, size: int = 24) -> SafeString:
    """A line icon of the house, hidden from screen readers: the word beside it, or the button's label, says it."""
    return format_html(
        '<svg class="i" width="{0}" height="{0}" aria-hidden="true"><use href="{1}#{2}"></use></svg>',
        size,
        static("web/icons.svg"),
        name,
    )


@register.simple_tag
def seal(person: Any, role: str = "me", size: str = "") -> SafeString:
    """The square character of a person. `role`: host, guest or me; `size`: s, l or nothing."""
    kind = ROLES_OF_SEALS.get(role, "me")
    return format_html('<span class="seal {} {}" aria-hidden="true">{}</span>', kind, size, person.seal)


@register.inclusion_tag("web/_cover.html")
def cover(course: Any, size: str = "") -> dict[str, Any]:
    """The cover of anything with a title. Its cloth is `course.cloth` (tea, poem, child) or follows from its number."""
    cloth = getattr(course, "cloth", "") or CLOTHS[(course.pk or 0) % len(CLOTHS)]
    title = str(course.title)
    return {"title": title, "cloth": cloth, "size": size, "length": max(_length(title), 6)}


def _length(title: str) -> int:
    """How many squares of a Chinese page the title takes; two Latin letters share one."""
    return round(sum(0.55 if character.isascii() else 1 for character in title))


@register.simple_tag(takes_context=True)
def theme(context: Context) -> str:
    """Light or dark where this person chose one, else nothing: the device decides."""
    request = context.get("request")
    chosen = request.COOKIES.get("theme", "") if request else ""
    return chosen if chosen in THEMES else ""


@register.simple_tag
def leftovers() -> str:
    """For the app's script: `web.leftovers`, as JSON."""
    return json.dumps(modules())


@register.simple_tag(takes_context=True)
def school(context: Context) -> str:
    """The name over the door. Pages that must stand without a database (no request) take the default."""
    return school_of(context.get("request"))


def school_of(request: HttpRequest | None) -> str:
    site = Site.find_for_request(request) if request else None
    return (site.site_name if site else "") or settings.WAGTAIL_SITE_NAME


@register.inclusion_tag("web/_tabs.html", takes_context=True)
def tabs(context: Context) -> dict[str, Any]:
    """The four places of the school; the one this page belongs to is marked."""
    request = context.get("request")
    here = _place(request.path) if request else ""
    places = [
        ("/", "home", _("首页")),
        ("/courses/", "book", _("课程")),
        ("/me/#cohorts", "group", _("群")),
        ("/me/", "me", _("我")),
    ]
    return {
        "tabs": [
            {"url": url, "icon": name, "word": word, "here": url == here, "mark": mark(request, name)}
            for url, name, word in places
        ]
    }


def _place(path: str) -> str:
    if path == "/":
        return "/"
    if path.startswith(("/courses/", "/lessons/", "/live/")):
        return "/courses/"
    return "/me/" if path.startswith(("/me/", "/accounts/", "/pay/", "/membership/")) else ""
