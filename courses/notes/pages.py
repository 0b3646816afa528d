"""The page of all one's notes, and taking them along."""

from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.requests import PersonRequest, login_required
from courses.models import Note
from courses.notes.export import as_markdown, lines
from courses.notes.shelf import Wanted, shelf
from web.sheets import sheet

SHOWN = 40


@login_required
@never_cache
@require_safe
def mine(request: PersonRequest) -> HttpResponse:
    wanted = Wanted.asked(request.GET.dict())
    page = Paginator(shelf(request.user, wanted), SHOWN).get_page(request.GET.get("page"))
    has_any = bool(page.paginator.count) or Note.objects.of(request.user).exists()
    return render(request, "courses/notes/mine.html", {"page": page, "wanted": wanted, "has_any": has_any})


@login_required
@require_safe
def markdown(request: PersonRequest) -> HttpResponse:
    """What the page shows, all of it, as text."""
    notes = shelf(request.user, Wanted.asked(request.GET.dict()))
    answer = HttpResponse(as_markdown(notes), content_type="text/markdown; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="notes-{timezone.localdate():%Y%m%d}.md"'
    answer["Cache-Control"] = "private, no-store"
    return answer


@login_required
@require_safe
def table(request: PersonRequest) -> StreamingHttpResponse:
    """The same for a spreadsheet."""
    notes = shelf(request.user, Wanted.asked(request.GET.dict()))
    return sheet(request, name=f"notes-{timezone.localdate():%Y%m%d}", lines=lines(notes.iterator(500)))
