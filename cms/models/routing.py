"""Finding a page by its whole address, in one query: Wagtail asks twice for each step on the way to it."""

from typing import Any

from django.db.models import QuerySet


def at(pages: QuerySet[Any], address: str) -> Any:
    """The one of these pages that stands there, else None. The slug is what the database looks for: addresses have no index."""
    slug = address.rstrip("/").rpartition("/")[2]
    return pages.filter(slug=slug, url_path=address).first()
