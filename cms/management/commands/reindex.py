from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from wagtail.models import Page

from cms.models import Passage
from cms.searching.indexing import keep

A_LINE = 100  # pages


class Command(BaseCommand):
    help = "Makes the search index anew, page by page. Searching goes on meanwhile."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--after", type=int, default=0, help="go on after the page of this number")

    def handle(self, *args: Any, **options: Any) -> None:
        pages = Page.objects.live().filter(pk__gt=options["after"]).order_by("pk")
        count, last = pages.count(), options["after"]
        for done, page in enumerate(pages.iterator(A_LINE), 1):
            keep(page=page)
            last = page.pk
            if done % A_LINE == 0:
                self.stdout.write(f"{done}/{count} (--after {last})")
        Passage.objects.exclude(page__in=Page.objects.live()).delete()
        self.stdout.write(f"{count}/{count} (--after {last}): {Passage.objects.count()} passages")
