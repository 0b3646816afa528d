"""Looking for something in the school."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from cms.models import CoursePage
from cms.searching.finding import Results
from cms.searching.query import LONGEST, Query, asked
from web.limits import Limit, calmly, spend

BY_PERSON = Limit("search", most=60, seconds=60)
BY_ADDRESS = Limit("search:address", most=300, seconds=60)  # a whole class may share one
LAST = 20  # pages of results


@require_safe
@calmly
def search(request: HttpRequest) -> HttpResponse:
    """`?q=` the words, `page=`, `in=` one course by its number. Not for search engines, and for nobody else's cache."""
    query = asked(request.GET.get("q", ""))
    results = _results(request, query) if query else None
    context = {"query": query, "is_long": len(query.text) > LONGEST, "longest": LONGEST, "results": results}
    if not (results and results.groups):
        context["courses"] = _newest()
    response = render(request, "cms/search.html", context)
    response["X-Robots-Tag"] = "noindex"
    patch_cache_control(response, private=True, no_cache=True)
    return response


def _results(request: HttpRequest, query: Query) -> Results:
    spend(request, person=BY_PERSON, address=BY_ADDRESS)
    number, course = _number(request, "page") or 1, _number(request, "in")
    return Results(request.user, query, number=min(number, LAST), course=course)


def _newest() -> QuerySet[CoursePage]:
    pages: QuerySet[CoursePage] = CoursePage.objects.live().public().select_related("instructor", "course")
    return pages.order_by("-first_published_at")[:3]


def _number(request: HttpRequest, name: str) -> int | None:
    """Nonsense is nothing."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
