from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import PersonRequest, login_required
from courses.access import may_open
from courses.models import Lesson, ListeningHabits
from courses.programme import programme_of


@require_safe
@never_cache
def sound(request: HttpRequest, pk: int) -> HttpResponse:
    """What the player needs to play this lesson."""
    lessons = Lesson.objects.select_related("course__instructor", "course__tier", "audio")
    lesson = get_object_or_404(lessons.prefetch_related("audio__renditions"), pk=pk)
    if not may_open(request.user, lesson):
        return JsonResponse({"error": _("这一讲现在不对你开放。")}, status=403)
    programme = programme_of(request, lesson)
    if programme is None:
        return JsonResponse({"error": _("这一讲还没有声音。")}, status=404)
    return JsonResponse(programme)


class HabitsForm(forms.ModelForm[ListeningHabits]):
    class Meta:
        model = ListeningHabits
        fields = ("speed", "skips", "saves")


@login_required
@require_POST
def habits(request: PersonRequest) -> HttpResponse:
    """How this person likes to listen from now on."""
    form = HabitsForm(request.POST, instance=ListeningHabits.of(request.user))
    if not form.is_valid():
        sentences = [str(sentence) for each in form.errors.values() for sentence in each]
        return JsonResponse({"error": " ".join(sentences)}, status=400)
    form.save()
    return HttpResponse(status=204)
