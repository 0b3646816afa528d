"""Finding a page by its address in one query, where all or the most asked of the pages below another are of one kind."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from wagtail.models import Page
from wagtail.url_routing import RouteResult


class RoutesTo:
    """Wagtail asks for the page, and then again for what kind of page it is. Nothing is found that would not be so."""

    def below(self) -> QuerySet[Any]:
        """Those of the pages under this one, with what showing one of them needs."""
        raise NotImplementedError

    def route(self, request: HttpRequest, path_components: list[str]) -> RouteResult:
        if not path_components:
            return super().route(request, path_components)  # type: ignore[misc]
        slug, *rest = path_components
        page: Page | None = self.below().filter(slug=slug).first()
        if page is None:
            return super().route(request, path_components)  # type: ignore[misc]
        return page.route(request, rest)
