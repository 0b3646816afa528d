"""What is new, for feed readers: titles and introductions, never more than a stranger sees (RFC 4287)."""

from datetime import datetime
from itertools import chain

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import HttpRequest
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from wagtail.models import Page, Site

from cms.models import ArticlePage, CoursePage, LessonPage
from cms.structured import LANGUAGE, about, address

NEWEST = 30


class News(Feed[Page, Site]):
    """The newest courses, lessons and articles under the front door."""

    feed_type = Atom1Feed
    language = LANGUAGE

    def get_object(self, request: HttpRequest) -> Site:
        site: Site = Site.objects.select_related("root_page").get(is_default_site=True)
        return site

    def title(self, site: Site) -> str:
        return site.site_name or settings.WAGTAIL_SITE_NAME

    def author_name(self, site: Site) -> str:
        """Atom wants one; the school speaks."""
        return self.title(site)

    def link(self) -> str:
        return f"{settings.SITE_URL}/"

    def feed_url(self) -> str:
        return f"{settings.SITE_URL}/feed/"

    def items(self, site: Site) -> list[Page]:
        kinds = (CoursePage, LessonPage, ArticlePage)
        newest = (
            kind.objects.descendant_of(site.root_page)
            .live()
            .public()
            .exclude(first_published_at=None)
            .order_by("-first_published_at")[:NEWEST]
            for kind in kinds
        )
        return sorted(chain(*newest), key=lambda page: page.first_published_at, reverse=True)[:NEWEST]

    def item_title(self, page: Page) -> str:
        return str(page.title)

    def item_description(self, page: Page) -> str:
        """Plain words; a reader takes them for HTML."""
        return escape(about(page))

    def item_link(self, page: Page) -> str:
        return address(page)

    def item_guid(self, page: Page) -> str:
        return f"urn:uuid:{page.translation_key}"

    def item_pubdate(self, page: Page) -> datetime | None:
        first: datetime | None = page.first_published_at
        return first

    def item_updateddate(self, page: Page) -> datetime | None:
        last: datetime | None = page.last_published_at
        return last
