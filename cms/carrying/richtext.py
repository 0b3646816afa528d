"""Rich text as a file holds it: only the marks editors can make, and links to pages by the id that lasts."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

from wagtail.models import Page
from wagtail.whitelist import Whitelister, allow_without_attributes, attribute_rule, check_url

PLAIN = [
    "p",
    "br",
    "b",
    "strong",
    "i",
    "em",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "ol",
    "ul",
    "li",
    "hr",
    "blockquote",
    "sub",
    "sup",
    "code",
    "del",
]
KEY = re.compile(r"[0-9a-f-]{36}")
TAG = re.compile(r"<\s*/?\s*([a-zA-Z][\w:-]*)")
PAGE_ID = re.compile(r'<a (?=[^>]*linktype="page")[^>]*?\bid="(\d+)"[^>]*>')
PAGE_REF = re.compile(r'<a linktype="page" ref="([0-9a-f-]{36})">(.*?)</a>', re.DOTALL)


class _Marks(Whitelister):
    element_rules = {
        "[document]": allow_without_attributes,
        **dict.fromkeys(PLAIN, allow_without_attributes),
        "a": attribute_rule(
            {"href": check_url, "linktype": True, "ref": lambda ref: ref if KEY.fullmatch(ref) else None}
        ),
    }


def clean(html: str) -> str:
    """The text without anything an editor could not have made."""
    return str(_Marks().clean(html))


def strange(html: str) -> list[str]:
    """The names of marks that `clean` takes out."""
    return sorted({name.lower() for name in TAG.findall(html)} - {*PLAIN, "a"})


def carried(html: str) -> str:
    """From the database: a page's number becomes its lasting id."""
    numbers = PAGE_ID.findall(html)
    refs = dict(Page.objects.filter(pk__in=numbers).values_list("pk", "translation_key")) if numbers else {}

    def named(found: re.Match[str]) -> str:
        ref = refs.get(int(found[1]))
        return f'<a linktype="page" ref="{ref}">' if ref else "<a>"

    return clean(PAGE_ID.sub(named, html))


def settled(html: str, page: Callable[[str], Any]) -> str:
    """For the database: the lasting id becomes the number here; a link to a page that is not here is only its text."""

    def numbered(found: re.Match[str]) -> str:
        target = page(found[1])
        return f'<a linktype="page" id="{target.pk}">{found[2]}</a>' if target else found[2]

    return PAGE_REF.sub(numbered, html)


def refs(html: str) -> list[str]:
    return [found[1] for found in PAGE_REF.finditer(html)]


PARTS = re.compile(r"(<[^>]*>)")  # tags, and what stands between them


def words(html: str) -> str:
    """What a reader sees: one line per paragraph."""
    spaced = re.sub(r"</(?:p|li|h\d|blockquote)>|<br/?>", "\n", html)
    return unescape(PARTS.sub("", spaced)).strip()
