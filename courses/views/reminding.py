from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.requests import PersonRequest, login_required
from courses import reminding
from courses.errors import CourseRefused
from courses.models import Lesson


@login_required
@require_POST
def remind(request: PersonRequest, pk: int) -> HttpResponse:
    """Call me when it begins; with `do=forget`, do not."""
    lesson = get_object_or_404(Lesson.objects.published(), pk=pk)
    if request.POST.get("do") == "forget":
        reminding.take_back(person=request.user, lesson=lesson)
        messages.success(request, _("好，开讲时不叫你了。"))
        return redirect(lesson.url or "/")
    try:
        reminding.ask(person=request.user, lesson=lesson)
    except CourseRefused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("记下了，开讲前一刻钟叫你。"))
    return redirect(lesson.url or "/")
