"""To be called when a live lesson begins, wherever a page wants it."""

from typing import Any

from django import template
from django.template import Context

from accounts.models import User
from courses.models import Lesson

register = template.Library()


@register.inclusion_tag("courses/_remind.html", takes_context=True)
def remind(context: Context, lesson: Lesson) -> dict[str, Any]:
    """Nothing where nothing is to come. A stranger is shown the door: the page stays the same for all strangers."""
    person = context["request"].user
    known = {name: context.get(name) for name in ("request", "user", "csrf_token")}
    asked = isinstance(person, User) and lesson.is_to_come and person.reminders.filter(lesson=lesson).exists()
    return known | {"lesson": lesson, "is_asked": asked}
