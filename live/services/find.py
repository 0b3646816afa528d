"""Finding a live lesson by what an operator types."""

from django.utils.translation import gettext_lazy as _

from courses.models import Lesson
from live.errors import BadInput
from live.models import Broadcast

NONE = _("没有叫「%s」的直播小节。用 manage.py listen --list 看有哪些。")


def find_broadcast(wanted: str) -> Broadcast:
    """By the lesson's number or its title; raises `BadInput`."""
    lessons = Lesson.objects.published().filter(kind=Lesson.Kind.LIVE)
    lessons = lessons.filter(pk=int(wanted)) if wanted.isdecimal() else lessons.filter(title=wanted)
    broadcast = Broadcast.objects.select_related("lesson__course__instructor").filter(lesson__in=lessons).first()
    if broadcast is None:
        raise BadInput(str(NONE) % wanted)
    return broadcast


def live_lessons() -> list[tuple[int, str, str]]:
    """Number, title and state of every live lesson."""
    rows = Broadcast.objects.select_related("lesson").order_by("lesson")
    return [(row.lesson_id, row.lesson.title, str(row.get_state_display())) for row in rows]
